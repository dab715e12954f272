import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { RetainedFile, RetainedStateError } from '../../server/retained-file.ts';

interface Retained {
  readonly version: 1;
  readonly cycles: number;
}

const retained = (cycles: number): Retained => ({ version: 1, cycles });

describe('the retained file of the control process', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'tve-retained-'));
  });
  afterEach(async () => rm(folder, { recursive: true, force: true }));

  const open = (): RetainedFile<Retained> =>
    new RetainedFile(path.join(folder, 'control.json'), 1, (error) => assert.fail(String(error)));

  it('is empty on the very first start', async () => {
    assert.equal(await open().load(), null);
  });

  it('gives back what was saved last, also when many saves overtake each other', async () => {
    const file = open();
    await Promise.all(Array.from({ length: 50 }, (_, cycles) => file.save(retained(cycles))));
    assert.deepEqual(await open().load(), retained(49));
  });

  it('refuses a file that it does not understand instead of starting as if nothing had been', async () => {
    await writeFile(path.join(folder, 'control.json'), '{"core": {"ver');
    await assert.rejects(open().load(), RetainedStateError);
    assert.equal(
      await readFile(path.join(folder, 'control.json'), 'utf8'),
      '{"core": {"ver',
      'the evidence is left alone',
    );
  });

  it('tells of a disk that takes nothing and does not stop the machine', async () => {
    const errors: unknown[] = [];
    const file = new RetainedFile<Retained>(path.join(folder, 'gone', 'control.json'), 1, (error) =>
      errors.push(error),
    );
    await file.save(retained(1));
    assert.equal(errors.length, 1);
  });
});
