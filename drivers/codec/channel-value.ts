import type { Quality } from '../../machine/quality.ts';
import type { InputChannel, OutputChannel, WordOrder } from '../declaration.ts';
import { bitOf, fieldOf } from './bits.ts';
import { ValueOutOfRangeError } from './errors.ts';
import { decodeExactly, encodeRegisters, wordsOf } from './registers.ts';
import { engineeringOf, isUnscaled, rawOf } from './scaling.ts';
import { judgeThermistor } from './thermistor.ts';

/** The value of one channel, or no value and why. */
export type Judged =
  | { readonly value: number | boolean; readonly quality: 'Good' }
  | { readonly value: null; readonly quality: Exclude<Quality, 'Good'>; readonly meaning: string };

/** Registers or bits that a channel takes. */
export function countOf(channel: InputChannel): number {
  const isWhole = isRegister(channel) && channel.bit === undefined && channel.bits === undefined;
  return isWhole ? wordsOf(channel.type ?? 'uint16') : 1;
}

/**
 * What the words of one channel, as they came over the wire, say: in this order a code of the device, no number at all,
 * a raw value beyond the limits of a sound sensor, a resistance that no thermistor has, a value.
 */
export function judgeChannel(channel: InputChannel, words: readonly number[]): Judged {
  const [first = 0] = words;
  if (!isRegister(channel)) return { value: first === 1, quality: 'Good' };
  if (channel.bit !== undefined) return { value: bitOf(first, channel.bit), quality: 'Good' };
  const { type = 'uint16', order = 'ABCD', bits, sentinels = [] } = channel;
  const exact = bits === undefined ? decodeExactly(words, type, order) : fieldOf(first, bits);
  const code = sentinels.find((sentinel) =>
    typeof sentinel.raw === 'string'
      ? isPattern(sentinel.raw, bits === undefined ? patternOf(words, order) : BigInt(exact), widthOf(channel))
      : isRaw(sentinel.raw, exact),
  );
  if (code !== undefined) return bad(code.quality, code.meaning);
  const raw = Number(exact);
  if (!Number.isFinite(raw)) return failed('no number');
  if (typeof exact === 'bigint' && !Number.isSafeInteger(raw) && isUnscaled(channel)) {
    return bad('BadConfigurationError', 'more counts than 2^53 − 1, which no number carries exactly: give it a scale');
  }
  const { failure, thermistor } = channel;
  if (failure?.atOrBelow !== undefined && raw <= failure.atOrBelow) return failed('below what a sound sensor gives');
  if (failure?.atOrAbove !== undefined && raw >= failure.atOrAbove) return failed('above what a sound sensor gives');
  const value = engineeringOf(raw, channel);
  if (!Number.isFinite(value)) return failed('no number');
  if (thermistor === undefined) return { value, quality: 'Good' };
  const verdict = judgeThermistor(value, thermistor);
  if (verdict.kind === 'failed') return failed(verdict.meaning);
  return { value: verdict.temperatureC, quality: 'Good' };
}

type RegisterChannel = OutputChannel & { readonly kind: 'register' };

/**
 * The words of a register output.
 *
 * @throws ValueOutOfRangeError when the register can't hold it, or its declared range ends before
 */
export function encodeOutput(value: number, channel: RegisterChannel): number[] {
  const { type, order = 'ABCD', range } = channel;
  if (range !== undefined) {
    const [low, high] = [Math.min(...range), Math.max(...range)];
    if (!(value >= low && value <= high)) throw new ValueOutOfRangeError(value, 'its range', `${low}…${high}`);
  }
  return encodeRegisters(rawOf(value, channel), type, order);
}

/** In the unit of the output; null where the registers hold no number that is exactly known. */
export function decodeOutput(words: readonly number[], channel: RegisterChannel): number | null {
  const exact = decodeExactly(words, channel.type, channel.order ?? 'ABCD');
  const raw = Number(exact);
  if (typeof exact === 'bigint' && !Number.isSafeInteger(raw)) return null;
  const value = engineeringOf(raw, channel);
  return Number.isFinite(value) ? value : null;
}

function isRegister({ area }: InputChannel): boolean {
  return area === 'input' || area === 'holding';
}

/** A code given as a text is the bit pattern in hexadecimal, most significant digit first. */
function isPattern(code: string, pattern: bigint, width: number): boolean {
  return BigInt.asUintN(width, BigInt(code)) === pattern;
}

function isRaw(code: number, exact: number | bigint): boolean {
  return typeof exact === 'bigint' ? Number.isSafeInteger(code) && BigInt(code) === exact : code === exact;
}

function widthOf({ type = 'uint16', bits }: InputChannel): number {
  return bits === undefined ? 16 * wordsOf(type) : bits[1] - bits[0] + 1;
}

function patternOf(words: readonly number[], order: WordOrder): bigint {
  const width = words.length === 4 ? 'uint64' : words.length === 2 ? 'uint32' : 'uint16';
  return BigInt(decodeExactly(words, width, order));
}

function failed(meaning: string): Judged {
  return bad('BadSensorFailure', meaning);
}

function bad(quality: Exclude<Quality, 'Good'>, meaning: string): Judged {
  return { value: null, quality, meaning };
}
