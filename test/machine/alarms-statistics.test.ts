import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { AlarmEvent, AlarmOccurrence, AlarmPriority, AlarmTransition } from '../../machine/alarms/alarm.ts';
import { floodsOf, mostWithin, periodsAbove } from '../../machine/alarms/alarm-rate.ts';
import { alarmStatistics, isAnnunciation, type AlarmStatistics } from '../../machine/alarms/statistics.ts';
import { AlarmBench, declared } from './alarm-bench.ts';
import { factoryMachine } from './factory.ts';

const { annunciation } = factoryMachine();
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const { events: ringing } = new AlarmBench([declared('A')]).report('A', true);
const [raisedA] = ringing;

function occurrence(id: string, more: Partial<AlarmOccurrence> = {}): AlarmOccurrence {
  assert.ok(raisedA);
  return { ...raisedA.occurrence, id, text: `Alarm ${id}`, ...more };
}

function raised(atMs: number, id: string, priority: AlarmPriority = 2): AlarmEvent {
  return { atMs, transition: 'raised', occurrence: occurrence(id, { priority, raisedAtMs: atMs }), actor: null };
}

/** Rings of 40 alarms in turn. */
function every(count: number, eachMs: number): AlarmEvent[] {
  return Array.from({ length: count }, (_, i) => raised(i * eachMs, `A${i % 40}`));
}

const rising = fc.array(fc.integer({ min: 0, max: 120_000 }), { maxLength: 80 }).map((pauses) =>
  pauses.map(
    (
      (sum) => (pause: number) =>
        (sum += pause)
    )(0),
  ),
);

function ofDay(events: readonly AlarmEvent[], standing: readonly AlarmOccurrence[] = []): AlarmStatistics {
  return alarmStatistics({ events, standing, fromMs: 0, toMs: dayMs, nowMs: dayMs }, annunciation);
}

/** Of a span that begins at 0. */
function over(toMs: number, events: readonly AlarmEvent[]): AlarmStatistics {
  return alarmStatistics({ events, standing: [], fromMs: 0, toMs, nowMs: toMs }, annunciation);
}

describe('alarm statistics', () => {
  it('of an empty day meet every target that can be judged, and judge no share of nothing', () => {
    const statistics = ofDay([]);
    assert.equal(statistics.annunciated, 0);
    for (const name of [
      'tenMinutesMean',
      'tenMinutesMaximum',
      'hourMean',
      'hourMaximum',
      'hoursAbove30',
      'tenMinutesAbove10',
      'timeInFlood',
      'chattering',
      'stale',
    ] as const) {
      assert.deepEqual([name, statistics[name].value, statistics[name].met], [name, 0, true]);
    }
    assert.deepEqual([statistics.topTenShare.value, statistics.topTenShare.met], [null, null]);
    for (const { count, share } of statistics.priorities) assert.deepEqual([count, share.met], [0, null]);
    assert.deepEqual([statistics.floods, statistics.topTen, statistics.chatteringAlarms], [[], [], []]);
  });

  it('of no time at all have no rates', () => {
    const { tenMinutesMean, hoursAbove30, timeInFlood } = alarmStatistics(
      { events: [], standing: [], fromMs: 5, toMs: 5, nowMs: 5 },
      annunciation,
    );
    assert.deepEqual([tenMinutesMean.met, hoursAbove30.met, timeInFlood.met], [null, null, null]);
  });

  it('call no rate good before one whole period of it was counted, and a bad maximum bad at once', () => {
    const ofTen = ['tenMinutesMean', 'tenMinutesMaximum', 'tenMinutesAbove10', 'timeInFlood'] as const;
    const ofHour = ['hourMean', 'hourMaximum', 'hoursAbove30'] as const;
    const judged = (statistics: AlarmStatistics, names: readonly (typeof ofTen | typeof ofHour)[number][]) =>
      names.map((name) => [name, statistics[name].value === null, statistics[name].met === null]);
    for (const [names, periodMs] of [
      [ofTen, 600_000],
      [ofHour, hourMs],
    ] as const) {
      const tooShort = over(periodMs - 1, every(5, 10_000));
      assert.deepEqual(
        judged(tooShort, names),
        names.map((name) => [name, true, true]),
      );
      const longEnough = over(periodMs, every(5, 10_000));
      assert.deepEqual(
        judged(longEnough, names),
        names.map((name) => [name, false, false]),
      );
    }
    const young = over(14 * minuteMs, every(31, 25_000));
    assert.deepEqual([young.hourMaximum.value, young.hourMaximum.met, young.hourMean.met], [31, false, null]);
    const seconds = over(59_999, []);
    assert.deepEqual([seconds.chattering.value, seconds.chattering.met], [null, null]);
    assert.equal(
      over(
        20_000,
        every(3, 1_000).map((event) => ({ ...event, occurrence: occurrence('A') })),
      ).chattering.met,
      false,
    );
  });

  it('of a day with one flood, by hand', () => {
    // 12 alarms of as many kinds, one every 30 s from 08:00:00 to 08:05:30; the 11th, at 08:05:00, makes it a flood
    const beginMs = 8 * hourMs;
    const burst = Array.from({ length: 12 }, (_, i) => raised(beginMs + i * 30_000, `A${i}`));
    const statistics = ofDay([raised(hourMs, 'A0', 4), ...burst]);
    // at 08:13:30 the 8th alarm is 10 min old: 4 are left in the window, fewer than 5
    const flood = { fromMs: beginMs + 5 * minuteMs, toMs: beginMs + 13.5 * minuteMs, alarms: 12 };
    assert.deepEqual(statistics.floods, [flood]);
    assert.equal(statistics.timeInFlood.value, (8.5 / (24 * 60)) * 100);
    assert.equal(statistics.timeInFlood.met, true);
    assert.equal(statistics.annunciated, 13);
    assert.deepEqual([statistics.hourMean.value, statistics.hourMean.met], [13 / 24, true]);
    assert.deepEqual([statistics.tenMinutesMean.value, statistics.tenMinutesMean.met], [13 / 144, true]);
    assert.deepEqual([statistics.tenMinutesMaximum.value, statistics.tenMinutesMaximum.met], [12, false]);
    assert.deepEqual([statistics.hourMaximum.value, statistics.hourMaximum.met], [12, true]);
    assert.deepEqual([statistics.tenMinutesAbove10.value, statistics.tenMinutesAbove10.met], [100 / 144, true]);
    assert.deepEqual([statistics.hoursAbove30.value, statistics.hoursAbove30.met], [0, true]);
    assert.deepEqual(statistics.topTen[0], {
      id: 'A0',
      text: 'Alarm A0',
      count: 2,
      sharePercent: (2 / 13) * 100,
    });
    assert.equal(statistics.topTen.length, 10);
    assert.deepEqual([statistics.topTenShare.value, statistics.topTenShare.met], [(11 / 13) * 100, false]);
    assert.deepEqual(
      statistics.priorities.map(({ priority, count, share }) => [priority, count, share.value, share.met]),
      [
        [1, 0, 0, true],
        [2, 12, (12 / 13) * 100, false],
        [3, 0, 0, true],
        [4, 1, (1 / 13) * 100, false],
      ],
    );
  });

  it('of a chatter count every ring, and tell the alarm', () => {
    const times = [0, 20, 40, 300, 330, 360, 400].map((second) => hourMs + second * 1_000);
    const statistics = ofDay([...times.map((atMs) => raised(atMs, 'B')), raised(2 * hourMs, 'C')]);
    assert.deepEqual(statistics.chatteringAlarms, [{ id: 'B', text: 'Alarm B', count: 3 }]);
    assert.deepEqual([statistics.chattering.value, statistics.chattering.met], [1, false]);
    assert.equal(statistics.annunciated, 8);
    const slow = ofDay([0, 30, 60, 90].map((second) => raised(hourMs + second * 1_000, 'B')));
    assert.deepEqual([slow.chattering.value, slow.chattering.met], [0, true], 'two within any minute');
  });

  it('judge each figure at its target and beside it', () => {
    assert.deepEqual([ofDay(every(144, 600_000)).hourMean.value, ofDay(every(144, 600_000)).hourMean.met], [6, true]);
    assert.equal(ofDay(every(145, 590_000)).hourMean.met, false);
    assert.deepEqual(
      [ofDay(every(10, 1_000)).tenMinutesMaximum.met, ofDay(every(11, 1_000)).tenMinutesMaximum.met],
      [true, false],
    );
    assert.deepEqual(
      [ofDay(every(30, 60_000)).hourMaximum.met, ofDay(every(31, 60_000)).hourMaximum.met],
      [true, false],
    );
    assert.equal(ofDay(every(31, 60_000)).hoursAbove30.value, (1 / 24) * 100);
    assert.deepEqual(ofDay([]).tenMinutesMean.limit, 2);
  });

  it('count what called the operator, and nothing else', () => {
    for (const [transition, more, expected] of [
      ['raised', {}, true],
      ['raised', { suppressedBy: 'C' }, false],
      ['raised', { acknowledged: true }, false],
      ['unshelved', {}, true],
      ['in-service', {}, true],
      ['unshelved', { active: false }, false],
      ['returned', { active: false }, false],
      ['suppressed', { suppressedBy: 'C' }, false],
      ['tripped', {}, false],
      ['acknowledged', { acknowledged: true }, false],
    ] as [AlarmTransition, Partial<AlarmOccurrence>, boolean][]) {
      const event: AlarmEvent = { atMs: 1, transition, occurrence: occurrence('A', more), actor: null };
      assert.equal(isAnnunciation(event), expected, `${transition} ${JSON.stringify(more)}`);
      assert.equal(ofDay([event]).annunciated, expected ? 1 : 0);
    }
    const shelf = { kind: 'shelved', by: 'olga', atMs: 0, untilMs: 1, reason: 'r' } as const;
    assert.equal(isAnnunciation({ ...raised(1, 'A'), occurrence: occurrence('A', { shelf }) }), false);
  });

  it('leave out what lies outside the span', () => {
    const events = [raised(-1, 'A'), raised(0, 'B'), raised(dayMs - 1, 'C'), raised(dayMs, 'D')];
    assert.deepEqual(
      ofDay(events).topTen.map(({ id }) => id),
      ['B', 'C'],
    );
  });

  it('tell what stands now, and what has stood for more than a day', () => {
    const shelf = { kind: 'shelved', by: 'olga', atMs: 0, untilMs: 1, reason: 'r' } as const;
    const old = { raisedAtMs: -1 };
    const statistics = ofDay(
      [],
      [
        occurrence('OLD', old),
        occurrence('DAY', { raisedAtMs: 0 }),
        occurrence('GONE', { ...old, active: false, state: 'returned-unacknowledged' }),
        occurrence('SHELVED', { ...old, shelf, state: 'shelved' }),
        occurrence('OUT', { ...old, shelf: { ...shelf, kind: 'out-of-service' }, state: 'out-of-service' }),
        occurrence('EXPLAINED', { ...old, suppressedBy: 'OLD', state: 'suppressed' }),
      ],
    );
    assert.deepEqual(
      [statistics.standing, statistics.shelved, statistics.outOfService, statistics.suppressed],
      [2, 1, 1, 1],
    );
    assert.deepEqual(statistics.staleAlarms, [{ id: 'OLD', text: 'Alarm OLD', raisedAtMs: -1 }]);
    const many = ofDay(
      [],
      Array.from({ length: 5 }, (_, i) => occurrence(`OLD${i}`, old)),
    );
    assert.deepEqual([statistics.stale.met, many.stale.value, many.stale.met], [true, 5, false]);
  });

  it('of one span are the same whenever it begins', () => {
    fc.assert(
      fc.property(rising, fc.integer({ min: 1, max: 2_000_000_000_000 }), (times, beginMs) => {
        const figures = (fromMs: number) => {
          const events = times.map((atMs, place) => raised(fromMs + atMs, `A${place % 7}`));
          const ground = { events, standing: [], fromMs, toMs: fromMs + 3 * hourMs, nowMs: fromMs + 3 * hourMs };
          const { fromMs: _from, toMs: _to, floods, ...statistics } = alarmStatistics(ground, annunciation);
          const since = floods.map(({ fromMs: from, toMs, alarms }) => [
            from - fromMs,
            (toMs ?? Infinity) - fromMs,
            alarms,
          ]);
          return { ...statistics, floods: since };
        };
        assert.deepEqual(figures(beginMs), figures(0));
      }),
      { numRuns: 30 },
    );
  });

  it('list what rang more often first, and of two that rang as often the one whose name comes first', () => {
    const events = ['C', 'B', 'A', 'B', 'C', 'B'].map((id, place) => raised(place, id));
    const { topTen } = ofDay(events);
    assert.deepEqual(
      topTen.map(({ id, count }) => [id, count]),
      [
        ['B', 3],
        ['C', 2],
        ['A', 1],
      ],
    );
    const tie = ofDay(['Z', 'A', 'M'].map((id, place) => raised(place, id)));
    assert.deepEqual(
      tie.topTen.map(({ id }) => id),
      ['A', 'M', 'Z'],
    );
  });

  it('call an alarm by the text that it had last', () => {
    const older = raised(1, 'A');
    const events = [{ ...older, occurrence: { ...older.occurrence, text: 'Old text' } }, raised(2, 'A')];
    assert.equal(ofDay(events).topTen[0]?.text, 'Alarm A');
  });

  it('meet a share that is asked for at least when it is just there', () => {
    const events = Array.from({ length: 100 }, (_, i) => raised(i, `A${i}`, i < 80 ? 4 : 3));
    const lowest = ofDay(events).priorities.find(({ priority }) => priority === 4);
    assert.deepEqual([lowest?.share.value, lowest?.share.met], [80, true]);
    const fewer = ofDay(events.slice(1)).priorities.find(({ priority }) => priority === 4);
    assert.equal(fewer?.share.met, false);
  });

  it('of the engine’s own journal: a chatter of 1 Hz is one occurrence and a call each second', () => {
    const bench = new AlarmBench([declared('A')]);
    const fromMs = bench.now.wallMs;
    for (let i = 0; i < 20; i++) {
      bench.report('A', true).pass(0.5);
      bench.report('A', false).pass(0.5);
    }
    const standing = bench.engine.standing();
    const ground = { events: bench.events, standing, fromMs, toMs: fromMs + hourMs, nowMs: bench.now.wallMs };
    const statistics = alarmStatistics(ground, annunciation);
    assert.deepEqual([standing.length, standing[0]?.count, statistics.annunciated], [1, 20, 20]);
    assert.deepEqual(statistics.chatteringAlarms, [{ id: 'A', text: 'Alarm A', count: 20 }]);
  });
});

const rule = { windowMs: 600_000, beginsAbove: 10, endsBelow: 5 };
describe('alarm rates', () => {
  it('the most within a window is what a look at each alarm’s window finds', () => {
    fc.assert(
      fc.property(rising, fc.integer({ min: 1, max: 600_000 }), (times, windowMs) => {
        const counts = times.map(
          (atMs, place) => times.slice(0, place + 1).filter((other) => other > atMs - windowMs).length,
        );
        assert.equal(mostWithin(times, windowMs), Math.max(0, ...counts));
      }),
    );
  });

  it('a flood begins above its first number and lasts as long as its window holds the second', () => {
    fc.assert(
      fc.property(rising, (times) => {
        const untilMs = (times.at(-1) ?? 0) + 60_000;
        const inWindow = (ms: number): number => times.filter((atMs) => atMs <= ms && atMs > ms - rule.windowMs).length;
        const floods = floodsOf(times, untilMs, rule);
        let endedMs = -1;
        for (const { fromMs, toMs } of floods) {
          assert.ok(fromMs > endedMs);
          assert.equal(inWindow(fromMs) > rule.beginsAbove, true);
          const lastMs = toMs ?? untilMs;
          for (const atMs of times) if (atMs >= fromMs && atMs < lastMs) assert.ok(inWindow(atMs) >= rule.endsBelow);
          if (toMs !== null) assert.ok(inWindow(toMs) < rule.endsBelow);
          endedMs = lastMs;
        }
        const isIn = (ms: number): boolean =>
          floods.some(({ fromMs, toMs }) => ms >= fromMs && ms < (toMs ?? Infinity));
        for (const atMs of times) if (inWindow(atMs) > rule.beginsAbove) assert.ok(isIn(atMs));
      }),
    );
  });

  it('a flood that lasts at the end of the span has no end', () => {
    const times = Array.from({ length: 11 }, (_, i) => i * 1_000);
    assert.deepEqual(floodsOf(times, 60_000, rule), [{ fromMs: 10_000, toMs: null, alarms: 11 }]);
    // the 7th alarm, of 6 s, leaves 4 behind
    assert.deepEqual(floodsOf(times, 606_000, rule), [{ fromMs: 10_000, toMs: 606_000, alarms: 11 }]);
  });

  it('periods are counted from the beginning of the span, the last one though it is cut', () => {
    const times = [10, 11, 19, 20, 29.9];
    assert.deepEqual(periodsAbove(times, { fromMs: 10, toMs: 35 }, 10, 2), { periods: 3, beyond: 1 });
    assert.deepEqual(periodsAbove(times, { fromMs: 10, toMs: 35 }, 10, 1), { periods: 3, beyond: 2 });
  });
});
