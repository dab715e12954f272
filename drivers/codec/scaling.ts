/**
 * Engineering value = raw × scale + offset, missing meaning 1 and 0; or, with both ranges, on the straight line through
 * their ends: a raw value of `rawRange[0]` is `range[0]`. Beyond the ends the line goes on: nothing is clamped.
 */
export interface Scaling {
  readonly scale?: number | undefined;
  readonly offset?: number | undefined;
  readonly rawRange?: readonly [number, number] | undefined;
  readonly range?: readonly [number, number] | undefined;
}

/** Whether the engineering value is the raw count itself. */
export function isUnscaled({ scale = 1, offset = 0, rawRange }: Scaling): boolean {
  return scale === 1 && offset === 0 && rawRange === undefined;
}

/** Rounded to 15 digits of what was added, so that 1935 counts of 0.1 °C read 193.5 and not 193.50000000000003. */
export function engineeringOf(raw: number, scaling: Scaling): number {
  if (isUnscaled(scaling)) return raw;
  const { scale = 1, offset = 0, rawRange, range } = scaling;
  if (rawRange !== undefined && range !== undefined) return onLine(raw, rawRange, range);
  return rounded(raw * scale + offset, raw * scale, offset);
}

/** The raw value, not yet rounded to counts: the register codec rounds and checks the range. */
export function rawOf(value: number, scaling: Scaling): number {
  if (isUnscaled(scaling)) return value;
  const { scale = 1, offset = 0, rawRange, range } = scaling;
  if (rawRange !== undefined && range !== undefined) return onLine(value, range, rawRange);
  return rounded((value - offset) / scale, value / scale, offset / scale);
}

function onLine(at: number, from: readonly [number, number], to: readonly [number, number]): number {
  const rise = ((at - from[0]) * (to[1] - to[0])) / (from[1] - from[0]);
  return rounded(to[0] + rise, to[0], rise);
}

/** Powers of ten that a double holds exactly. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

/** A sum can't be more certain than the largest of its terms, of which a double has 15 digits for sure. */
function rounded(sum: number, one: number, other: number): number {
  const largest = Math.max(Math.abs(sum), Math.abs(one), Math.abs(other));
  if (!Number.isFinite(largest)) return sum;
  // −0 is 0 to everybody but the comparison
  if (largest === 0) return 0;
  const decimals = 14 - Math.floor(Math.log10(largest));
  // below 0 the double is exact enough as it is
  if (decimals < 0) return sum;
  const power = powersOfTen[decimals];
  if (power !== undefined) return Math.round(sum * power) / power + 0;
  // beyond 100 decimals toFixed has no words for it
  return decimals > 100 ? sum : Number(sum.toFixed(decimals));
}
