import type { AlarmJournal, AlarmJournalRecord } from '../../operations/ports/journal.ts';

/** A span of time, its begin included and its end excluded, ms since 1970, read from the old end or the new one. */
export interface JournalSpan {
  readonly fromMs: number;
  readonly toMs: number;
  readonly newestFirst: boolean;
}

export interface JournalPlace {
  readonly atMs: number;
  readonly entry: number;
}

const firstWindowMs = 600_000;
const mostInWindow = 500;

/**
 * The journal's entries in the order of their times, batch by batch. The journal itself counts by storing, newest first: what
 * a control process hands over after an outage is stored late. So windows of time are taken from the side that is read first,
 * wider each time they hold little and narrower when they hold more than a batch.
 *
 * @param after  begins after this entry; null: at the span's begin
 * @throws StoreUnavailableError
 */
export async function* inOrderOfTime(
  journal: AlarmJournal,
  { fromMs, toMs, newestFirst }: JournalSpan,
  after: JournalPlace | null,
): AsyncGenerator<readonly AlarmJournalRecord[]> {
  const journalBeginMs = await journal.beginMs();
  if (journalBeginMs === null) return;
  let low = Math.max(fromMs, journalBeginMs, newestFirst ? 0 : (after?.atMs ?? 0));
  let high = newestFirst && after ? Math.min(toMs, after.atMs + 1) : toMs;
  let widthMs = firstWindowMs;
  while (low < high) {
    const [begin, end] = newestFirst ? [Math.max(low, high - widthMs), high] : [low, Math.min(high, low + widthMs)];
    const records = await windowOf(journal, begin, end);
    if (records === null) {
      widthMs = Math.max(1, Math.floor((end - begin) / 4));
      continue;
    }
    const sign = newestFirst ? -1 : 1;
    const inOrder = records.toSorted((a, b) => sign * (a.atMs - b.atMs || a.entry - b.entry));
    yield inOrder.filter(({ atMs, entry }) => !after || sign * (atMs - after.atMs || entry - after.entry) > 0);
    if (newestFirst) high = begin;
    else low = end;
    widthMs *= 4;
  }
}

/** All entries of the window, or null when they are too many for one batch and the window can be narrowed. */
async function windowOf(
  journal: AlarmJournal,
  fromMs: number,
  toMs: number,
): Promise<readonly AlarmJournalRecord[] | null> {
  const records: AlarmJournalRecord[] = [];
  let cursor: string | undefined;
  do {
    const page = await journal.list({
      fromMs,
      toMs: toMs - 1,
      limit: mostInWindow,
      ...(cursor === undefined ? {} : { cursor }),
    });
    records.push(...page.items);
    if (page.next !== null && toMs - fromMs > 1) return null;
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  return records;
}
