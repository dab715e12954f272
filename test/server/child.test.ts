import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { pino } from 'pino';
import { WatchedChild } from '../../server/supervisor/child.ts';
import { until } from '../scenario/until.ts';

const speaking = `process.on('message', (m) => { if (m.kind === 'shutdown') process.exit(0); });
setInterval(() => process.send({ kind: 'alive' }), 20); process.send({ kind: 'hello', pid: process.pid });
process.on('disconnect', () => process.exit(0));`;

describe('a process under supervision', function () {
  this.timeout(20_000);
  let folder: string;
  let child: WatchedChild;
  let greetings: { kind: string; pid?: number }[];
  let gone: string[];
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tve-child-'));
  });
  after(async () => rm(folder, { recursive: true, force: true }));
  afterEach(async () => child.end({ kind: 'shutdown' }, 1_000));

  async function supervise(program: string, silenceMs = 5_000): Promise<void> {
    const file = path.join(folder, `child-${Math.random()}.mjs`);
    await writeFile(file, program);
    greetings = [];
    gone = [];
    child = new WatchedChild({
      name: 'child',
      entry: pathToFileURL(file),
      execArgv: [],
      silenceMs,
      firstWordMs: 10_000,
      log: pino({ level: 'silent' }),
      begin: () => ({ kind: 'begin' }),
      onMessage: (message) => greetings.push(message),
      onGone: (reason) => gone.push(reason),
    });
    child.start();
    await until('its first word', 10_000, () => greetings.length === 1);
  }

  it('is started again when it was killed', async () => {
    await supervise(speaking);
    process.kill(greetings[0]?.pid ?? 0, 'SIGKILL');
    await until('a second one', 10_000, () => greetings.length === 2);
    assert.deepEqual(gone, ['SIGKILL']);
    assert.equal(child.restarts, 1);
  });

  it('is killed and started again when it hangs', async () => {
    await supervise(`${speaking} setTimeout(() => { for (;;); }, 100);`, 400);
    await until('a second one', 10_000, () => greetings.length === 2);
    assert.equal(gone[0], 'SIGKILL');
  });

  it('that could not be started at all is tried again, and can be ended meanwhile', async () => {
    await supervise(speaking);
    const { execPath } = process;
    process.execPath = path.join(folder, 'no-such-program');
    try {
      process.kill(greetings[0]?.pid ?? 0, 'SIGKILL');
      await until('a failed start', 10_000, () => gone.length >= 2);
    } finally {
      process.execPath = execPath;
    }
    await until('a second one', 10_000, () => greetings.length === 2);
  });

  it('that does not end when asked is ended by force', async () => {
    await supervise(`process.send({ kind: 'hello' }); setInterval(() => process.send({ kind: 'alive' }), 20);`);
    await child.end({ kind: 'shutdown' }, 200);
    assert.deepEqual(gone, ['SIGKILL']);
  });
});
