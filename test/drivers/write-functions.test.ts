import assert from 'node:assert/strict';
import type { FunctionsDeclaration, ProfileDeclaration } from '../../drivers/declaration.ts';
import { heaters, TestField, until } from './test-field.ts';

const { duty0, duty1 } = heaters.outputs;
assert.ok(duty0 !== undefined && duty1 !== undefined);

/** Two duties, and two bits of a register whose other bits are somebody else's. */
const board = (functions: FunctionsDeclaration): ProfileDeclaration => ({
  ...heaters,
  inputs: {},
  outputs: {
    duty0,
    duty1,
    enable: { kind: 'drive-bit', control: 8, bit: 1 },
    reset: { kind: 'drive-bit', control: 8, bit: 7 },
  },
  watchdog: null,
  functions,
});

const off = { 'io1.duty0': 0, 'io1.duty1': 0, 'io1.enable': false, 'io1.reset': false };

describe('a module that is declared to have further functions', () => {
  let test: TestField;
  const start = async (functions: FunctionsDeclaration) => {
    test = await TestField.start('tcp', [{ id: 'io1', unit: 1, profile: board(functions) }]);
    test.slave.unit(1).holding.set(8, 0xff7d);
    test.command(off);
    await until('verified', () => test.module('io1').verified && test.last('io1.reset')?.value === false);
  };
  const functionsUsed = (from: number) => [
    ...new Set(
      test.slave
        .writes(1)
        .slice(from)
        .map((write) => write.functionCode),
    ),
  ];
  afterEach(async () => {
    await test.stop();
  });

  it('gets its own bits changed by FC22, and keeps the others', async () => {
    await start({ maskWrite: true });
    const from = test.slave.writes(1).length;
    test.slave.unit(1).holding.set(8, 0xff7d);
    test.command({ ...off, 'io1.enable': true });
    await until('enabled', () => test.last('io1.enable')?.value === true);
    assert.equal(test.slave.unit(1).holding.get(8), 0xff7f);
    assert.deepEqual(functionsUsed(from), [22]);
    test.command(off);
    await until('off', () => test.last('io1.enable')?.value === false);
    assert.equal(test.slave.unit(1).holding.get(8), 0xff7d);
  });

  it('has what is written by FC23 read back in the same request', async () => {
    await start({ readWrite: true });
    const from = test.slave.seen.length;
    test.command({ ...off, 'io1.duty0': 40, 'io1.duty1': 20 });
    await until('both', () => test.last('io1.duty0')?.value === 40 && test.last('io1.duty1')?.value === 20);
    const [write] = test.slave.seen.slice(from).filter(({ functionCode }) => functionCode > 4);
    assert.deepEqual([write?.functionCode, write?.values], [23, [0, 400, 200]]);
    const writtenAtMs = write?.atMs ?? 0;
    const shown = test.of('io1.duty1').find(({ value }) => value === 20);
    const nextRead = test.slave.reads(1).find(({ atMs }) => atMs > writtenAtMs);
    assert.ok((shown?.atMs ?? 0) < (nextRead?.atMs ?? Infinity), 'shown before it is polled again');
    assert.deepEqual(test.module('io1').mismatches, []);
  });

  it('that ignores what FC23 writes is found out by its own reply', async () => {
    await start({ readWrite: true });
    test.slave.prepare = ({ functionCode }) => {
      // what the module makes of it, before the request is worked off: the register can't be written
      if (functionCode === 23) test.slave.unit(1).holding.delete(0);
      else test.slave.unit(1).holding.set(0, 0);
    };
    test.command({ ...off, 'io1.duty0': 40 });
    await until('three tries', () => (test.module('io1').mismatches[0]?.tries ?? 0) >= 3);
    assert.equal(test.module('io1').mismatches[0]?.readBack, 0);
  });

  it('and has none of them is written by the usual ones', async () => {
    test = await TestField.start('tcp', [{ id: 'io1', unit: 1, profile: board({ maskWrite: true, readWrite: true }) }]);
    test.slave.react = ({ functionCode }) =>
      functionCode === 22 || functionCode === 23 ? { kind: 'exception', code: 1 } : { kind: 'answer' };
    test.slave.unit(1).holding.set(8, 0xff7d);
    test.command({ ...off, 'io1.duty0': 40, 'io1.enable': true });
    await until('both', () => test.last('io1.duty0')?.value === 40 && test.last('io1.enable')?.value === true);
    assert.equal(test.slave.unit(1).holding.get(8), 0xff7f, 'the bits of others stay as they are');
    const asked = test.slave.writes(1).filter(({ functionCode }) => functionCode === 22 || functionCode === 23);
    assert.equal(asked.length, 2, 'each was tried once');
    assert.deepEqual(test.module('io1').mismatches, []);
  });
});
