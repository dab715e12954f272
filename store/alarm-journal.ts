import type { EntityManager } from 'typeorm';
import type { AlarmEvent } from '../machine/alarms/alarm.ts';
import { restored, type StoredOccurrence } from '../machine/alarms/occurrence.ts';
import type { AlarmJournal, AlarmJournalQuery, AlarmJournalRecord } from '../operations/ports/journal.ts';
import type { Page } from '../operations/ports/page.ts';
import { storable, type Database } from './database.ts';
import { alarmJournalEntity, type AlarmJournalRow } from './entities.ts';
import { below, pageOf, within } from './page-of.ts';

export function openAlarmJournal(database: Database): AlarmJournal {
  async function list(query: AlarmJournalQuery): Promise<Page<AlarmJournalRecord>> {
    const at = within(query.fromMs, query.toMs);
    const rows = await database.read(async (manager) =>
      manager.find(alarmJournalEntity, {
        where: {
          ...(at === undefined ? {} : { atMs: at }),
          ...(query.alarm === undefined ? {} : { alarm: storable(query.alarm) }),
          ...(query.cursor === undefined ? {} : { id: below(query.cursor) }),
        },
        order: { id: 'DESC' },
        take: query.limit + 1,
      }),
    );
    return pageOf(rows, query.limit, (row) => row.id, recordOf);
  }

  return {
    list,
    async beginMs() {
      const [first] = await database.read(async (manager) =>
        manager.find(alarmJournalEntity, { select: { id: true, atMs: true }, order: { atMs: 'ASC' }, take: 1 }),
      );
      return first?.atMs ?? null;
    },
    async append(event) {
      await database.write(async (manager) => appendAlarm(manager, event, null));
    },
  };
}

/** Appends within a write that is under way. `controlSeq` marks what came through the control journal. */
export async function appendAlarm(manager: EntityManager, event: AlarmEvent, controlSeq: number | null): Promise<void> {
  await manager.insert(alarmJournalEntity, {
    controlSeq,
    atMs: event.atMs,
    alarm: event.occurrence.id,
    occurrenceId: event.occurrence.occurrenceId,
    transition: event.transition,
    priority: event.occurrence.priority,
    actor: event.actor === null ? null : storable(event.actor),
    station: event.station === undefined ? null : storable(event.station),
    comment: event.comment === undefined ? null : storable(event.comment),
    occurrence: JSON.stringify(event.occurrence),
  });
}

function recordOf(row: AlarmJournalRow): AlarmJournalRecord {
  return {
    entry: row.id,
    atMs: row.atMs,
    transition: row.transition as AlarmEvent['transition'],
    occurrence: restored(JSON.parse(row.occurrence) as StoredOccurrence),
    actor: row.actor,
    ...(row.station === null ? {} : { station: row.station }),
    ...(row.comment === null ? {} : { comment: row.comment }),
  };
}
