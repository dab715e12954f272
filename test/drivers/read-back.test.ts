import assert from 'node:assert/strict';
import { isWatchdog, off, ssr1 } from './heater-module.ts';
import type { Framing } from './misbehaving-slave.ts';
import { TestField, until } from './test-field.ts';

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`reading back what was written by ${framing}`, () => {
    let test: TestField;
    const outputWrites = () => test.slave.writes(1).filter((write) => !isWatchdog(write));
    afterEach(async () => {
      await test.stop();
    });

    it('reports a write that is acknowledged but not done, and tries three times at once', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      const count = outputWrites().length;
      test.slave.react = ({ functionCode, address }) =>
        functionCode === 6 && address === 0 ? { kind: 'ignore-write' } : { kind: 'answer' };
      test.command({ ...off, 'ssr1.duty0': 50 });
      await until('three tries', () => test.module('ssr1').mismatches[0]?.tries === 3);
      assert.deepEqual(test.module('ssr1').mismatches, [
        { signal: 'ssr1.duty0', commanded: 50, readBack: 0, tries: 3 },
      ]);
      assert.equal(test.last('ssr1.duty0')?.value, 0, 'what is shown is what the module holds');
      await test.polls('ssr1', 3);
      assert.ok(outputWrites().length - count <= 4, 'then only now and then');

      test.slave.react = () => ({ kind: 'answer' });
      await until('the read-back', () => test.last('ssr1.duty0')?.value === 50);
      assert.deepEqual(test.module('ssr1').mismatches, []);
    });

    it('counts tries on while the command keeps changing', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      test.slave.react = ({ functionCode }) => (functionCode === 6 ? { kind: 'ignore-write' } : { kind: 'answer' });
      let duty = 10;
      await until('three tries', () => {
        test.command({ ...off, 'ssr1.duty0': 10 + (duty++ % 50) });
        return (test.module('ssr1').mismatches[0]?.tries ?? 0) >= 3;
      });
    });

    it('reports a value that the module refuses', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      test.slave.react = ({ functionCode, argument, values }) => {
        const written = functionCode === 16 ? values : functionCode === 6 ? [argument] : [];
        return written.some((value) => value > 1000) ? { kind: 'exception', code: 3 } : { kind: 'answer' };
      };
      test.command({ ...off, 'ssr1.duty0': 105, 'ssr1.duty1': 20 });
      await until('three tries', () => (test.module('ssr1').mismatches[0]?.tries ?? 0) >= 3);
      assert.equal(test.module('ssr1').mismatches[0]?.readBack, 0);
      await until('the other output, which is not held up', () => test.last('ssr1.duty1')?.value === 20);
    });

    it('does not call a read-back a mismatch that was under way before the write', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      test.slave.react = () => ({ kind: 'answer', afterMs: 20 });
      const tries: number[] = [];
      test.field.onReadings(() => tries.push(...test.module('ssr1').mismatches.map((mismatch) => mismatch.tries)));
      for (let n = 0; n < 25; n++) {
        test.command({ ...off, 'ssr1.duty0': n });
        const seen = test.slave.seen.length;
        await until('the next request', () => test.slave.seen.length > seen);
      }
      await until('the last value', () => test.last('ssr1.duty0')?.value === 24);
      assert.deepEqual(tries, []);
    });

    it('knows nothing of an output that can no more be read back', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.total': 5 });
      await until('verified', () => test.module('ssr1').verified && test.last('ssr1.total')?.value === 5);
      test.slave.react = ({ functionCode, address, argument }) =>
        functionCode === 3 && address <= 5 && address + argument > 4
          ? { kind: 'exception', code: 2 }
          : { kind: 'answer' };
      await until('unverified', () => !test.module('ssr1').verified);
      assert.notEqual(test.last('ssr1.total')?.quality, 'Good');
      test.slave.react = () => ({ kind: 'answer' });
      await until('verified again', () => test.module('ssr1').verified);
    });
  });
}
