import type { AggregateSettings } from '../../addressspace/history/aggregates/configuration.ts';
import type { HistoryPoint } from '../../operations/ports/history.ts';

/**
 * The example historians of OPC 10000-13, Annex A, and the figures given there for them. Times are seconds after 12:00:00.
 * The entry "point created" of each is left out: it stands for nothing being recorded before the first sample.
 */
export interface Historian {
  readonly stepped: boolean;
  readonly settings: AggregateSettings;
  readonly points: readonly HistoryPoint[];
}

type Raw = readonly (
  readonly [second: number, value: number | boolean, worth?: 'uncertain'] | readonly [second: number]
)[];

function pointsOf(raw: Raw): readonly HistoryPoint[] {
  return raw.map(([second, value, worth]): HistoryPoint => {
    if (value === undefined) return [second * 1_000, null, 'BadSensorFailure'];
    return [second * 1_000, value, worth === undefined ? 'Good' : 'UncertainLastUsableValue'];
  });
}

const first: Raw = [[10, 10], [20, 20], [30, 30], [40], [50, 50], [60, 60], [70, 70, 'uncertain'], [80, 80], [90, 90]];
const second: Raw = [
  [2, 10],
  [25, 20],
  [28, 25],
  [39, 30],
  [42],
  [48, 40],
  [52, 50],
  [72, 60],
  [77, 70, 'uncertain'],
  [83, 70],
  [86, 80],
  [90, 90],
];
const fourth: Raw = [
  [2, true],
  [25, false],
  [28, true],
  [39, true],
  [42],
  [48, true],
  [52, false],
  [72, false],
  [77, true, 'uncertain'],
  [83, true],
  [86, false],
  [90, true],
];
const fifth: Raw = [
  [2, 10],
  [25, 20],
  [28, 10],
  [39, 30],
  [42],
  [48, 30],
  [52, 50],
  [72, 30],
  [77, 70, 'uncertain'],
  [83, 70],
  [86, 80],
  [90, 70],
];

const strict = { percentDataBad: 100, percentDataGood: 100 };
const half = { percentDataBad: 50, percentDataGood: 50 };

export const historians: Readonly<Record<number, Historian>> = {
  1: {
    stepped: false,
    settings: { treatUncertainAsBad: false, ...strict, useSlopedExtrapolation: false },
    points: pointsOf(first),
  },
  2: {
    stepped: false,
    settings: { treatUncertainAsBad: true, ...strict, useSlopedExtrapolation: true },
    points: pointsOf(second),
  },
  3: {
    stepped: true,
    settings: { treatUncertainAsBad: true, ...half, useSlopedExtrapolation: false },
    points: pointsOf(second),
  },
  4: {
    stepped: true,
    settings: { treatUncertainAsBad: true, ...strict, useSlopedExtrapolation: false },
    points: pointsOf(fourth),
  },
  5: {
    stepped: false,
    settings: { treatUncertainAsBad: false, ...strict, useSlopedExtrapolation: false },
    points: pointsOf(fifth),
  },
};

/**
 * Figures from 12:00:00 to 12:01:40: value, status and info bits, in the order of the intervals, parted by semicolons. G Good,
 * U UncertainDataSubNormal, u the uncertain sample itself, B bad, N BadNoData; c calculated, i interpolated, p partial,
 * m multiple values. `at` are the seconds of figures that are stamped with a sample's time.
 */
export interface Example {
  readonly aggregate: string;
  readonly historian: number;
  readonly intervalSeconds: number;
  readonly figures: string;
  readonly at?: readonly number[];
}

function every(intervalSeconds: number, aggregate: string, byHistorian: Readonly<Record<number, string>>): Example[] {
  return Object.entries(byHistorian).map(([historian, figures]) => ({
    aggregate,
    historian: Number(historian),
    intervalSeconds,
    figures,
  }));
}

const secondDuration = '14000 Gcp; 16000 Gc; 10000 Gc; 16000 Gc; 13000 Gc; 7001 Gcp; N';

export const examples: readonly Example[] = [
  ...every(5, 'Interpolative', {
    1: 'N; N; 10 G; 15 Gi; 20 G; 25 Gi; 30 G; 35 Ui; 40 Ui; 45 Ui; 50 G; 55 Gi; 60 G; 65 Ui; 70 u; 75 Ui; 80 G; 85 Gi; 90 G; 90 Ui',
    2: 'N; 11.304 Gi; 13.478 Gi; 15.652 Gi; 17.826 Gi; 20 G; 25.909 Gi; 28.182 Gi; 31.111 Ui; 36.667 Ui; 45 Gi; 51.5 Gi; 54 Gi; 56.5 Gi; 59 Gi; 62.727 Ui; 67.273 Ui; 76.667 Gi; 90 G; 102.5 Ui',
    3: 'N; 10 Gi; 10 Gi; 10 Gi; 10 Gi; 20 G; 25 Gi; 25 Gi; 30 Gi; 30 Ui; 40 Gi; 50 Gi; 50 Gi; 50 Gi; 50 Gi; 60 Gi; 60 Ui; 70 Gi; 90 G; 90 Ui',
    5: 'N; 11.304 Gi; 13.478 Gi; 15.652 Gi; 17.826 Gi; 20 G; 13.636 Gi; 22.727 Gi; 30 Ui; 30 Ui; 40 Gi; 47 Gi; 42 Gi; 37 Gi; 32 Gi; 54 Ui; 70 Ui; 76.667 Gi; 70 G; 70 Ui',
  }),
  ...every(5, 'Average', {
    1: 'N; N; 10 Gc; N; 20 Gc; N; 30 Gc; N; N; N; 50 Gc; N; 60 Gc; N; N; N; 80 Gc; N; 90 Gc; N',
    2: '10 Gc; N; N; N; N; 22.5 Gc; N; 30 Gc; N; 40 Gc; 50 Gc; N; N; N; 60 Gc; N; 70 Gc; 80 Gc; 90 Gc; N',
    3: '10 Gc; N; N; N; N; 22.5 Gc; N; 30 Gc; N; 40 Gc; 50 Gc; N; N; N; 60 Gc; N; 70 Gc; 80 Gc; 90 Gc; N',
    5: '10 Gc; N; N; N; N; 15 Gc; N; 30 Gc; N; 30 Gc; 50 Gc; N; N; N; 30 Gc; N; 70 Gc; 80 Gc; 70 Gc; N',
  }),
  // Not of historian 3: where it steps, Annex A draws straight lines all the same; here a stepped signal keeps its value.
  ...every(5, 'TimeAverage', {
    1: 'N; N; 12.5 Gc; 17.5 Gc; 22.5 Gc; 27.5 Gc; 32.5 Uc; 37.5 Uc; 42.5 Uc; 47.5 Uc; 52.5 Gc; 57.5 Gc; 62.5 Uc; 67.5 Uc; 72.5 Uc; 77.5 Uc; 82.5 Gc; 87.5 Gc; 90 Ucp; N',
    2: '10.652 Ucp; 12.391 Gc; 14.565 Gc; 16.739 Gc; 18.913 Gc; 23.682 Gc; 27.045 Gc; 29.384 Uc; 33.889 Uc; 40 Uc; 49.45 Gc; 52.75 Gc; 55.25 Gc; 57.75 Gc; 60.618 Uc; 65 Uc; 70.515 Uc; 83.667 Gc; 96.25 Ucp; N',
    5: '10.652 Ucp; 12.391 Gc; 14.565 Gc; 16.739 Gc; 18.913 Gc; 13.727 Gc; 18.182 Gc; 27.091 Uc; 30 Uc; 32 Uc; 47.1 Gc; 44.5 Gc; 39.5 Gc; 34.5 Gc; 37.6 Uc; 66.8 Uc; 71.333 Uc; 75.667 Gc; 70 Ucp; N',
  }),
  ...every(16, 'Minimum', {
    1: '10 Gcp; 20 Gc; N; 50 Gc; N; 80 Gp; N',
    2: '10 Gcp; 20 Gc; 30 Uc; 40 G; 60 Uc; 70 Gcp; N',
    3: '10 Gcp; 20 Gc; 30 Uc; 40 G; 60 Uc; 70 Gcp; N',
    5: '10 Gcp; 10 Gc; 30 Uc; 30 G; 30 Gc; 70 Gcpm; N',
  }),
  ...every(16, 'Maximum', {
    1: '10 Gcp; 30 Gc; N; 60 Gc; N; 90 Gcp; N',
    2: '10 Gcp; 25 Gc; 30 Uc; 50 Gc; 60 Uc; 90 Gcp; N',
    3: '10 Gcp; 25 Gc; 30 Uc; 50 Gc; 60 Uc; 90 Gcp; N',
    // The fifth is Good in Annex A; 5.4.3.11 has it uncertain, since an uncertain sample lies above it.
    5: '10 Gcp; 20 Gc; 30 Uc; 50 Gc; 30 Uc; 80 Gcp; N',
  }),
  ...every(16, 'Count', {
    1: '1 Gcp; 2 Gc; B; 2 Gc; 0 Uc; 2 Gcp; N',
    2: '1 Gcp; 2 Gc; 1 Uc; 2 Gc; 1 Uc; 3 Gcp; N',
    3: '1 Gcp; 2 Gc; 1 Gc; 2 Gc; 1 Gc; 3 Gcp; N',
    4: '1 Gcp; 2 Gc; 1 Uc; 2 Gc; 1 Uc; 3 Gcp; N',
    5: '1 Gcp; 2 Gc; 1 Uc; 2 Gc; 1 Uc; 3 Gcp; N',
  }),
  ...every(16, 'Start', { 1: '10 Gp; 20 G; B; 50 G; 70 u; 80 Gp; N' }).map((example) => ({
    ...example,
    at: [10, 20, 40, 50, 70, 80, 96],
  })),
  ...every(16, 'Start', {
    2: '10 Gp; 20 G; 30 G; 40 G; 60 G; 70 Gp; N',
    3: '10 Gp; 20 G; 30 G; 40 G; 60 G; 70 Gp; N',
    5: '10 Gp; 20 G; 30 G; 30 G; 30 G; 70 Gp; N',
  }).map((example) => ({ ...example, at: [2, 25, 39, 48, 72, 83, 96] })),
  ...every(16, 'End', { 1: '10 Gp; 30 G; B; 60 G; 70 u; 90 Gp; N' }).map((example) => ({
    ...example,
    at: [10, 30, 40, 60, 70, 90, 96],
  })),
  ...every(16, 'End', {
    2: '10 Gp; 25 G; B; 50 G; 70 u; 90 Gp; N',
    3: '10 Gp; 25 G; B; 50 G; 70 u; 90 Gp; N',
    5: '10 Gp; 10 G; B; 50 G; 70 u; 70 Gp; N',
  }).map((example) => ({ ...example, at: [2, 28, 42, 52, 77, 90, 96] })),
  ...every(20, 'StandardDeviationSample', {
    1: '0 Gcp; 7.071 Gc; 0 Uc; 0 Uc; 7.071 Gcp',
    2: '0 Gcp; 5 Gc; 7.071 Uc; 0 Uc; 10 Gcp',
    3: '0 Gcp; 5 Gc; 7.071 Uc; 0 Uc; 10 Gcp',
    5: '0 Gcp; 10 Gc; 14.142 Uc; 0 Uc; 5.774 Gcp',
  }),
  ...every(16, 'DurationGood', {
    1: '6000 Gcp; 16000 Gc; 0 Gc; 14000 Gc; 0 Gc; 10001 Gcp; N',
    2: secondDuration,
    3: secondDuration,
  }),
];
