import assert from 'node:assert/strict';
import { off, ssr1 } from './heater-module.ts';
import type { Framing } from './misbehaving-slave.ts';
import { TestField, until } from './test-field.ts';

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`a field by ${framing} that is closed`, () => {
    let test: TestField;
    afterEach(async () => {
      await test.stop();
    });

    it('writes the safe outputs, and leaves no connection behind', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.duty0': 40, 'ssr1.contactor': true });
      await until('on', () => test.last('ssr1.duty0')?.value === 40);
      const startedMs = performance.now();
      await test.field.close(new Map(Object.entries({ ...off, 'ssr1.fan': true })), 1_000);
      assert.ok(performance.now() - startedMs < 500);
      const { holding, coil } = test.slave.unit(1);
      assert.deepEqual([holding.get(0), coil.get(0), coil.get(5)], [0, 1, 0]);
      await until('no connection', () => test.slave.open === 0);
      const count = test.slave.seen.length;
      test.command({ ...off, 'ssr1.duty0': 100 });
      await new Promise((resolve) => setTimeout(resolve, 60));
      assert.equal(test.slave.seen.length, count);
    });

    it('writes the safe outputs although replies are missing', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.duty0': 40, 'ssr1.fan': true, 'ssr1.contactor': true });
      await until('on', () => test.last('ssr1.duty0')?.value === 40 && test.last('ssr1.contactor')?.value === true);
      const { holding, coil } = test.slave.unit(1);
      let lost = 0;
      test.slave.react = ({ functionCode }) =>
        functionCode > 4 && lost++ < 2 ? { kind: 'silence' } : { kind: 'answer' };
      await test.field.close(new Map(Object.entries(off)), 1_000);
      assert.deepEqual([holding.get(0), coil.get(0), coil.get(5)], [0, 0, 0]);
    });

    it('ends within its deadline when nobody answers', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      test.slave.react = () => ({ kind: 'silence' });
      const startedMs = performance.now();
      await test.field.close(new Map(Object.entries(off)), 200);
      assert.ok(performance.now() - startedMs < 500);
    });
  });
}
