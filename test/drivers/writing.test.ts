import assert from 'node:assert/strict';
import type { WatchdogDeclaration } from '../../drivers/declaration.ts';
import type { Framing, SeenRequest } from './misbehaving-slave.ts';
import { drive, heaters, powerUp, TestField, until } from './test-field.ts';

const ssr1 = { id: 'ssr1', unit: 1, profile: heaters, watchdogMs: 2_000 };
const off = {
  'ssr1.duty0': 0,
  'ssr1.duty1': 0,
  'ssr1.total': 0,
  'ssr1.fan': false,
  'ssr1.pump': false,
  'ssr1.contactor': false,
};
const drive1 = { id: 'drive1', unit: 1, profile: drive, watchdogMs: 1_000 };

const isWatchdog = ({ address }: SeenRequest) => address === 10 || address === 100 || address === 101;

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

    it('sets the watchdog and its safe state, reads them back, and is verified only then', async () => {
      test = await TestField.start(framing, [ssr1]);
      assert.equal(test.module('ssr1').verified, false);
      await until('verified', () => test.module('ssr1').verified);
      const { holding } = test.slave.unit(1);
      assert.deepEqual([holding.get(100), holding.get(101)], [2_000, 3]);
      const checks = test.slave.seen.filter((request) => request.functionCode === 3 && isWatchdog(request));
      assert.deepEqual(
        checks.map(({ address }) => address),
        [101, 100],
      );
    });

    it('is not verified by a module that does not keep its watchdog time', async () => {
      test = await TestField.start(framing, [ssr1], {});
      test.slave.react = (request) =>
        request.functionCode === 6 && request.address === 100 ? { kind: 'ignore-write' } : { kind: 'answer' };
      await test.polls('ssr1', 5);
      assert.equal(test.module('ssr1').verified, false);
      assert.ok(test.log.some(({ message }) => message.includes('not protected')));
    });

    it('triggers a watchdog that wants to be triggered, and sets it up anew when it expired', async () => {
      const watchdog: WatchdogDeclaration = {
        address: 100,
        msPerCount: 100,
        safeState: null,
        feed: { area: 'holding', address: 102, values: [1, 2] },
        status: { area: 'holding', address: 103, mask: 3, active: 1 },
      };
      test = await TestField.start(framing, [{ ...ssr1, profile: { ...heaters, watchdog }, watchdogMs: 600 }]);
      const { holding } = test.slave.unit(1);
      for (const address of [102, 103]) holding.set(address, 0);
      test.slave.prepare = ({ address, functionCode }) => {
        if (functionCode === 6 && address === 102) holding.set(103, 1);
      };
      const feeds = () => test.slave.writes(1).filter(({ address }) => address === 102);
      test.command({ ...off, 'ssr1.duty0': 40 });
      await until('verified', () => test.module('ssr1').verified);
      assert.equal(holding.get(100), 6);
      await until('ten feeds', () => feeds().length >= 10);
      const gaps = feeds().map(({ atMs }, n) => atMs - (feeds()[n - 1]?.atMs ?? atMs));
      assert.ok(Math.max(...gaps) < 600, gaps.join(', '));
      assert.ok(feeds().every(({ argument }, n) => argument === 1 + (n % 2)));

      // it expired: the module has made its outputs safe
      holding.set(103, 2).set(0, 0);
      test.slave.prepare = () => {};
      await until('unverified', () => !test.module('ssr1').verified);
      assert.ok(test.log.some(({ message }) => message.includes('lost its watchdog')));
      holding.set(103, 1);
      await until('verified', () => test.module('ssr1').verified && holding.get(0) === 400);
    });

    it('sets a module up anew that restarted behind an open line', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.duty0': 40, 'ssr1.fan': true });
      await until('verified', () => test.module('ssr1').verified && test.last('ssr1.duty0')?.value === 40);
      powerUp(test.slave.unit(1), heaters);
      await until('the watchdog is set again', () => test.slave.unit(1).holding.get(100) === 2_000, 3_000);
      await until('the outputs are written again', () => test.slave.unit(1).holding.get(0) === 400);
      await until('the coil, too', () => test.slave.unit(1).coil.get(0) === 1);
      await until('verified', () => test.module('ssr1').verified && test.module('ssr1').mismatches.length === 0);
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

    it('is unverified as soon as the module is silent', async () => {
      test = await TestField.start(framing, [{ ...ssr1, watchdogMs: 400 }]);
      await until('verified', () => test.module('ssr1').verified);
      test.slave.react = () => ({ kind: 'silence' });
      await until('unverified', () => !test.module('ssr1').verified, 1_000);
    });

    it('writes the safe outputs when it is closed, and leaves no connection behind', async () => {
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

    it('writes the safe outputs when it is closed although replies are missing', async () => {
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

    it('closes within its deadline when nobody answers', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command(off);
      await until('verified', () => test.module('ssr1').verified);
      test.slave.react = () => ({ kind: 'silence' });
      const startedMs = performance.now();
      await test.field.close(new Map(Object.entries(off)), 200);
      assert.ok(performance.now() - startedMs < 500);
    });
  });

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
