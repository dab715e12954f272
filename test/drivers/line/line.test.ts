import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FieldReading } from '../../../machine/field.ts';
import { type Framing, MisbehavingSlave, type Reaction, type SeenRequest } from '../misbehaving-slave.ts';
import { drive, heaters, pollPeriodMs, scattered, TestField, thermocouples, until } from '../test-field.ts';
import { timeoutMs } from '../wire/lines.ts';

const modules = [1, 2, 3, 4].map((unit) => ({ id: `ai${unit}`, unit, profile: thermocouples }));

/** Times between readings of a signal, in ms. */
function periods(readings: readonly FieldReading[], signal: string, sinceMs: number): number[] {
  const times = readings
    .filter((reading) => reading.signal === signal && reading.atMs >= sinceMs)
    .map(({ atMs }) => atMs);
  return times.slice(1).map((atMs, n) => atMs - (times[n] ?? atMs));
}

const mean = (numbers: readonly number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
/** Resources that keep a process alive: what a closed field leaves behind shows here. */
const held = () =>
  process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'TCPSocketWrap').length;

const isStop = ({ unit, functionCode, argument }: SeenRequest) => unit === 5 && functionCode === 6 && argument === 0;

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`a line by ${framing}`, () => {
    let test: TestField;
    afterEach(async () => {
      await test.stop();
    });

    it('keeps the pace of the others when one module is dead', async () => {
      test = await TestField.start(framing, modules);
      await until('readings', () => modules.every(({ id }) => test.last(`${id}.t0`) !== undefined));
      await sleep(600);
      const before = mean(periods(test.readings, 'ai2.t0', performance.now() - 500));
      test.slave.react = ({ unit }) => (unit === 1 ? { kind: 'silence' } : { kind: 'answer' });
      await until('demotion', () => test.module('ai1').demoted);
      const sinceMs = performance.now();
      const asked = test.slave.reads(1).length;
      await sleep(3_500);
      const probes = test.slave.reads(1).length - asked;
      assert.ok(probes >= 1 && probes <= 3, `${probes} probes in 3.5 s`);
      for (const { id } of modules.slice(1)) {
        assert.equal(test.module(id).demoted, false);
        const after = mean(periods(test.readings, `${id}.t0`, sinceMs));
        assert.ok(after < before * 1.1 + 2, `${id}: ${before} ms before, ${after} ms after`);
      }
    });

    it('asks a silent unit nothing more before all others had their turn', async () => {
      test = await TestField.start(framing, modules);
      await until('readings', () => modules.every(({ id }) => test.last(`${id}.t0`) !== undefined));
      const from = test.slave.seen.length;
      test.slave.react = ({ unit }) => (unit === 1 ? { kind: 'silence' } : { kind: 'answer' });
      await until('demotion', () => test.module('ai1').demoted);
      const units = test.slave.seen.slice(from).map(({ unit }) => unit);
      assert.ok(!units.some((unit, n) => unit === 1 && units[n + 1] === 1), units.join(' '));
    });

    it('writes to the others at once while one module is dead', async () => {
      test = await TestField.start(framing, [
        ...modules.slice(0, 2),
        { id: 'drive5', unit: 5, profile: drive, watchdogMs: 1_000 },
      ]);
      test.command({ 'drive5.command': 0, 'drive5.reset': false });
      await until('verified', () => test.module('drive5').verified);
      test.slave.react = ({ unit }) => (unit === 1 ? { kind: 'silence' } : { kind: 'answer' });
      await until('demotion', () => test.module('ai1').demoted);
      const delays: number[] = [];
      for (let rpm = 1; rpm <= 40; rpm++) {
        const sentMs = performance.now();
        test.command({ 'drive5.command': rpm, 'drive5.reset': false });
        await until('written', () => test.slave.unit(5).holding.get(1) === rpm);
        delays.push(performance.now() - sentMs);
        await sleep(20);
      }
      // At most one request is under way before it, and that may be a probe that waits for its time-out.
      assert.ok(Math.max(...delays) < timeoutMs + 80, `${Math.max(...delays)} ms`);
      const [median = 0] = delays.toSorted((a, b) => a - b).slice(20);
      assert.ok(median < 40, `${median} ms`);
    });

    it('lets at most the request that is under way go before a stop, also while another module falls silent', async () => {
      test = await TestField.start(framing, [
        ...modules,
        { id: 'drive5', unit: 5, profile: drive, watchdogMs: 2_000 },
        { id: 'drive6', unit: 6, profile: drive, watchdogMs: 2_000 },
      ]);
      const rest = { 'drive5.reset': false, 'drive6.command': 0, 'drive6.reset': false };
      test.command({ ...rest, 'drive5.command': 0 });
      await until('verified', () => test.module('drive5').verified && test.module('drive6').verified);
      for (let round = 1; round <= 16; round++) {
        test.command({ ...rest, 'drive5.command': round });
        await until('running', () => test.last('drive5.command')?.value === round);
        // every second time a module is silent that answered until now, so that it is not merely probed yet
        const silent = round % 2 === 0 ? 1 + ((round / 2) % 4) : null;
        test.slave.react = ({ unit }) => (unit === silent ? { kind: 'silence' } : { kind: 'answer' });
        await sleep((round * 7) % 50);
        const from = test.slave.seen.length;
        test.command({ ...rest, 'drive5.command': 0 });
        await until('stopped', () => test.slave.seen.slice(from).some(isStop));
        const before = test.slave.seen.slice(from).findIndex(isStop);
        assert.ok(before <= 1, `${before} requests before the stop of round ${round}`);
        test.slave.react = () => ({ kind: 'answer' });
      }
    });

    it('reads a channel with a period of its own, and hears of its module all the same', async () => {
      const slowMs = 10 * pollPeriodMs;
      const channels = ['t0', 't1', 't2', 't3'];
      test = await TestField.start(framing, [
        { id: 'ai1', unit: 1, profile: thermocouples, pollPeriodsMs: { t0: slowMs } },
        {
          id: 'ai2',
          unit: 2,
          profile: thermocouples,
          pollPeriodsMs: Object.fromEntries(channels.map((channel) => [channel, slowMs])),
        },
      ]);
      await until('readings', () => test.of('ai1.t0').length >= 4 && test.of('ai2.t0').length >= 4);
      const count = (signal: string) => test.of(signal).length;
      assert.ok(count('ai1.t1') > 4 * count('ai1.t0'), `${count('ai1.t1')} and ${count('ai1.t0')} readings`);
      assert.ok(count('ai1.t1') > 4 * count('ai2.t1'), `${count('ai1.t1')} and ${count('ai2.t1')} readings`);
      const sinceMs = performance.now() - (test.module('ai2').lastAnswerAtMs ?? 0);
      assert.ok(sinceMs < slowMs / 2, `nothing was heard of ai2 for ${sinceMs} ms`);
      const [first] = test.slave.reads(1);
      assert.deepEqual([first?.address, first?.argument], [1, 3], 'the plan of each period is its own');
    });

    it('reads every module in time while a slow one has outputs that change all the time', async () => {
      const slowMs = 30;
      const { duty0, duty1 } = heaters.outputs;
      assert.ok(duty0 !== undefined && duty1 !== undefined);
      test = await TestField.start(framing, [
        { id: 'ssr1', unit: 1, profile: { ...heaters, outputs: { duty0, duty1 }, watchdog: null } },
        { id: 'ai2', unit: 2, profile: thermocouples },
      ]);
      test.command({ 'ssr1.duty0': 1, 'ssr1.duty1': 1 });
      await until('readings', () => test.last('ai2.t0') !== undefined && test.last('ssr1.duty1')?.value === 1);
      test.slave.react = ({ unit }) => (unit === 1 ? { kind: 'answer', afterMs: slowMs } : { kind: 'answer' });
      const sinceMs = performance.now();
      // two writes for each, which alone take as long as there is from one to the next
      for (let percent = 2; percent < 32; percent++) {
        test.command({ 'ssr1.duty0': percent, 'ssr1.duty1': percent });
        await sleep(2 * slowMs);
      }
      const tookMs = performance.now() - sinceMs;
      for (const signal of ['ai2.t0', 'ssr1.power', 'ssr1.duty0']) {
        const times = test.of(signal).map(({ atMs }) => atMs);
        const during = [sinceMs, ...times.filter((atMs) => atMs > sinceMs), performance.now()];
        const longestMs = Math.max(...during.slice(1).map((atMs, n) => atMs - (during[n] ?? atMs)));
        // starved, it would not be read before the end
        assert.ok(longestMs < tookMs / 3, `${signal} was not read for ${longestMs} of ${tookMs} ms`);
      }
      await until('the last value', () => test.slave.unit(1).holding.get(1) === 310);
    });

    it('switches a slow output off at once, whatever was written to it just before', async () => {
      test = await TestField.start(framing, [{ id: 'ssr1', unit: 1, profile: heaters }]);
      test.command({ 'ssr1.duty0': 50 });
      await until('on', () => test.last('ssr1.duty0')?.value === 50);
      test.slave.react = () => ({ kind: 'answer', afterMs: 60 });
      test.command({ 'ssr1.duty0': 51 });
      await until('written', () => test.slave.unit(1).holding.get(0) === 510);
      const sinceMs = performance.now();
      test.command({ 'ssr1.duty0': 0 });
      await until('off', () => test.slave.unit(1).holding.get(0) === 0);
      // what is under way has its reply first
      assert.ok(performance.now() - sinceMs < 2 * 60 + 30, `${performance.now() - sinceMs} ms`);
    });

    it('connects again after every cut, and every module is back', async () => {
      test = await TestField.start(framing, modules);
      for (let n = 0; n < 5; n++) {
        const sinceMs = performance.now();
        await until('readings', () => modules.every(({ id }) => (test.last(`${id}.t0`)?.atMs ?? 0) > sinceMs));
        test.slave.cut();
        await sleep(5);
      }
      await until('readings', () => test.slave.connections >= 6);
      assert.equal(
        modules.some(({ id }) => test.module(id).demoted),
        false,
      );
    });

    it('connects anew when no module answers any more', async () => {
      test = await TestField.start(framing, modules.slice(0, 2));
      await until('readings', () => test.last('ai2.t0') !== undefined);
      test.slave.react = () => ({ kind: 'silence' });
      await until('another connection', () => test.slave.connections >= 2);
      test.slave.react = () => ({ kind: 'answer' });
      const sinceMs = performance.now();
      await until('readings', () => ['ai1.t0', 'ai2.t0'].every((signal) => (test.last(signal)?.atMs ?? 0) > sinceMs));
    });

    it('leaves a connection that was accepted and is dead as soon as one probe of each module brought nothing', async () => {
      test = await TestField.start(framing, modules.slice(0, 2));
      await until('readings', () => test.last('ai2.t0') !== undefined);
      let deadUpTo = Number.POSITIVE_INFINITY;
      test.slave.react = () => (test.slave.connections <= deadUpTo ? { kind: 'silence' } : { kind: 'answer' });
      await until('another connection', () => test.slave.connections >= 2);
      assert.ok(['ai1', 'ai2'].every((id) => test.module(id).demoted));
      // whatever comes now comes through the next one
      deadUpTo = test.slave.connections;
      const sinceMs = performance.now();
      await until('readings', () => ['ai1.t0', 'ai2.t0'].every((signal) => (test.last(signal)?.atMs ?? 0) > sinceMs));
      assert.ok(performance.now() - sinceMs < 2_100, `${performance.now() - sinceMs} ms`);
      assert.ok(test.slave.connections <= deadUpTo + 1);
    });

    it('finds the machine when it comes up later, and backs off until then', async () => {
      const first = await MisbehavingSlave.listen(framing);
      const { port } = first;
      await first.close();
      const away = { port } as MisbehavingSlave;
      const units = new Map<number, number>();
      Object.assign(away, { unit: () => ({ input: units, holding: units, coil: units, discrete: units }) });
      test = await TestField.start(framing, modules.slice(0, 1), {}, away);
      await until('a refused connection', () => /ECONNREFUSED/.test(test.statistics('ai1').lastError ?? ''));
      assert.equal(test.module('ai1').lastAnswerAtMs, null);
      const slave = await MisbehavingSlave.listen(framing, port);
      for (const address of units.keys()) slave.unit(1).input.set(address, 5);
      const startedMs = performance.now();
      await until('readings', () => test.last('ai1.t0') !== undefined);
      assert.ok(performance.now() - startedMs < 1_000);
      Object.assign(away, { close: () => slave.close() });
    });

    it('shows no wrong value as good under any mixture of faults, and recovers from it', async () => {
      test = await TestField.start(
        framing,
        [1, 2].map((unit) => ({ id: `m${unit}`, unit, profile: scattered })),
      );
      const answers = new Map<number, { signal: string; atMs: number }>();
      let number = 0;
      test.slave.prepare = ({ unit, address, argument, functionCode, atMs }) => {
        if (functionCode !== 4) return;
        for (let n = 0; n < argument; n++) {
          answers.set(++number, { signal: `m${unit}.r${address + n}`, atMs });
          test.slave.unit(unit).input.set(address + n, number);
        }
      };
      const faults: Reaction[] = [
        { kind: 'silence' },
        { kind: 'garbage' },
        { kind: 'truncated' },
        { kind: 'split', afterMs: 10 },
        { kind: 'wrong-unit' },
        { kind: 'wrong-function' },
        { kind: 'wrong-transaction' },
        { kind: 'bad-crc' },
        { kind: 'wrong-length', by: 1 },
        { kind: 'wrong-length', by: -1 },
        { kind: 'wrong-byte-count' },
        { kind: 'twice' },
        { kind: 'reset' },
        { kind: 'exception', code: 2 },
        { kind: 'exception', code: 6 },
        { kind: 'exception', code: 0x0b },
        { kind: 'answer', afterMs: 0.5 * timeoutMs },
        { kind: 'answer', afterMs: 1.3 * timeoutMs },
        { kind: 'answer', afterMs: 2.2 * timeoutMs },
      ];
      // A fixed sequence of pseudo-random numbers: the run is the same every time as far as timing allows.
      let seed = 12_345;
      const random = () => {
        seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
        return seed / 2 ** 31;
      };
      test.slave.react = () =>
        (random() < 0.25 ? (faults[Math.floor(random() * faults.length)] ?? faults[0]) : undefined) ?? {
          kind: 'answer',
        };
      await sleep(4_000);
      test.slave.react = () => ({ kind: 'answer' });
      const healedMs = performance.now();
      const signals = [1, 2].flatMap((unit) => [0, 10, 20, 30].map((address) => `m${unit}.r${address}`));
      await until('all good again', () =>
        signals.every((signal) =>
          test.readings.some(
            (reading) => reading.signal === signal && reading.quality === 'Good' && reading.atMs > healedMs,
          ),
        ),
      );
      const good = test.readings.filter(({ quality }) => quality === 'Good');
      assert.ok(good.length > 50, `${good.length} good readings`);
      for (const { signal, value, atMs } of good) {
        // Pairs are read where a fault made the driver ask for neighbours: the map has them all.
        const origin = answers.get(Number(value));
        assert.equal(origin?.signal, signal);
        assert.ok(atMs - origin.atMs < timeoutMs + 60, `${signal} is ${atMs - origin.atMs} ms old`);
      }
      for (const { value, quality } of test.readings) assert.equal(value === null, quality !== 'Good');
    }).timeout(15_000);

    it('names line, unit, function and range in its last error, and logs it once a minute', async () => {
      test = await TestField.start(framing, modules.slice(0, 2));
      test.slave.react = ({ unit }) => (unit === 1 ? { kind: 'silence' } : { kind: 'answer' });
      await until('demotion', () => test.module('ai1').demoted);
      assert.match(
        test.statistics('ai1').lastError ?? '',
        /^line0 unit 1 FC0[1-4] \w+ [0-9…]+: no reply within 120 ms$/,
      );
      assert.equal(test.log.filter(({ message }) => message.startsWith('ai1: line0 unit 1')).length, 1);
      const { timeouts, failures, requests } = test.statistics('ai1');
      assert.ok(timeouts >= 3 && failures >= timeouts && requests >= failures);
    });

    it('counts requests and reply times', async () => {
      test = await TestField.start(framing, modules.slice(0, 1));
      test.slave.react = () => ({ kind: 'answer', afterMs: 10 });
      await until('requests', () => test.statistics('ai1').requests > 10);
      const { latencyP50Ms, latencyP95Ms, failures } = test.statistics('ai1');
      assert.equal(failures, 0);
      assert.ok((latencyP50Ms ?? 0) >= 9 && (latencyP50Ms ?? 0) <= (latencyP95Ms ?? 0));
    });

    it('polls at the declared period and skips turns that it missed', async () => {
      test = await TestField.start(framing, modules.slice(0, 1));
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      await sleep(1_000);
      const period = mean(periods(test.readings, 'ai1.t0', performance.now() - 900));
      assert.ok(Math.abs(period - pollPeriodMs) < 4, `${period} ms`);
      let slow = true;
      test.slave.react = () => ({ kind: 'answer', afterMs: slow ? 3 * (pollPeriodMs / 4) : 0 });
      await sleep(500);
      slow = false;
      const seen = test.slave.seen.length;
      await sleep(4 * pollPeriodMs);
      assert.ok(test.slave.seen.length - seen <= 2 * 6, 'missed polls are not made up for');
    });

    it('goes on after an error that nobody foresaw', async () => {
      test = await TestField.start(framing, modules.slice(0, 1));
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      test.clockFailsOnce = true;
      await until('the complaint', () => test.log.some(({ message }) => message.includes('unexpected error')));
      const sinceMs = performance.now();
      await until('a reading', () => (test.last('ai1.t0')?.atMs ?? 0) > sinceMs);
    });

    it('goes on when a listener throws', async () => {
      test = await TestField.start(framing, modules.slice(0, 1));
      test.field.onReadings(() => {
        throw new Error('a defect elsewhere');
      });
      await until('readings', () => test.of('ai1.t0').length > 5);
      assert.equal(test.log.filter(({ message }) => message.includes('listener')).length, 1);
    });
  });

  it(`leaves no socket and no timer behind after 15 outages and a close, by ${framing}`, async () => {
    // The test runner's own timer starts only now.
    await sleep(1);
    const heldBefore = held();
    const test = await TestField.start(framing, modules);
    for (let n = 0; n < 15; n++) {
      const sinceMs = performance.now();
      await until('a reading', () => (test.last('ai1.t0')?.atMs ?? 0) > sinceMs);
      if (n % 3 === 0) test.slave.react = () => ({ kind: 'garbage' });
      else test.slave.cut();
      await until('an outage', () => !test.module('ai1').verified);
      test.slave.react = () => ({ kind: 'answer' });
      assert.ok(test.slave.open <= 2);
    }
    await test.stop();
    await until('nothing is held', () => held() <= heldBefore, 1_000);
  }).timeout(15_000);
}

it('closes a line that is still connecting, or waiting to connect', async () => {
  const silent = await MisbehavingSlave.listen('tcp');
  const { port } = silent;
  await silent.close();
  const memory = { input: new Map(), holding: new Map(), coil: new Map(), discrete: new Map() };
  const nobody = { port, unit: () => memory, close: async () => {} } as unknown as MisbehavingSlave;
  for (const waitMs of [0, 15, 60]) {
    const heldBefore = held();
    const test = await TestField.start('tcp', modules, {}, nobody);
    await sleep(waitMs);
    const startedMs = performance.now();
    await test.stop();
    assert.ok(performance.now() - startedMs < 300);
    await until('nothing is held', () => held() <= heldBefore, 1_000);
  }
});
