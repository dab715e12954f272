import assert from 'node:assert/strict';
import { isWatchdog, off, ssr1 } from './heater-module.ts';
import type { Framing } from './misbehaving-slave.ts';
import { TestField, until } from './test-field.ts';

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`writing by ${framing}`, () => {
    let test: TestField;
    const outputWrites = () => test.slave.writes(1).filter((write) => !isWatchdog(write));
    afterEach(async () => {
      await test.stop();
    });

    it('writes nothing to an output before anything was commanded', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.slave.unit(1).holding.set(0, 700);
      await until('a read-back', () => test.last('ssr1.duty0')?.value === 70);
      await test.polls('ssr1');
      assert.deepEqual(outputWrites(), []);
      assert.deepEqual(test.module('ssr1').mismatches, []);
    });

    it('writes what was commanded, reads it back and delivers it in the unit of the signal', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.duty0': 33.3, 'ssr1.total': 123.456, 'ssr1.contactor': true });
      await until('the read-back', () => test.last('ssr1.duty0')?.value === 33.3);
      await until('the coil', () => test.last('ssr1.contactor')?.value === true);
      await until('the float', () => test.last('ssr1.total')?.value === Math.fround(123.456));
      const { holding, coil } = test.slave.unit(1);
      assert.deepEqual([holding.get(0), holding.get(1), holding.get(4), holding.get(5)], [333, 0, 0xe979, 0x42f6]);
      assert.deepEqual([coil.get(0), coil.get(1), coil.get(5)], [0, 0, 1]);
      assert.deepEqual(test.module('ssr1').mismatches, []);
    });

    it('does not write again what did not change', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      const count = outputWrites().length;
      for (let n = 0; n < 10; n++) test.command(off);
      await test.polls('ssr1');
      assert.equal(outputWrites().length, count);
      test.command({ ...off, 'ssr1.fan': true, 'ssr1.pump': true });
      await until('both coils', () => test.last('ssr1.pump')?.value === true);
      // Neighbours go in one request.
      assert.deepEqual(
        outputWrites()
          .slice(count)
          .map((write) => [write.functionCode, write.address, write.values]),
        [[15, 0, [1, 1]]],
      );
    });

    it('writes at once, before the next read, and the newest value only', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      const count = outputWrites().length;
      for (let duty = 1; duty <= 50; duty++) test.command({ ...off, 'ssr1.duty0': duty });
      const startedMs = performance.now();
      await until('the last value', () => test.last('ssr1.duty0')?.value === 50);
      assert.ok(performance.now() - startedMs < 300);
      assert.ok(outputWrites().length - count <= 2);
    });

    it('writes neighbouring registers in one request, those that go off before and apart from the others', async () => {
      test = await TestField.start(framing, [ssr1]);
      const written = (count: number) =>
        outputWrites()
          .slice(count)
          .map(({ functionCode, address, values, argument }) => [
            functionCode,
            address,
            values.length ? values : argument,
          ]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      const atFirst = outputWrites().length;
      test.command({ ...off, 'ssr1.duty0': 40, 'ssr1.duty1': 20 });
      await until('both', () => test.last('ssr1.duty0')?.value === 40 && test.last('ssr1.duty1')?.value === 20);
      assert.deepEqual(written(atFirst), [[16, 0, [400, 200]]]);
      const then = outputWrites().length;
      test.command({ ...off, 'ssr1.duty0': 0, 'ssr1.duty1': 50 });
      await until('both', () => test.last('ssr1.duty0')?.value === 0 && test.last('ssr1.duty1')?.value === 50);
      assert.deepEqual(written(then), [
        [6, 0, 0],
        [6, 1, 500],
      ]);
    });

    it('writes one by one to a module that does not know how to take several', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.slave.react = ({ functionCode }) => (functionCode > 6 ? { kind: 'exception', code: 1 } : { kind: 'answer' });
      test.command({ ...off, 'ssr1.total': 0 });
      await until('off', () => test.last('ssr1.duty1')?.value === 0);
      for (const percent of [40, 60]) {
        test.command({ ...off, 'ssr1.duty0': percent, 'ssr1.duty1': percent });
        const both = () => [0, 1].every((n) => test.last(`ssr1.duty${n}`)?.value === percent);
        await until('both', both);
      }
      // the function was asked for once, and once for a value that only that function can write
      const several = outputWrites().filter(({ functionCode, address }) => functionCode === 16 && address === 0);
      assert.equal(several.length, 1);
    });

    it('switches off what it is told no writable value for, and says so', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.duty0': 60 });
      await until('on', () => test.last('ssr1.duty0')?.value === 60);
      test.command({ ...off, 'ssr1.duty0': Number.NaN });
      await until('off', () => test.last('ssr1.duty0')?.value === 0);
      assert.equal(test.module('ssr1').mismatches[0]?.signal, 'ssr1.duty0');
      test.command({ ...off, 'ssr1.duty0': 20 });
      await until('on', () => test.last('ssr1.duty0')?.value === 20);
      assert.deepEqual(test.module('ssr1').mismatches, []);
    });

    it('switches a coil off before and apart from a neighbour that goes on', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.fan': true });
      await until('on', () => test.last('ssr1.fan')?.value === true && test.last('ssr1.pump')?.value === false);
      const from = outputWrites().length;
      test.command({ ...off, 'ssr1.pump': true });
      await until('both', () => test.last('ssr1.fan')?.value === false && test.last('ssr1.pump')?.value === true);
      assert.deepEqual(
        outputWrites()
          .slice(from)
          .map(({ functionCode, address, argument }) => [functionCode, address, argument]),
        [
          [5, 0, 0],
          [5, 1, 0xff00],
        ],
      );
    });

    it('writes the outputs that differ anew after the line was cut', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.duty0': 40, 'ssr1.fan': true });
      await until('on', () => test.last('ssr1.duty0')?.value === 40 && test.last('ssr1.fan')?.value === true);
      test.slave.unit(1).holding.set(0, 0);
      test.slave.cut();
      await until('unverified', () => !test.module('ssr1').verified);
      await until('verified', () => test.module('ssr1').verified && test.module('ssr1').mismatches.length === 0);
      await until('on', () => test.slave.unit(1).holding.get(0) === 400);
      assert.equal(
        test.log.filter(({ message }) => message.includes('reads back')).length,
        0,
        'no mismatch of its own making',
      );
    });
  });
}
