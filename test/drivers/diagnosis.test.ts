import assert from 'node:assert/strict';
import { framesOf } from '../../drivers/monitor/frames.ts';
import { recordsOf } from '../../drivers/monitor/wire-trace.ts';
import type { LineReport, ModuleReport } from '../../operations/ports/field-report.ts';
import type { MonitoredFrame } from '../../operations/ports/frame-monitor.ts';
import type { Framing } from './misbehaving-slave.ts';
import { heaters, pollPeriodMs, scattered, TestField, thermocouples, until } from './test-field.ts';
import { timeoutMs } from './wire/lines.ts';

const ai1 = { id: 'ai1', unit: 1, profile: thermocouples };
const ssr2 = { id: 'ssr2', unit: 2, profile: heaters, watchdogMs: 1_000 };

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`finding the culprit by ${framing}`, () => {
    let test: TestField;
    afterEach(async () => {
      await test.stop();
    });

    const line = (): LineReport => {
      const [report] = test.field.report().lines;
      assert.ok(report !== undefined);
      return report;
    };
    const module = (id: string): ModuleReport => {
      const report = test.field.report().modules.find((each) => each.id === id);
      assert.ok(report !== undefined);
      return report;
    };
    const frames = (): MonitoredFrame[] => {
      const trace = test.field.trace('line0', 10_000);
      assert.ok(trace !== null);
      return framesOf(recordsOf(trace), framing === 'tcp' ? 'tcp' : 'rtu');
    };

    it('tells what is read of a module, request by request', async () => {
      test = await TestField.start(framing, [ai1, ssr2]);
      await until('readings', () => test.last('ai1.t0') !== undefined && test.last('ssr2.duty0') !== undefined);
      assert.deepEqual(
        module('ai1').blocks.map(({ cells, ...block }) => ({ ...block, cells: cells.length })),
        [
          {
            reads: 'inputs',
            functionCode: 4,
            area: 'input',
            address: 0,
            count: 4,
            periodMs: pollPeriodMs,
            cells: 4,
            readOver: [],
          },
          {
            reads: 'inputs',
            functionCode: 4,
            area: 'input',
            address: 8,
            count: 1,
            periodMs: pollPeriodMs,
            cells: 1,
            readOver: [],
          },
        ],
      );
      assert.deepEqual(
        module('ssr2').blocks.map(({ reads, functionCode, address, count }) => [reads, functionCode, address, count]),
        [
          ['inputs', 4, 0, 2],
          ['outputs', 1, 0, 2],
          ['outputs', 1, 5, 1],
          ['outputs', 3, 0, 2],
          ['outputs', 3, 4, 2],
        ],
      );
      await until('the watchdog', () => module('ssr2').watchdog === 'verified');
      assert.equal(module('ai1').watchdog, 'none');
      // What the plan says is what goes over the wire, and nothing else.
      const asked = new Set(
        frames().flatMap(({ direction, unit, functionCode, address, count }) =>
          direction === 'sent' && unit === 1 ? [`${functionCode} ${address} ${count}`] : [],
        ),
      );
      assert.deepEqual([...asked].toSorted(), ['4 0 4', '4 8 1']);
    });

    it('tells registers that are read over since the profile allows it', async () => {
      test = await TestField.start(framing, [{ ...ai1, profile: { ...thermocouples, readableGap: 4 } }]);
      const [block, ...others] = module('ai1').blocks;
      assert.equal(others.length, 0);
      assert.deepEqual([block?.address, block?.count, block?.readOver], [0, 9, [{ address: 4, count: 4 }]]);
    });

    it('tells a dead module from its neighbour: standing, since when, and its last error in words', async () => {
      test = await TestField.start(framing, [ai1, ssr2]);
      await until('readings', () => test.last('ai1.t0') !== undefined && test.last('ssr2.power') !== undefined);
      assert.deepEqual([module('ai1').standing, test.statistics('ai1').lastError], ['healthy', null]);
      const cutMs = Date.now();
      test.slave.react = ({ unit }) => ({ kind: unit === 1 ? 'silence' : 'answer' });
      await until('demotion', () => module('ai1').standing === 'demoted');
      const { standingSinceMs } = module('ai1');
      assert.ok(standingSinceMs >= cutMs && standingSinceMs <= Date.now());
      const { lastError, lastErrorAtMs, demoted } = test.statistics('ai1');
      assert.match(
        lastError ?? '',
        /^line0 unit 1 FC0\d (input|discrete|coil|holding) \d+(…\d+)?: no reply within \d+ ms$/u,
      );
      assert.ok(lastErrorAtMs !== null && lastErrorAtMs >= cutMs);
      assert.equal(demoted, true);
      assert.equal(test.module('ai1').lastError, lastError);
      assert.deepEqual(
        [module('ssr2').standing, test.statistics('ssr2').lastError, line().state],
        ['healthy', null, 'open'],
      );

      test.slave.react = () => ({ kind: 'answer' });
      await until('it is back', () => module('ai1').standing === 'healthy');
      assert.ok(module('ai1').standingSinceMs > standingSinceMs);
      assert.ok(test.statistics('ai1').lastError !== null, 'what was wrong stays known');
    });

    it('remembers refused registers, with what the module said and since when', async () => {
      test = await TestField.start(framing, [ai1]);
      await until('a reading', () => test.last('ai1.t2') !== undefined);
      const beforeMs = Date.now();
      test.slave.unit(1).input.delete(2);
      await until('the hole', () => module('ai1').holes.length > 0 && module('ai1').blocks.length === 3);
      const [hole] = module('ai1').holes;
      assert.ok(hole !== undefined);
      const { sinceMs, ...rest } = hole;
      assert.deepEqual(rest, { area: 'input', address: 2, count: 1, exception: 2, meaning: 'illegal data address' });
      assert.ok(Math.abs(sinceMs - beforeMs) < 2_000);
      assert.deepEqual(
        module('ai1').blocks.map(({ address, count }) => [address, count]),
        [
          [0, 2],
          [3, 1],
          [8, 1],
        ],
      );
      // Asked for again and again, it is the same hole.
      const { exceptions } = test.statistics('ai1');
      await until('another try', () => test.statistics('ai1').exceptions > exceptions);
      // The two clocks are read one after the other.
      assert.ok(Math.abs((module('ai1').holes[0]?.sinceMs ?? 0) - sinceMs) < 100);
      test.slave.unit(1).input.set(2, 7);
      await until('no hole', () => module('ai1').holes.length === 0);
    });

    it('tells a line that can not be opened: why, and when it is tried again', async () => {
      test = await TestField.start(framing, [ai1], { reconnectMs: 300, reconnectCapMs: 300 });
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      assert.deepEqual([line().state, line().reason, line().nextTryMs, line().reconnects], ['open', null, null, 0]);
      const { port } = test.slave;
      assert.equal(line().where, `127.0.0.1:${port}`);
      await test.slave.close();
      await until(
        'a refused connection',
        () => /ECONNREFUSED/u.test(line().reason ?? '') && line().state === 'back-off',
      );
      const { nextTryMs, stateSinceMs } = line();
      assert.ok(nextTryMs !== null && Math.abs(nextTryMs - Date.now()) < 1_000 && stateSinceMs <= Date.now());
      assert.match(test.statistics('ai1').lastError ?? '', /^line0: connect ECONNREFUSED/u);
    });

    it('counts connections after the first', async () => {
      test = await TestField.start(framing, [ai1]);
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      test.slave.cut();
      await until('a second connection', () => line().reconnects === 1 && line().state === 'open');
    });

    it('measures the share of its time that a line is busy', async () => {
      test = await TestField.start(framing, [ai1]);
      test.slave.react = () => ({ kind: 'answer', afterMs: 30 });
      await until('a measurement', () => (line().load.measuredPercent ?? 0) > 40);
      assert.ok((line().load.measuredPercent ?? 0) <= 100);
    });

    it('shows a write and its read-back in their order, as they were on the wire', async () => {
      test = await TestField.start(framing, [ssr2]);
      const off = { 'ssr2.duty1': 0, 'ssr2.total': 0, 'ssr2.fan': false, 'ssr2.pump': false, 'ssr2.contactor': false };
      test.command({ ...off, 'ssr2.duty0': 12.5 });
      await until('the write', () => test.last('ssr2.duty0')?.value === 12.5);
      const told = frames().map(({ words }) => words);
      const written = told.indexOf('unit 2 FC06 write single register 0: 125');
      assert.ok(written >= 0);
      assert.equal(told[written + 1], told[written], 'the echo');
      const readBack = told.findIndex(
        (words, at) => at > written && words.startsWith('unit 2 FC03 read holding registers 0…1: '),
      );
      assert.equal(told[readBack], 'unit 2 FC03 read holding registers 0…1: 125 0');
    });

    it('marks what came late, what was not what was asked, and what is no frame', async () => {
      test = await TestField.start(framing, [ai1]);
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      let isLate = true;
      test.slave.react = () => {
        const afterMs = isLate ? timeoutMs + 40 : 0;
        isLate = false;
        return { kind: 'answer', afterMs };
      };
      await until('a late reply', () => test.statistics('ai1').lateFrames > 0);
      const late = frames().filter(({ marks }) => marks.includes('late'));
      assert.equal(late.length, test.statistics('ai1').lateFrames);
      assert.ok((late[0]?.latencyMs ?? 0) >= timeoutMs);
      assert.equal(
        frames().filter(({ marks }) => marks.includes('unanswered')).length,
        test.statistics('ai1').timeouts,
      );

      let refused = 0;
      test.slave.react = () => ({ kind: ++refused === 1 ? 'wrong-length' : 'answer', by: 1 });
      await until('a refused reply', () => frames().some(({ marks }) => marks.includes('refused')));
      assert.equal(frames().filter(({ marks }) => marks.includes('refused')).length, 1);

      let garbled = 0;
      test.slave.react = () => ({ kind: ++garbled === 1 ? 'garbage' : 'answer' });
      await until('garbage', () => frames().some(({ marks }) => marks.includes('garbage')));
    });

    it('names each of 25 modules that fail alike, once', async () => {
      const modules = Array.from({ length: 25 }, (_, n) => ({ id: `ai${n + 1}`, unit: n + 1, profile: scattered }));
      test = await TestField.start(framing, modules);
      test.slave.react = ({ unit }) => ({ kind: unit % 2 === 0 ? 'silence' : 'exception', code: 10 });
      await until('an error of each', () => modules.every(({ id }) => test.statistics(id).failures > 0), 15_000);
      for (const { id, unit } of modules) {
        const said = test.log.filter(({ message }) => message.startsWith(`${id}: line0 unit ${unit} FC04 input `));
        assert.equal(said.length, 1, id);
        assert.match(said[0]?.message ?? '', unit % 2 === 0 ? /no reply within/u : /gateway path unavailable/u);
        assert.deepEqual(said[0]?.context, { module: id, line: 'line0', unit, repeated: 0 });
      }
    });
  });
}

describe('a line with several requests under way', () => {
  it('tells how each of them ended, and is never busy for more than all of its time', async () => {
    const test = await TestField.start('tcp', [{ id: 'ai1', unit: 1, profile: scattered }], { window: 4 });
    try {
      let asked = 0;
      test.slave.react = () => (++asked % 7 === 0 ? { kind: 'silence' } : { kind: 'answer', afterMs: 5 });
      await until('time-outs among answers', () => test.statistics('ai1').timeouts > 3);
      const trace = test.field.trace('line0', 10_000);
      assert.ok(trace !== null);
      const { requests, timeouts } = test.statistics('ai1');
      const frames = framesOf(recordsOf(trace), 'tcp');
      assert.equal(frames.filter(({ marks }) => marks.includes('unanswered')).length, timeouts);
      const replies = frames.filter(({ direction, marks }) => direction === 'received' && marks.length === 0);
      const late = frames.filter(({ marks }) => marks.includes('late'));
      assert.ok(replies.length >= requests - timeouts && late.length <= timeouts);
      await until('a measurement', () => (test.field.report().lines[0]?.load.measuredPercent ?? 0) > 0);
      assert.ok((test.field.report().lines[0]?.load.measuredPercent ?? 0) <= 100);
    } finally {
      await test.stop();
    }
  });
});

describe('a serial line with too much to do', () => {
  it('is warned of before it is opened, with its load and what to do', async () => {
    const test = await TestField.start('rtu-over-tcp', [ai1], { baudRate: 9_600 });
    const [report] = test.field.report().lines;
    await test.stop();
    const [warning] = test.log.filter(({ message }) => message.includes('The plan uses'));
    const words = /^line0: The plan uses 140 % of 9,600 baud: .* Raise the modules' pollPeriodMs/u;
    assert.match(warning?.message ?? '', words);
    assert.equal(report?.load.warning, warning?.message.replace('line0: ', ''));
  });
});
