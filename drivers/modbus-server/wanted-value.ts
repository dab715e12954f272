import type { SignalType } from '../../machine/signal.ts';
import { decodeRegisters } from '../codec/registers.ts';
import { engineeringOf } from '../codec/scaling.ts';
import type { ValueRegister } from './declaration.ts';

/**
 * The value that a client writes into a register, in the signal's own terms; whether it is within limits is the gate's
 * business.
 *
 * @returns null for what is no value of this type: NaN, infinities, a Boolean that is neither 0 nor 1
 */
export function wantedValue(
  { type, order, scale, offset }: ValueRegister,
  signalType: SignalType,
  words: readonly number[],
): number | boolean | null {
  if (type === 'bit') return words[0] === 1;
  const raw = decodeRegisters(words, type, order);
  if (!Number.isFinite(raw)) return null;
  if (signalType === 'Boolean') return raw === 0 || raw === 1 ? raw === 1 : null;
  return engineeringOf(type === 'float32' ? decimalOf(raw) : raw, { scale, offset });
}

/** The shortest decimal that this float stands for: 200.1, not 200.10000610351562, is what was asked for and is audited. */
function decimalOf(float: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(float.toPrecision(digits));
    if (Math.fround(decimal) === float) return decimal;
  }
  return float;
}
