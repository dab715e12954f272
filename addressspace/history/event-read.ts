import { type IAddressSpace, type ReadEventDetails, StatusCodes, type UAObject, type Variant } from 'node-opcua';
import type { AlarmJournal, AlarmJournalRecord } from '../../operations/ports/journal.ts';
import { conditionIdOf, fieldsOf } from './event-fields.ts';
import { filterRefusal, filtered } from './event-filter.ts';
import { inOrderOfTime } from './journal-order.ts';
import type { Patience } from './patience.ts';
import { endOfTimeMs } from './raw-history.ts';
import { type Answered, type EventReading, type Refused, givenMs } from './reading.ts';

export const mostEvents = 1_000;
/** Fields in one answer, over all its events. */
const mostFields = 20_000;
/** Entries that are looked at for one answer; a filter may leave most of them out. */
const mostLookedAt = 10_000;

export interface EventHistory {
  readonly journal: AlarmJournal;
  readonly machine: UAObject;
  readonly addressSpace: IAddressSpace;
  readonly namespaceIndex: number;
}

/** The span that a request means (OPC 10000-11, 6.5.2), by the same rules as for raw values. */
export function eventReadingOf(details: ReadEventDetails): EventReading | Refused {
  const refused = filterRefusal(details.filter);
  if (refused) return { refused };
  const beginMs = givenMs(details.startTime);
  const endMs = givenMs(details.endTime);
  const number = details.numValuesPerNode > 0 ? details.numValuesPerNode : null;
  if ([beginMs, endMs, number].filter((given) => given !== null).length < 2) {
    return { refused: StatusCodes.BadHistoryOperationInvalid };
  }
  const hasBoth = beginMs !== null && endMs !== null;
  const about = {
    kind: 'events',
    wanted: hasBoth ? null : number,
    perAnswer: hasBoth ? number : null,
    filter: details.filter,
    after: null,
  } as const;
  if (beginMs === null) return { ...about, fromMs: 0, toMs: Number(endMs) + 1, newestFirst: true };
  if (endMs === null) return { ...about, fromMs: beginMs, toMs: endOfTimeMs(), newestFirst: false };
  if (endMs < beginMs) return { ...about, fromMs: endMs + 1, toMs: beginMs + 1, newestFirst: true };
  return { ...about, fromMs: beginMs, toMs: Math.max(endMs, beginMs + 1), newestFirst: false };
}

/** A filter's operand cannot be compared with what the event has, for example an event id with nothing. */
export class FilterMismatchError extends Error {
  readonly code = 'FILTER_MISMATCH';
}

/** @throws StoreUnavailableError, ReadAbandonedError, FilterMismatchError */
export async function readEvents(events: EventHistory, reading: EventReading, patience: Patience): Promise<Answered> {
  const fields = reading.filter.selectClauses?.length ?? 1;
  const room = Math.min(mostEvents, Math.max(1, Math.floor(mostFields / fields)), reading.perAnswer ?? mostEvents);
  const most = Math.min(room, reading.wanted ?? room);
  const found: { eventFields: Variant[] }[] = [];
  let after = reading.after;
  let lookedAt = 0;
  const rest = (): EventReading => ({
    ...reading,
    after,
    wanted: reading.wanted === null ? null : reading.wanted - found.length,
  });

  for await (const records of inOrderOfTime(events.journal, reading, after)) {
    for (const record of records) {
      if (found.length >= most || lookedAt >= mostLookedAt) {
        return { events: found, rest: reading.wanted === found.length ? null : rest() };
      }
      const eventFields = fieldsOfMatching(events, reading, record);
      if (eventFields) found.push({ eventFields });
      after = { atMs: record.atMs, entry: record.entry };
      lookedAt++;
      await patience.breathe();
    }
    patience.check();
    if (reading.wanted === found.length) break;
  }
  return { events: found, rest: null };
}

function fieldsOfMatching(
  { machine, addressSpace, namespaceIndex }: EventHistory,
  { filter }: EventReading,
  record: AlarmJournalRecord,
): Variant[] | null {
  const conditionId = conditionIdOf(record.occurrence.id, namespaceIndex);
  const condition = addressSpace.findNode(conditionId) as UAObject | null;
  const fields = fieldsOf(record, { condition, machine });
  try {
    return filtered(filter, conditionId, fields, addressSpace);
  } catch (cause) {
    throw new FilterMismatchError('The event filter cannot be evaluated', { cause });
  }
}
