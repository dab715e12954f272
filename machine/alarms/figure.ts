/** One figure of the alarm statistics, held against what ISA-18.2 calls acceptable. */
export interface Figure {
  /** Null: there is nothing to judge by, for example no alarm to take a share of, or not yet a whole hour. */
  readonly value: number | null;
  readonly unit: string;
  readonly target: number;
  /** How the value should lie to the target. */
  readonly comparison: Comparison;
  /** What an operator can manage at most; beyond it something has to be done. Null: the standard names none. */
  readonly limit: number | null;
  readonly met: boolean | null;
}

type Comparison = 'atMost' | 'below' | 'atLeast';

export type Goal = Pick<Figure, 'unit' | 'target' | 'comparison' | 'limit'>;

export function figure(value: number | null, goal: Goal): Figure {
  return { value, ...goal, met: value === null ? null : isMet(value, goal) };
}

function isMet(value: number, { target, comparison }: Goal): boolean {
  if (comparison === 'atLeast') return value >= target;
  return comparison === 'below' ? value < target : value <= target;
}

const goal = (unit: string, comparison: Comparison, target: number, limit: number | null = null): Goal => ({
  unit,
  comparison,
  target,
  limit,
});

/**
 * For one operator position, after ISA-18.2 / IEC 62682 (figures by secondary sources). Of the four priorities here,
 * critical is the standard's fourth level on top of high, medium and low.
 */
export const goals = {
  tenMinutesMean: goal('alarms/10 min', 'atMost', 1, 2),
  tenMinutesMaximum: goal('alarms/10 min', 'atMost', 10),
  hourMean: goal('alarms/h', 'atMost', 6, 12),
  hourMaximum: goal('alarms/h', 'atMost', 30),
  hoursAbove30: goal('%', 'below', 1),
  tenMinutesAbove10: goal('%', 'below', 1),
  timeInFlood: goal('%', 'below', 1),
  topTen: goal('%', 'below', 5),
  chattering: goal('alarms', 'atMost', 0),
  stale: goal('alarms', 'below', 5),
  priorities: {
    1: goal('%', 'below', 1),
    2: goal('%', 'atMost', 5),
    3: goal('%', 'atMost', 15),
    4: goal('%', 'atLeast', 80),
  },
} as const;

/** In an hour, or in 10 minutes, that holds more alarms than this an operator can't answer each of them. */
export const overloaded = { hour: 30, tenMinutes: 10 } as const;
