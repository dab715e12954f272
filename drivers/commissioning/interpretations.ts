import { decodeExactly, wordsOf } from '../codec/registers.ts';
import type { RegisterType, WordOrder } from '../declaration.ts';

/** What registers would mean if they held a value of this type in this order. */
export interface Interpretation {
  readonly type: RegisterType;
  readonly order: WordOrder;
  readonly value: number | bigint;
  /** A person would not be surprised by this number on a display. A hint: the manual decides. */
  readonly isPlausible: boolean;
}

export const wordOrders: readonly WordOrder[] = ['ABCD', 'CDAB', 'BADC', 'DCBA'];

/** Types of so many registers, those that are common first. */
export const typesOf: Readonly<Record<1 | 2 | 4, readonly RegisterType[]>> = {
  1: ['uint16', 'int16', 'bcd4'],
  2: ['float32', 'int32', 'uint32', 'bcd8'],
  4: ['float64', 'int64', 'uint64'],
};

/** Every type of so many words in every order that makes a difference. */
export function interpretationsOf(words: readonly number[]): Interpretation[] {
  const types = words.length === 1 || words.length === 2 || words.length === 4 ? typesOf[words.length] : [];
  const orders = words.length === 1 ? (['ABCD', 'BADC'] as const) : wordOrders;
  return types.flatMap((type) => orders.map((order) => interpretationOf(words, type, order)));
}

/** @throws RangeError when these are not as many words as the type takes */
export function interpretationOf(words: readonly number[], type: RegisterType, order: WordOrder): Interpretation {
  const value = decodeExactly(words, type, order);
  return { type, order, value, isPlausible: isPlausible(value, type) };
}

const smallestFloat = 1e-3;
const largestFloat = 1e7;
const largestInteger = 1e8;
const largestSignedWord = 10_000;

function isPlausible(value: number | bigint, type: RegisterType): boolean {
  const number = Number(value);
  if (!Number.isFinite(number)) return false;
  const size = Math.abs(number);
  if (type === 'float32' || type === 'float64') return number === 0 || (size >= smallestFloat && size <= largestFloat);
  // Above 32767 a word may be negative: small negative numbers are what plants have.
  if (type === 'int16') return size <= largestSignedWord;
  if (wordsOf(type) === 1 || type === 'bcd8') return true;
  // A number with nothing in its low word is a smaller one with its words exchanged.
  return number === 0 || (size <= largestInteger && number % 0x1_0000 !== 0);
}
