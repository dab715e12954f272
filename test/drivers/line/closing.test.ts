import assert from 'node:assert/strict';
import { type Framing, type SeenRequest } from '../misbehaving-slave.ts';
import { heaters, TestField, until } from '../test-field.ts';

const { fan, contactor } = heaters.outputs;
assert.ok(fan !== undefined && contactor !== undefined);
/** Two coils that no write can carry together. */
const coils = { ...heaters, inputs: {}, outputs: { fan, contactor }, watchdog: null };
const isWrite = ({ functionCode }: SeenRequest) => functionCode > 4;
const fans = (count: number, runs: boolean) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => ['fan', 'contactor'].map((id) => [`ssr${n + 1}.${id}`, runs])).flat(),
  );

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`a line by ${framing} that is closed`, () => {
    let test: TestField;
    afterEach(async () => {
      await test.stop();
    });

    /** Modules of a fan and a contactor each, all of which are on. */
    async function running(count: number, timeoutMs: number): Promise<void> {
      const units = Array.from({ length: count }, (_, n) => n + 1);
      const modules = units.map((unit) => ({ id: `ssr${unit}`, unit, profile: coils }));
      test = await TestField.start(framing, modules, { timeoutMs });
      test.command(fans(count, true));
      await until('on', () => units.every((unit) => test.last(`ssr${unit}.fan`)?.value === true));
    }
    const close = async (count: number, deadlineMs: number) =>
      await test.field.close(new Map(Object.entries(fans(count, false))), deadlineMs);
    const fanOf = (unit: number) => test.slave.unit(unit).coil.get(0);

    it('makes a module safe that is busy for a moment', async () => {
      await running(1, 300);
      let refusals = 0;
      test.slave.react = (request) =>
        isWrite(request) && refusals++ === 0 ? { kind: 'exception', code: 6 } : { kind: 'answer' };
      await close(1, 1_000);
      assert.equal(fanOf(1), 0);
    });

    it('trusts no write before it was read back, also where the module is busy then', async () => {
      await running(1, 300);
      let [ignored, busy] = [false, 0];
      test.slave.react = (request) => {
        if (isWrite(request) && !ignored) {
          ignored = true;
          return { kind: 'ignore-write' };
        }
        return !isWrite(request) && ignored && busy++ === 0 ? { kind: 'exception', code: 6 } : { kind: 'answer' };
      };
      await close(1, 1_000);
      assert.ok(busy > 1);
      assert.equal(fanOf(1), 0);
    });

    it('makes those safe first that answer, whatever stands before them', async () => {
      const timeoutMs = 400;
      await running(2, timeoutMs);
      test.slave.react = ({ unit }) => (unit === 1 ? { kind: 'silence' } : { kind: 'answer' });
      await until('a time-out', () => test.statistics('ssr1').timeouts > 0);
      const asked = test.slave.reads(1).length;
      await until('another request', () => test.slave.reads(1).length > asked);
      // what is under way to the other is not waited for until its time-out
      await close(2, 0.5 * timeoutMs);
      assert.equal(fanOf(2), 0);
    });

    it('writes once to a module that is lost and may hear all the same, after those that answer', async () => {
      await running(2, 200);
      const told = (unit: number) => test.slave.writes(unit).filter(({ address }) => address === 0);
      test.slave.react = ({ unit, functionCode, address, argument }) => {
        if (unit !== 1) return { kind: 'answer' };
        if (functionCode === 5) test.slave.unit(1).coil.set(address, argument === 0 ? 0 : 1);
        return { kind: 'silence' };
      };
      await until('demoted', () => test.module('ssr1').demoted);
      const before = test.slave.writes(1).length;
      await close(2, 1_000);
      assert.deepEqual([fanOf(1), fanOf(2)], [0, 0]);
      assert.deepEqual(
        test.slave
          .writes(1)
          .slice(before)
          .map(({ address }) => address),
        [0, 5],
      );
      assert.ok((told(2).at(-1)?.atMs ?? 0) < (told(1).at(-1)?.atMs ?? 0), 'the living first');
    });

    it('spends no more than its share of the time on a module that falls silent just then', async () => {
      const timeoutMs = 400;
      await running(3, timeoutMs);
      test.slave.react = (request) => (isWrite(request) && request.unit < 3 ? { kind: 'silence' } : { kind: 'answer' });
      await close(3, 0.9 * timeoutMs);
      assert.equal(fanOf(3), 0);
    });

    it('tries until its deadline to make a module safe, and not longer', async () => {
      await running(1, 300);
      test.slave.react = (request) => (isWrite(request) ? { kind: 'ignore-write' } : { kind: 'answer' });
      const [deadlineMs, startedMs] = [600, performance.now()];
      await close(1, deadlineMs);
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs > deadlineMs / 2 && tookMs < deadlineMs + 200, `${tookMs} ms`);
      assert.ok(test.slave.seen.length < 200);
    });
  });
}
