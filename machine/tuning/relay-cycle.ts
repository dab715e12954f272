import type { TuningDeclaration } from '../declaration.ts';
import { numberText } from '../control/reason-text.ts';

/** One full cycle of the relay, from one switching up to the next. */
export interface RelayCycle {
  readonly seconds: number;
  /** Half the way from the lowest to the highest temperature, in K. */
  readonly swingK: number;
  /** Mean temperature, from the setpoint, in K. */
  readonly meanK: number;
  readonly meanPercent: number;
  /** Share of the time that the relay was up. */
  readonly upShare: number;
  /** What the relay switched up and down, in % duty. */
  readonly amplitudePercent: number;
}

/** In what the last cycles are not alike. */
export interface Unlikeness {
  readonly text: string;
  readonly actual: number;
  readonly required: number;
  readonly unit: string;
}

type Limits = Pick<TuningDeclaration, 'cycles' | 'alikeShare' | 'asymmetryShare' | 'hysteresisK'>;

/** The least that a swing must be, as a multiple of the hysteresis: below it the formula for the gain says little. */
const leastSwing = 1.5;

/** @returns in what the last `cycles` cycles are not alike; null when they make a result */
export function unlikeness(cycles: readonly RelayCycle[], limits: Limits): Unlikeness | null {
  const last = cycles.slice(-limits.cycles);
  if (last.length < limits.cycles) {
    const text = `only ${last.length} of the ${limits.cycles} cycles that it takes had the same amplitude`;
    return { text, actual: last.length, required: limits.cycles, unit: 'cycles' };
  }
  return (
    tooSmall(last, limits) ??
    unsymmetric(last, limits) ??
    spread('periods', 's', last, ({ seconds }) => seconds, limits) ??
    spread('swings', 'K', last, ({ swingK }) => swingK, limits) ??
    drift(last, limits)
  );
}

function tooSmall(cycles: readonly RelayCycle[], { hysteresisK }: Limits): Unlikeness | null {
  const actual = Math.min(...cycles.map(({ swingK }) => swingK));
  const required = leastSwing * hysteresisK;
  if (actual >= required) return null;
  const text = `the zone swings by ${numberText(actual)} K only; it takes ${numberText(required)} K`;
  return { text, actual, required, unit: 'K' };
}

function unsymmetric(cycles: readonly RelayCycle[], { asymmetryShare }: Limits): Unlikeness | null {
  const share = worst(cycles.map(({ upShare }) => upShare - 0.5));
  if (Math.abs(share) <= asymmetryShare) return null;
  const actual = Math.round((share + 0.5) * 100);
  const required = Math.round((Math.sign(share) * asymmetryShare + 0.5) * 100);
  const text = `the relay is up for ${actual} % of a cycle; the limit is ${required} %`;
  return { text, actual, required, unit: '%' };
}

function spread(
  name: string,
  unit: string,
  cycles: readonly RelayCycle[],
  sizeOf: (cycle: RelayCycle) => number,
  { alikeShare }: Limits,
): Unlikeness | null {
  const sizes = cycles.map(sizeOf);
  const low = Math.min(...sizes);
  const high = Math.max(...sizes);
  const actual = Math.round(((high - low) / mean(sizes)) * 100);
  const required = Math.round(alikeShare * 100);
  if (actual <= required) return null;
  const text = `${name} of ${numberText(low)}…${numberText(high)} ${unit} differ by ${actual} %; the limit is ${required} %`;
  return { text, actual, required, unit: '%' };
}

function drift(cycles: readonly RelayCycle[], { alikeShare }: Limits): Unlikeness | null {
  const means = cycles.map(({ meanK }) => meanK);
  const actual = Math.max(...means) - Math.min(...means);
  const required = 2 * alikeShare * mean(cycles.map(({ swingK }) => swingK));
  if (actual <= required) return null;
  const text = `the mean temperature drifts by ${numberText(actual)} K over them; the limit is ${numberText(required)} K`;
  return { text, actual, required, unit: 'K' };
}

function worst(values: readonly number[]): number {
  return values.reduce((most, value) => (Math.abs(value) > Math.abs(most) ? value : most), 0);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
