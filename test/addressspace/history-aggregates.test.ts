import assert from 'node:assert/strict';
import fc from 'fast-check';
import { aggregates, figureOf, suits } from '../../addressspace/history/aggregates/functions.ts';
import { defaultSettings } from '../../addressspace/history/aggregates/configuration.ts';
import type { AggregateSettings } from '../../addressspace/history/aggregates/configuration.ts';
import { type Figure, infoBits } from '../../addressspace/history/aggregates/figure.ts';
import { divisionOf, intervalAt } from '../../addressspace/history/aggregates/intervals.ts';
import { Track, sampleOf } from '../../addressspace/history/aggregates/track.ts';
import type { HistoryPoint } from '../../operations/ports/history.ts';
import { examples, historians } from './part-13-examples.ts';

interface Given {
  readonly points: readonly HistoryPoint[];
  readonly from: number;
  readonly to: number;
  readonly every: number;
  readonly stepped?: boolean;
  readonly settings?: AggregateSettings;
  readonly gapSeconds?: number;
  readonly nowSeconds?: number;
}

/** Times in seconds; points in ms. */
function figures(name: string, given: Given): Figure[] {
  const aggregate = aggregates.find((each) => each.name === name);
  assert.ok(aggregate, name);
  const track = new Track(given.points.map(sampleOf), {
    stepped: given.stepped ?? false,
    gapMs: (given.gapSeconds ?? 90) * 1_000,
    reachMs: (given.gapSeconds ?? 90) * 1_000,
    nowMs: (given.nowSeconds ?? 10_000) * 1_000,
  });
  const division = divisionOf(given.from * 1_000, given.to * 1_000, given.every * 1_000);
  return Array.from({ length: division.count }, (_, i) =>
    figureOf(aggregate, track, intervalAt(division, i), given.settings ?? defaultSettings),
  );
}

const marks: Readonly<Record<string, string>> = {
  Good: 'G',
  UncertainDataSubNormal: 'U',
  UncertainLastUsableValue: 'u',
  BadNoData: 'N',
  Bad: 'B',
  BadSensorFailure: 'B',
};

function said({ value, quality, bits }: Figure): string {
  const shown = typeof value === 'number' ? `${Math.round(value * 1_000) / 1_000} ` : value === null ? '' : `${value} `;
  const flags = [
    [infoBits.calculated, 'c'],
    [infoBits.interpolated, 'i'],
    [infoBits.partial, 'p'],
    [infoBits.multipleValues, 'm'],
  ] as const;
  return shown + (marks[quality] ?? quality) + flags.map(([bit, mark]) => (bits & bit ? mark : '')).join('');
}

const told = (name: string, given: Given): string => figures(name, given).map(said).join('; ');
const good = (...pairs: readonly (readonly [second: number, value: number | boolean])[]): HistoryPoint[] =>
  pairs.map(([second, value]) => [second * 1_000, value, 'Good']);

const judged = (percentDataBad: number, percentDataGood: number): AggregateSettings => ({
  ...defaultSettings,
  percentDataBad,
  percentDataGood,
});

describe('Aggregates of history, by the examples of OPC 10000-13', () => {
  for (const { aggregate, historian, intervalSeconds, figures: expected, at } of examples) {
    it(`give ${aggregate} of historian ${historian} as Annex A has it`, () => {
      const source = historians[historian];
      assert.ok(source);
      const given = { ...source, from: 0, to: 100, every: intervalSeconds };
      assert.equal(told(aggregate, given), expected);
      const times = figures(aggregate, given).map(({ atMs }) => atMs / 1_000);
      const begins = Array.from({ length: times.length }, (_, i) => i * intervalSeconds);
      assert.deepEqual(times, at ?? begins);
    });
  }
});

describe('Aggregates of history', () => {
  const ramp = good([0, 0], [10, 10], [20, 20], [30, 30], [40, 40], [50, 50], [60, 60]);

  it('keep the value of a stepped signal until its next sample', () => {
    const points = good([0, 100], [10, 200], [20, 200]);
    assert.equal(told('TimeAverage', { points, from: 0, to: 20, every: 20, stepped: true }), '150 Gc');
    assert.equal(told('Total', { points, from: 0, to: 20, every: 20, stepped: true }), '3000 Gc');
    assert.equal(told('TimeAverage', { points, from: 0, to: 20, every: 20 }), '175 Gc');
  });

  it('give the share of true as the mean of a Boolean', () => {
    const points = good([0, true], [5, false], [20, false]);
    assert.equal(told('TimeAverage', { points, from: 0, to: 20, every: 20, stepped: true }), '0.25 Gc');
  });

  it('give the area of a moving signal in its unit times seconds', () => {
    assert.equal(told('Total', { points: ramp, from: 0, to: 60, every: 30 }), '450 Gc; 1350 Gc');
  });

  it('give range, difference, spread and worst status of the samples', () => {
    const given = { points: ramp, from: 0, to: 60, every: 30 };
    assert.equal(told('Range', given), '20 Gc; 20 Gc');
    assert.equal(told('Delta', { ...given, points: good([0, 5], [10, 9], [20, 2], [30, 2]) }), '-3 Gc; 0 Gcp');
    assert.equal(told('VariancePopulation', given), '66.667 Gc; 66.667 Gc');
    assert.equal(told('VarianceSample', given), '100 Gc; 100 Gc');
    assert.equal(told('StandardDeviationPopulation', given), '8.165 Gc; 8.165 Gc');
    const failing: HistoryPoint[] = [
      [0, 1, 'Good'],
      [5_000, null, 'BadDeviceFailure'],
      [9_000, null, 'BadSensorFailure'],
      [10_000, 1, 'Good'],
    ];
    assert.equal(told('WorstQuality', { points: failing, from: 0, to: 10, every: 10 }), 'BadDeviceFailure Gcm');
    assert.equal(told('Delta', { points: failing.slice(0, 3), from: 0, to: 10, every: 10 }), '0 Ucp');
  });

  it('count time without recording as bad, and as neither what has only just begun', () => {
    const points: HistoryPoint[] = [
      ...good([0, 1], [10, 1]),
      [15_000, null, 'BadSensorFailure'],
      ...good([20, 1], [100, 1], [110, 1]),
    ];
    const given = { points, from: 0, to: 120, every: 120, gapSeconds: 30, nowSeconds: 120 };
    assert.equal(told('DurationGood', given), `${15_000 + 1 + 10_000 + 1} Gcp`);
    assert.equal(told('DurationBad', given), `${5_000 + 79_999} Gcp`);
    assert.equal(told('PercentBad', { ...given, from: 10, to: 20, every: 10 }), '50 Gc');
    assert.equal(told('PercentGood', { ...given, from: 10, to: 20, every: 10 }), '50 Gc');
  });

  it('know nothing of a gap in recording', () => {
    const points = good([0, 10], [10, 10], [100, 40], [110, 40], [120, 40]);
    const given = { points, from: 0, to: 120, every: 20, gapSeconds: 30 };
    assert.equal(told('Interpolative', given), '10 G; N; N; N; N; 40 G');
    assert.equal(told('TimeAverage', given), '10 Ucp; N; N; N; N; 40 Gc');
    assert.equal(told('Average', given), '10 Gc; N; N; N; N; 40 Gc');
    assert.equal(told('Count', given), '2 Gcp; N; N; N; N; 2 Gc');
    assert.equal(told('DurationGood', given), '10001 Gcp; N; N; N; N; 20000 Gc');
    assert.equal(told('TimeAverage', { ...given, every: 120 }), '29.999 Uc');
  });

  it('look no farther over bad samples than a gap is long', () => {
    const bad = Array.from({ length: 20 }, (_, i): HistoryPoint => [(10 + i * 10) * 1_000, null, 'BadSensorFailure']);
    const points = [...good([0, 10]), ...bad, ...good([210, 40])];
    const given = { points, from: 0, to: 200, every: 50, gapSeconds: 30 };
    assert.equal(told('Interpolative', given), '10 G; N; N; N');
    assert.equal(told('Average', given), '10 Uc; N; N; N');
    assert.equal(told('Count', given), '1 Uc; B; B; B');
  });

  it('know nothing ahead of now', () => {
    const given = { points: ramp, from: 60, to: 120, every: 60, nowSeconds: 70 };
    assert.equal(told('TimeAverage', given), '60 Ucp');
    assert.equal(told('Interpolative', { ...given, every: 20 }), '60 G; N; N');
    assert.equal(told('DurationBad', given), '0 Gcp');
  });

  it('go backwards when the end lies before the begin, with the sample at the later edge', () => {
    const given = { points: ramp, from: 60, to: 0, every: 20 };
    assert.deepEqual(
      figures('Count', given).map(({ atMs }) => atMs),
      [60_000, 40_000, 20_000],
    );
    assert.equal(told('Maximum', given), '60 G; 40 G; 20 G');
    assert.equal(told('Minimum', given), '50 Gc; 30 Gc; 10 Gc');
    assert.equal(told('Interpolative', given), '60 G; 40 G; 20 G');
    assert.equal(told('TimeAverage', given), '50 Gc; 30 Gc; 10 Gc');
    assert.equal(told('Start', given), '60 G; 40 G; 20 G');
    assert.equal(told('End', given), '50 G; 30 G; 10 G');
  });

  it('cut the last interval at the end, and say so', () => {
    assert.equal(told('Maximum', { points: ramp, from: 0, to: 50, every: 20 }), '10 Gc; 30 Gc; 40 Gp');
    assert.equal(told('Count', { points: ramp, from: 0, to: 50, every: 0 }), '5 Gc');
  });

  it('take a bad share as bad from the percentage on that was asked for', () => {
    const points: HistoryPoint[] = [
      [0, 1, 'Good'],
      [1_000, null, 'BadSensorFailure'],
      [2_000, null, 'BadSensorFailure'],
      [3_000, 2, 'Good'],
      [4_000, 3, 'Good'],
    ];
    const given = { points, from: 0, to: 4, every: 4 };
    assert.equal(told('Average', { ...given, settings: judged(50, 100) }), 'N');
    assert.equal(told('Average', { ...given, settings: judged(60, 50) }), '1.5 Gc');
    assert.equal(told('Average', { ...given, settings: judged(60, 60) }), '1.5 Uc');
    assert.equal(told('Count', { ...given, settings: judged(50, 100) }), 'B');
  });

  it('never take a bad sample into a figure, nor show one as Good that is not made of Good ones', () => {
    const sample = fc.tuple(
      fc.integer({ min: 0, max: 60 }),
      fc.double({ min: 0, max: 10, noNaN: true }),
      fc.constantFrom('Good', 'UncertainLastUsableValue', 'BadSensorFailure', 'BadCommunicationError'),
    );
    const history = fc.uniqueArray(sample, { selector: ([second]) => second, maxLength: 30 });
    fc.assert(
      fc.property(history, fc.integer({ min: 1, max: 60 }), fc.boolean(), fc.boolean(), (raw, every, stepped, back) => {
        const points = raw
          .toSorted(([a], [b]) => a - b)
          .map(
            ([second, value, quality]) =>
              [second * 1_000, quality.startsWith('Bad') ? 1e9 : value, quality] as HistoryPoint,
          );
        const given = { points, from: back ? 60 : 0, to: back ? 0 : 60, every, stepped, gapSeconds: 15 };
        for (const { name } of aggregates.filter((aggregate) => suits(aggregate, 'Double'))) {
          for (const figure of figures(name, given)) {
            if (figure.kind === 'quality' || name === 'Total' || name.startsWith('Duration')) continue;
            assert.ok(figure.value === null || Math.abs(Number(figure.value)) <= 100, `${name} ${figure.value}`);
            assert.equal(figure.value === null, figure.quality.startsWith('Bad'), name);
          }
        }
        const durations = figures('DurationGood', given).map(({ value }) => Number(value));
        const bad = figures('DurationBad', given).map(({ value }) => Number(value));
        durations.forEach((ms, i) => assert.ok(ms + (bad[i] ?? 0) <= every * 1_000 && ms >= 0));
      }),
    );
  });
});
