import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { until } from '../scenario/until.ts';

const supervised = new URL('../../server/supervised.ts', import.meta.url);

/** Notes in a file what happens to it; told to, it makes a mistake. */
const program = (file: string): string => `
import { appendFileSync } from 'node:fs';
import { beSupervised } from '${supervised.href}';
const note = (text) => appendFileSync('${file}', text + '\\n');
beSupervised({
  hear: (message) => { if (message.kind === 'mistake') setTimeout(() => { throw new Error('a mistake'); }, 1); },
  end: async () => note('outputs safe'),
  onDefect: (error) => note(error.message),
});
`;

describe('a supervised process', () => {
  let folder: string;
  let child: ChildProcess;
  let notes: string;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tve-supervised-'));
    notes = path.join(folder, 'notes.txt');
    const entry = path.join(folder, 'program.mts');
    await writeFile(entry, program(notes));
    child = fork(entry, [], { serialization: 'advanced', execArgv: ['--disable-warning=ExperimentalWarning'] });
    await once(child, 'message');
  });
  afterEach(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  });

  const noted = async (): Promise<string[]> => (await readFile(notes, 'utf8')).trim().split('\n');

  it('ends in order when the supervisor asks', async () => {
    child.send({ kind: 'shutdown' });
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.deepEqual(await noted(), ['outputs safe']);
  });

  it('ends in order when the supervisor is gone', async () => {
    child.disconnect();
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    assert.deepEqual(await noted(), ['outputs safe']);
  });

  it('leaves the outputs safe when its own program fails, and says why', async () => {
    child.send({ kind: 'mistake' });
    assert.deepEqual(await once(child, 'exit'), [1, null]);
    assert.deepEqual(await noted(), ['a mistake', 'outputs safe']);
  });

  it('goes on when a signal meant for its supervisor reaches it too', async () => {
    let alive = 0;
    child.on('message', () => alive++);
    child.kill('SIGINT');
    child.kill('SIGTERM');
    await until('two more signs of life', 5_000, () => alive >= 2);
    assert.equal(child.exitCode, null);
  });
});
