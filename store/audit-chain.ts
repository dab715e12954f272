import { createHash } from 'node:crypto';
import type { AuditRecord } from '../operations/ports/audit.ts';

/** What the first entry is chained to. */
export const chainStart = '0'.repeat(64);

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** JSON with the keys of every object in order, no white space and nothing undefined: the same content gives the same text. */
export function canonical(value: Plain): string {
  if (Array.isArray(value)) return `[${value.map((item: Plain) => canonical(item)).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** SHA-256 over the hash before and everything in the entry but its own hash. */
export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  const content = { ...record, previousHash: undefined, hash: undefined };
  const text = canonical(content as unknown as Plain);
  return createHash('sha256').update(`${record.previousHash}\n${text}`).digest('hex');
}
