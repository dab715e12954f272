import type { RegisterType, WordOrder } from '../declaration.ts';

/** A value that the register type can't hold. Nothing was encoded, nothing may be sent. */
export class ValueOutOfRangeError extends RangeError {
  readonly code = 'VALUE_OUT_OF_RANGE';
  readonly value: number;
  readonly type: RegisterType;

  constructor(value: number, type: RegisterType) {
    const { min, max } = registerRange[type];
    super(`${value} does not fit ${type} (${min}…${max})`);
    this.name = 'ValueOutOfRangeError';
    this.value = value;
    this.type = type;
  }
}

const float32Max = 3.4028234663852886e38;

/** What each type can hold, in raw counts. */
export const registerRange: Readonly<Record<RegisterType, { readonly min: number; readonly max: number }>> = {
  int16: { min: -0x8000, max: 0x7fff },
  uint16: { min: 0, max: 0xffff },
  int32: { min: -0x8000_0000, max: 0x7fff_ffff },
  uint32: { min: 0, max: 0xffff_ffff },
  float32: { min: -float32Max, max: float32Max },
};

/** Registers that one value of this type takes. */
export function wordsOf(type: RegisterType): 1 | 2 {
  return type === 'int16' || type === 'uint16' ? 1 : 2;
}

/**
 * The raw value in `words`, as they came over the wire.
 *
 * @param words  as many as `wordsOf(type)`, each 0…65535
 * @param order  most significant byte is A; on one-word types BADC and DCBA swap the two bytes
 * @returns an integer, or for float32 any double that a float can hold, NaN and infinities included
 * @throws RangeError when the number of words is wrong: the caller's defect, not the device's
 */
export function decodeRegisters(words: readonly number[], type: RegisterType, order: WordOrder = 'ABCD'): number {
  if (words.length !== wordsOf(type)) throw new RangeError(`${type} takes ${wordsOf(type)} words, got ${words.length}`);
  const bytes = new DataView(new ArrayBuffer(4));
  for (const [index, word] of arranged(words, order).entries()) bytes.setUint16(2 * index, word);
  return readers[type](bytes);
}

const readers: Readonly<Record<RegisterType, (bytes: DataView) => number>> = {
  int16: (bytes) => bytes.getInt16(0),
  uint16: (bytes) => bytes.getUint16(0),
  int32: (bytes) => bytes.getInt32(0),
  uint32: (bytes) => bytes.getUint32(0),
  float32: (bytes) => bytes.getFloat32(0),
};

/**
 * The words that carry `value` over the wire; integers are rounded to the nearest count, floats to the nearest float.
 *
 * @throws ValueOutOfRangeError when the type can't hold the value, and for NaN and infinities
 */
export function encodeRegisters(value: number, type: RegisterType, order: WordOrder = 'ABCD'): number[] {
  const raw = type === 'float32' ? Math.fround(value) : Math.round(value);
  const { min, max } = registerRange[type];
  if (!(raw >= min && raw <= max)) throw new ValueOutOfRangeError(value, type);
  const bytes = new DataView(new ArrayBuffer(4));
  switch (type) {
    case 'int16':
    case 'uint16':
      bytes.setUint16(0, raw);
      break;
    case 'int32':
    case 'uint32':
      bytes.setUint32(0, raw);
      break;
    case 'float32':
      bytes.setFloat32(0, raw);
      break;
  }
  const words = wordsOf(type) === 1 ? [bytes.getUint16(0)] : [bytes.getUint16(0), bytes.getUint16(2)];
  return arranged(words, order);
}

/** Bit 0 is the least significant. */
export function bitOf(word: number, bit: number): boolean {
  return ((word >>> bit) & 1) === 1;
}

export function withBit(word: number, bit: number, set: boolean): number {
  return set ? word | (1 << bit) : word & ~(1 << bit) & 0xffff;
}

/** Between wire order and ABCD; each order is its own inverse. */
function arranged(words: readonly number[], order: WordOrder): number[] {
  const swapsWords = order === 'CDAB' || order === 'DCBA';
  const swapsBytes = order === 'BADC' || order === 'DCBA';
  const turned = swapsWords ? words.toReversed() : [...words];
  return swapsBytes ? turned.map((word) => ((word & 0xff) << 8) | (word >>> 8)) : turned;
}
