import type { WordOrder } from '../declaration.ts';
import { ValueOutOfRangeError } from './errors.ts';

/**
 * The text in registers of two characters each. It ends at the first NUL; blanks at its end are padding.
 *
 * @param order  BADC and DCBA: the second character of each register comes first. The order of the registers is that of
 *               the text in all orders
 * @returns null when a character is not printable ASCII: then these registers hold no text
 */
export function decodeText(words: readonly number[], order: WordOrder = 'ABCD'): string | null {
  const bytes = words.flatMap((word) => inOrder([word >>> 8, word & 0xff], order));
  const end = bytes.indexOf(0);
  const used = end < 0 ? bytes : bytes.slice(0, end);
  if (used.some((byte) => !isPrintable(byte))) return null;
  return String.fromCharCode(...used).trimEnd();
}

/**
 * The registers that carry a text, filled up with NUL.
 *
 * @throws ValueOutOfRangeError when it is too long, or has a character that is not printable ASCII
 */
export function encodeText(text: string, registers: number, order: WordOrder = 'ABCD'): number[] {
  const bytes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  if (bytes.length > 2 * registers || !bytes.every(isPrintable)) {
    throw new ValueOutOfRangeError(text, `${registers} registers`, `${2 * registers} characters of printable ASCII`);
  }
  return Array.from({ length: registers }, (_, index) => {
    const [high = 0, low = 0] = inOrder([bytes[2 * index] ?? 0, bytes[2 * index + 1] ?? 0], order);
    return (high << 8) | low;
  });
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte <= 0x7e;
}

function inOrder(pair: readonly [number, number], order: WordOrder): readonly number[] {
  return order === 'BADC' || order === 'DCBA' ? pair.toReversed() : pair;
}
