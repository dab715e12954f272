import { ValueOutOfRangeError } from './errors.ts';

/** First and last bit of a field, both included; 0 is the least significant. */
export type BitRange = readonly [low: number, high: number];

export function bitOf(word: number, bit: number): boolean {
  return ((word >>> bit) & 1) === 1;
}

export function withBit(word: number, bit: number, set: boolean): number {
  return set ? word | (1 << bit) : word & ~(1 << bit) & 0xffff;
}

/** The bits of a field as a mask of its register. */
export function maskOf([low, high]: BitRange): number {
  return ((1 << (high - low + 1)) - 1) << low;
}

/** The field as an unsigned number. */
export function fieldOf(word: number, range: BitRange): number {
  return (word & maskOf(range)) >>> range[0];
}

/**
 * The word with `value`, rounded to a whole number, in the field and all other bits as they were.
 *
 * @throws ValueOutOfRangeError when the field is too narrow, and for NaN
 */
export function withField(word: number, range: BitRange, value: number): number {
  const [low, high] = range;
  const most = 2 ** (high - low + 1) - 1;
  const raw = Math.round(value);
  if (!(raw >= 0 && raw <= most)) throw new ValueOutOfRangeError(value, `bits ${low}…${high}`, `0…${most}`);
  return (word & ~maskOf(range) & 0xffff) | (raw << low);
}
