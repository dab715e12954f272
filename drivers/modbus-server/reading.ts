import { qualityCodes } from '../../machine/quality.ts';
import type { Sample } from '../../machine/signal.ts';
import { encodeRegisters } from '../codec/registers.ts';
import { ValueOutOfRangeError } from '../codec/errors.ts';
import { rawOf } from '../codec/scaling.ts';
import { exceptionCodes, ModbusException } from '../slave/modbus-slave.ts';
import type { ValueRegister, WhenBad } from './declaration.ts';

/** Upper halves of OPC UA's BadWaitingForInitialData and BadOutOfRange: what a signal's own quality can't say. */
const waitingForInitialData = 0x8032;
const outOfRange = 0x803c;

/** A value as a register can hold it. */
export interface Reading {
  /** null: there is no value, or none that fits the register. */
  readonly words: readonly number[] | null;
  /** Upper half of the OPC UA status code: 0 is Good, bit 15 Bad, bit 14 Uncertain. */
  readonly qualityWord: number;
}

/** How a sample stands in its register. Nothing is wrapped or clipped: what does not fit has no words and says so. */
export function readingOf(register: ValueRegister, { value, quality }: Sample): Reading {
  const ownWord = qualityCodes[quality] >>> 16;
  if (value === null) return { words: null, qualityWord: ownWord || waitingForInitialData };
  const words = encoded(register, value);
  return { words, qualityWord: ownWord || (words === null ? outOfRange : 0) };
}

/** The words of the value register, by the server's policy while the value is not Good. @throws ModbusException 4 */
export function wordsOfReading(
  register: ValueRegister,
  { words, qualityWord }: Reading,
  whenBad: WhenBad,
): readonly number[] {
  if (words !== null && (qualityWord === 0 || whenBad === 'last')) return words;
  const instead = whenBad === 'sentinel' ? sentinelOf(register) : null;
  if (instead === null) throw new ModbusException(exceptionCodes.deviceFailure);
  return instead;
}

function encoded({ type, order, scale, offset }: ValueRegister, value: NonNullable<Sample['value']>): number[] | null {
  if (typeof value === 'string') return null;
  if (type === 'bit') return typeof value === 'boolean' ? [Number(value)] : null;
  return encodedRaw(typeof value === 'boolean' ? Number(value) : rawOf(value, { scale, offset }), type, order);
}

function encodedRaw(
  raw: number,
  type: Exclude<ValueRegister['type'], 'bit'>,
  order: ValueRegister['order'],
): number[] | null {
  try {
    return encodeRegisters(raw, type, order);
  } catch (error) {
    if (error instanceof ValueOutOfRangeError) return null;
    throw error;
  }
}

/** The quiet NaN of IEEE 754, as bits: the codec encodes values only. */
const notANumber = 0x7fc0_0000;

function sentinelOf({ type, order, badValue }: ValueRegister): readonly number[] | null {
  if (type === 'bit') return badValue === undefined ? null : [Number(badValue)];
  if (badValue !== undefined) return encodedRaw(Number(badValue), type, order);
  return type === 'float32' ? encodeRegisters(notANumber, 'uint32', order) : null;
}

/** Whole units since the value was read or set, at most 65535; 65535 also when there never was one. */
export function ageOf({ value, sourceTimeMs }: Sample, nowMs: number, unit: 's' | 'ms'): number {
  if (value === null) return 0xffff;
  const age = Math.floor(Math.max(0, nowMs - sourceTimeMs) / (unit === 's' ? 1_000 : 1));
  return Math.min(age, 0xffff);
}
