import { Between, LessThan, LessThanOrEqual, MoreThanOrEqual, type FindOperator } from 'typeorm';
import type { Page } from '../operations/ports/page.ts';

/** Cuts a page out of rows that were asked for with one to spare; the cursor is the number of its last row. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  numberOf: (row: Row) => number,
  itemOf: (row: Row) => Item,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const next = rows.length > limit && last !== undefined ? String(numberOf(last)) : null;
  return { items: shown.map(itemOf), next };
}

/** Condition for the rows after a cursor, counting down; a cursor that is none matches nothing. */
export function below(cursor: string): FindOperator<number> {
  return LessThan(/^\d{1,15}$/u.test(cursor) ? Number(cursor) : 0);
}

/** Condition for `from` ≤ time ≤ `to`, either of which may be open. */
export function within(fromMs: number | undefined, toMs: number | undefined): FindOperator<number> | undefined {
  if (fromMs !== undefined && toMs !== undefined) return Between(fromMs, toMs);
  if (fromMs !== undefined) return MoreThanOrEqual(fromMs);
  return toMs === undefined ? undefined : LessThanOrEqual(toMs);
}
