/** What the operator typed, judged before it is sent. The server judges again. */
export type Entry =
  | { readonly is: 'empty' | 'notNumber' | 'outOfLimits' | 'unchanged' }
  | { readonly is: 'valid'; readonly value: number };

/** Reads a number as people type it: comma or point, a minus of either kind. */
export function parseNumber(text: string): number | null {
  const plain = text.trim().replace('−', '-').replace(',', '.');
  return /^-?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : null;
}

export function judgeEntry(text: string, present: number | null, span: readonly [number, number] | null): Entry {
  if (text.trim() === '') return { is: 'empty' };
  const value = parseNumber(text);
  if (value === null) return { is: 'notNumber' };
  if (span !== null && (value < span[0] || value > span[1])) return { is: 'outOfLimits' };
  return value === present ? { is: 'unchanged' } : { is: 'valid', value };
}

/** A step of the temperature larger than this, in K, is asked for twice: a slipped digit heats a barrel. */
export const largeStepK = 10;

export function isLarge(value: number, present: number | null, unit: string): boolean {
  return unit === '°C' && (present === null || Math.abs(value - present) > largeStepK);
}

/** The entry after one key of the pad. */
export function pressKey(text: string, key: string): string {
  if (key === 'sign') return text.startsWith('-') ? text.slice(1) : `-${text}`;
  if (key === 'erase') return text.slice(0, -1);
  if (key === '.') return text.includes('.') ? text : `${text === '' ? '0' : text}.`;
  return text.length < 9 ? text + key : text;
}
