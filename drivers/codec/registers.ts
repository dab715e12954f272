import type { RegisterType, WordOrder } from '../declaration.ts';
import { ValueOutOfRangeError } from './errors.ts';

const float32Max = 3.4028234663852886e38;

interface Limits {
  readonly min: number;
  readonly max: number;
}

/**
 * What each type can hold of what a number here can carry, in raw counts. 64-bit integers end at ±(2^53 − 1): beyond, a
 * number skips values, so what was meant is not certain any more.
 */
export const registerRange: Readonly<Record<RegisterType, Limits>> = {
  int16: { min: -0x8000, max: 0x7fff },
  uint16: { min: 0, max: 0xffff },
  int32: { min: -0x8000_0000, max: 0x7fff_ffff },
  uint32: { min: 0, max: 0xffff_ffff },
  int64: { min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER },
  uint64: { min: 0, max: Number.MAX_SAFE_INTEGER },
  float32: { min: -float32Max, max: float32Max },
  float64: { min: -Number.MAX_VALUE, max: Number.MAX_VALUE },
  bcd4: { min: 0, max: 9_999 },
  bcd8: { min: 0, max: 99_999_999 },
};

const words: Readonly<Record<RegisterType, 1 | 2 | 4>> = {
  int16: 1,
  uint16: 1,
  bcd4: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  bcd8: 2,
  int64: 4,
  uint64: 4,
  float64: 4,
};

/** Registers that one value of this type takes. */
export function wordsOf(type: RegisterType): 1 | 2 | 4 {
  return words[type];
}

/**
 * The raw value in `words`, as they came over the wire, exactly.
 *
 * @param words  as many as `wordsOf(type)`, each 0…65535
 * @param order  most significant byte is A. CDAB: the least significant word comes first. BADC: the two bytes within each
 *               word are swapped. DCBA: both. Named by four bytes, the same of all lengths: four words in CDAB come as
 *               GHEFCDAB, in BADC as BADCFEHG, and a single word has its bytes swapped by BADC and DCBA
 * @returns a bigint for int64 and uint64; an integer for the other integers and BCD; for floats any double, NaN and
 *          infinities included. NaN for BCD with a digit above 9, which is no number
 * @throws RangeError when the number of words is wrong: the caller's defect, not the device's
 */
export function decodeExactly(
  words: readonly number[],
  type: RegisterType,
  order: WordOrder = 'ABCD',
): number | bigint {
  if (words.length !== wordsOf(type)) throw new RangeError(`${type} takes ${wordsOf(type)} words, got ${words.length}`);
  const bytes = new DataView(new ArrayBuffer(8));
  for (const [index, word] of arranged(words, order).entries()) bytes.setUint16(2 * index, word);
  return readers[type](bytes);
}

/** The same as a number: NaN for a 64-bit integer beyond ±(2^53 − 1), which a number does not carry exactly. */
export function decodeRegisters(words: readonly number[], type: RegisterType, order: WordOrder = 'ABCD'): number {
  const raw = decodeExactly(words, type, order);
  if (typeof raw === 'number') return raw;
  return Number.isSafeInteger(Number(raw)) ? Number(raw) : Number.NaN;
}

const readers: Readonly<Record<RegisterType, (bytes: DataView) => number | bigint>> = {
  int16: (bytes) => bytes.getInt16(0),
  uint16: (bytes) => bytes.getUint16(0),
  int32: (bytes) => bytes.getInt32(0),
  uint32: (bytes) => bytes.getUint32(0),
  int64: (bytes) => bytes.getBigInt64(0),
  uint64: (bytes) => bytes.getBigUint64(0),
  float32: (bytes) => bytes.getFloat32(0),
  float64: (bytes) => bytes.getFloat64(0),
  bcd4: (bytes) => numberOfDigits(bytes.getUint16(0), 4),
  bcd8: (bytes) => numberOfDigits(bytes.getUint32(0), 8),
};

/**
 * The words that carry `value` over the wire; integers are rounded to the nearest count, floats to the nearest float.
 *
 * @param value  a bigint may use the whole range of a 64-bit type
 * @throws ValueOutOfRangeError when the type can't hold the value, and for NaN and infinities
 */
export function encodeRegisters(value: number | bigint, type: RegisterType, order: WordOrder = 'ABCD'): number[] {
  const bytes = new DataView(new ArrayBuffer(8));
  if (typeof value === 'bigint' && (type === 'int64' || type === 'uint64')) setBigInt(bytes, value, type);
  else setNumber(bytes, Number(value), type);
  return arranged(
    Array.from({ length: wordsOf(type) }, (_, index) => bytes.getUint16(2 * index)),
    order,
  );
}

function setBigInt(bytes: DataView, value: bigint, type: 'int64' | 'uint64'): void {
  const kept = type === 'int64' ? BigInt.asIntN(64, value) : BigInt.asUintN(64, value);
  if (kept !== value) throw new ValueOutOfRangeError(value, type, type === 'int64' ? '-2^63…2^63 − 1' : '0…2^64 − 1');
  bytes.setBigUint64(0, BigInt.asUintN(64, value));
}

function setNumber(bytes: DataView, value: number, type: RegisterType): void {
  const raw = type === 'float32' ? Math.fround(value) : type === 'float64' ? value : Math.round(value);
  const { min, max } = registerRange[type];
  if (!(raw >= min && raw <= max)) throw new ValueOutOfRangeError(value, type, `${min}…${max}`);
  switch (type) {
    case 'int16':
    case 'uint16':
      bytes.setUint16(0, raw);
      break;
    case 'int32':
    case 'uint32':
      bytes.setUint32(0, raw);
      break;
    case 'int64':
    case 'uint64':
      bytes.setBigUint64(0, BigInt.asUintN(64, BigInt(raw)));
      break;
    case 'float32':
      bytes.setFloat32(0, raw);
      break;
    case 'float64':
      bytes.setFloat64(0, raw);
      break;
    case 'bcd4':
      bytes.setUint16(0, digitsOf(raw, 4));
      break;
    case 'bcd8':
      bytes.setUint32(0, digitsOf(raw, 8));
      break;
  }
}

/** Binary-coded decimal: one digit in each four bits. */
function numberOfDigits(pattern: number, digits: number): number {
  let value = 0;
  for (let shift = 4 * (digits - 1); shift >= 0; shift -= 4) {
    const digit = (pattern >>> shift) & 0xf;
    if (digit > 9) return Number.NaN;
    value = 10 * value + digit;
  }
  return value;
}

function digitsOf(value: number, digits: number): number {
  return Number.parseInt(Math.abs(value).toString().padStart(digits, '0'), 16);
}

/** Between wire order and ABCD; each order is its own inverse. */
function arranged(words: readonly number[], order: WordOrder): number[] {
  const swapsWords = order === 'CDAB' || order === 'DCBA';
  const swapsBytes = order === 'BADC' || order === 'DCBA';
  const turned = swapsWords ? words.toReversed() : [...words];
  return swapsBytes ? turned.map((word) => ((word & 0xff) << 8) | (word >>> 8)) : turned;
}
