import type { ReadArea } from '../declaration.ts';

/** One request to one unit. Addresses are zero-based protocol addresses; coils are 0 and 1. */
export type Request =
  | { readonly kind: 'read'; readonly area: ReadArea; readonly address: number; readonly count: number }
  | { readonly kind: 'write-registers'; readonly address: number; readonly values: readonly number[] }
  | { readonly kind: 'write-coils'; readonly address: number; readonly values: readonly (0 | 1)[] };

const readFunctions: Readonly<Record<ReadArea, number>> = { coil: 1, discrete: 2, holding: 3, input: 4 };

/** A single value is written by the single-value functions, which more modules understand. */
export function functionOf(request: Request): number {
  if (request.kind === 'read') return readFunctions[request.area];
  const isSingle = request.values.length === 1;
  return request.kind === 'write-coils' ? (isSingle ? 5 : 15) : isSingle ? 6 : 16;
}

/** For people: `FC03 holding 0…1`. */
export function wordingOf(request: Request): string {
  const area = request.kind === 'read' ? request.area : request.kind === 'write-coils' ? 'coil' : 'holding';
  const count = request.kind === 'read' ? request.count : request.values.length;
  const range = count === 1 ? `${request.address}` : `${request.address}…${request.address + count - 1}`;
  return `FC${String(functionOf(request)).padStart(2, '0')} ${area} ${range}`;
}
