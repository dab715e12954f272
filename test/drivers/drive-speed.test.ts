import assert from 'node:assert/strict';
import type { Framing, SeenRequest } from './misbehaving-slave.ts';
import { drive, powerUp, TestField, until } from './test-field.ts';

const drive1 = { id: 'drive1', unit: 1, profile: drive, watchdogMs: 1_000 };
const isWatchdog = ({ address }: SeenRequest) => address === 10;

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`a drive by ${framing}`, () => {
    let test: TestField;
    const control = () => test.slave.unit(1).holding.get(0);
    const runWrites = () =>
      test.slave.writes(1).filter(({ address, argument }) => address === 0 && (argument & 1) === 1);

    async function running(rpm = 100): Promise<void> {
      test = await TestField.start(framing, [drive1]);
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until('verified', () => test.module('drive1').verified);
      test.command({ 'drive1.command': rpm, 'drive1.reset': false });
      await until('it runs', () => test.last('drive1.command')?.value === rpm);
    }
    afterEach(async () => {
      await test.stop({ 'drive1.command': 0, 'drive1.reset': false });
    });

    it('gets its speed before its run bit, and loses the run bit before its speed', async () => {
      await running();
      assert.deepEqual([control(), test.slave.unit(1).holding.get(1)], [1, 100]);
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until(
        'it stands',
        () => test.last('drive1.command')?.value === 0 && test.slave.unit(1).holding.get(1) === 0,
      );
      const order = test.slave
        .writes(1)
        .filter((write) => !isWatchdog(write))
        .map(({ address, argument }) => `${address}=${argument}`);
      assert.deepEqual(order.slice(-4), ['1=100', '0=1', '0=0', '1=0']);
    });

    it('is not told to run while its speed is refused', async () => {
      test = await TestField.start(framing, [drive1]);
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until('verified', () => test.module('drive1').verified);
      test.slave.react = ({ functionCode, address }) =>
        functionCode === 6 && address === 1 ? { kind: 'exception', code: 3 } : { kind: 'answer' };
      test.slave.unit(1).holding.set(1, 1_400);
      test.command({ 'drive1.command': 100, 'drive1.reset': false });
      await until('a mismatch', () => (test.module('drive1').mismatches[0]?.tries ?? 0) >= 3);
      assert.deepEqual(runWrites(), [], 'it would run at what stands there');
      test.slave.react = () => ({ kind: 'answer' });
      await until('it runs', () => test.last('drive1.command')?.value === 100);
    });

    it('turns backwards by its reverse bit and the magnitude', async () => {
      await running(-250);
      assert.deepEqual([control(), test.slave.unit(1).holding.get(1)], [3, 250]);
    });

    it('gets its reset edge without running', async () => {
      test = await TestField.start(framing, [drive1]);
      test.command({ 'drive1.command': 0, 'drive1.reset': true });
      await until('the edge', () => control() === 0x80);
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until('its end', () => control() === 0);
      assert.deepEqual(runWrites(), []);
    });

    it('that dropped its run bit is not started again until 0 was commanded', async () => {
      await running();
      const count = runWrites().length;
      test.slave.unit(1).holding.set(0, 0);
      await until('the mismatch', () => test.module('drive1').mismatches.length > 0);
      assert.deepEqual(
        { ...test.module('drive1').mismatches[0], tries: 0 },
        { signal: 'drive1.command', commanded: 100, readBack: 0, tries: 0 },
      );
      await until('three tries', () => (test.module('drive1').mismatches[0]?.tries ?? 0) >= 3);
      test.command({ 'drive1.command': 120, 'drive1.reset': false });
      await test.polls('drive1', 3);
      assert.equal(runWrites().length, count);
      assert.deepEqual([control(), test.slave.unit(1).holding.get(1)], [0, 0]);

      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until('no mismatch', () => test.module('drive1').mismatches.length === 0);
      test.command({ 'drive1.command': 80, 'drive1.reset': false });
      await until('it runs', () => test.last('drive1.command')?.value === 80);
    });

    it('that stopped while the line was cut is not started again until 0 was commanded', async () => {
      await running();
      const count = runWrites().length;
      powerUp(test.slave.unit(1), drive);
      test.slave.cut();
      await until('the mismatch', () => test.module('drive1').mismatches.length > 0);
      await until('verified', () => test.module('drive1').verified);
      await test.polls('drive1', 3);
      assert.equal(runWrites().length, count);
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      test.command({ 'drive1.command': 80, 'drive1.reset': false });
      await until('it runs', () => test.last('drive1.command')?.value === 80);
    });

    it('that goes on running while the line is cut for a moment is not stopped either', async () => {
      await running();
      const count = test.slave.writes(1).filter((write) => !isWatchdog(write)).length;
      test.slave.cut();
      await until('unverified', () => !test.module('drive1').verified);
      await until('verified', () => test.module('drive1').verified);
      await test.polls('drive1', 3);
      assert.equal(test.slave.writes(1).filter((write) => !isWatchdog(write)).length, count);
      assert.deepEqual([control(), test.module('drive1').mismatches.length], [1, 0]);
    });

    it('that is commanded to run while it is away waits for 0 as well', async () => {
      test = await TestField.start(framing, [drive1]);
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until('verified', () => test.module('drive1').verified);
      test.slave.react = () => ({ kind: 'silence' });
      await until('demoted', () => test.module('drive1').demoted);
      test.command({ 'drive1.command': 100, 'drive1.reset': false });
      test.slave.react = () => ({ kind: 'answer' });
      await until('it is back', () => test.module('drive1').verified);
      await until('the mismatch', () => test.module('drive1').mismatches.length > 0);
      await test.polls('drive1', 3);
      assert.deepEqual(runWrites(), []);
    });

    it('is stopped at once when it is seen again after it was commanded to stop', async () => {
      await running();
      test.slave.react = () => ({ kind: 'silence' });
      await until('demoted', () => test.module('drive1').demoted);
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      assert.equal(control(), 1);
      test.slave.react = () => ({ kind: 'answer' });
      await until('it stands', () => control() === 0, 3_000);
    });

    it('whose start command got lost in silence does not start when it comes back late', async () => {
      test = await TestField.start(framing, [{ ...drive1, watchdogMs: 250 }]);
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until('verified', () => test.module('drive1').verified);
      test.slave.react = () => ({ kind: 'silence' });
      test.command({ 'drive1.command': 100, 'drive1.reset': false });
      await until('silence', () => test.statistics('drive1').timeouts >= 2);
      await until('unverified', () => !test.module('drive1').verified);
      const count = runWrites().length;
      test.slave.react = () => ({ kind: 'answer' });
      await until('it is back', () => test.module('drive1').verified, 4_000);
      await test.polls('drive1', 2);
      assert.equal(runWrites().length, count);
      assert.equal(control(), 0);
    });
  });
}
