import { In, type EntityManager } from 'typeorm';
import { auditEntryOf } from '../operations/ports/audit.ts';
import type { ControlJournal, ControlJournalEntry } from '../operations/ports/journal.ts';
import { appendAlarm } from './alarm-journal.ts';
import { appendAudit } from './audit-trail.ts';
import { storable, type Database } from './database.ts';
import { alarmJournalEntity, auditEntity, cycleEntity, stateChangeEntity } from './entities.ts';

/**
 * Keeps what the control process hands over. Entries come at least once; one is the same as another if number and time
 * are: the number alone would swallow alarms should the control process ever lose its count and begin anew.
 */
export function openControlJournal(database: Database): ControlJournal {
  return {
    async store(entries) {
      return database.write(async (manager) => {
        const known = await knownOf(manager, entries);
        let stored = 0;
        for (const entry of entries) {
          const key = keyOf(entry.seq, entry.kind === 'alarm' ? entry.event.atMs : entry.atMs);
          if (known.has(key)) continue;
          known.add(key);
          await storeEntry(database, manager, entry);
          stored++;
        }
        return { stored, replayed: entries.length - stored };
      });
    },
  };
}

const keyOf = (seq: number, atMs: number): string => `${seq} ${atMs}`;

async function knownOf(manager: EntityManager, entries: readonly ControlJournalEntry[]): Promise<Set<string>> {
  const controlSeq = In(entries.map((entry) => entry.seq));
  const known = new Set<string>();
  for (const entity of [alarmJournalEntity, auditEntity, stateChangeEntity, cycleEntity]) {
    const rows = await manager.find<{ controlSeq: number | null; atMs: number }>(entity, {
      where: { controlSeq },
      select: { controlSeq: true, atMs: true },
    });
    for (const row of rows) if (row.controlSeq !== null) known.add(keyOf(row.controlSeq, row.atMs));
  }
  return known;
}

async function storeEntry(database: Database, manager: EntityManager, entry: ControlJournalEntry): Promise<void> {
  const controlSeq = entry.seq;
  switch (entry.kind) {
    case 'alarm':
      await appendAlarm(manager, entry.event, controlSeq);
      return;
    case 'command': {
      const { command, outcome } = entry.decided;
      await appendAudit(database, manager, auditEntryOf(command, outcome, entry.atMs), controlSeq);
      return;
    }
    case 'state':
      await manager.insert(stateChangeEntity, {
        controlSeq,
        atMs: entry.atMs,
        fromState: entry.from,
        toState: entry.to,
      });
      return;
    case 'cycle':
      await manager.insert(cycleEntity, {
        controlSeq,
        atMs: entry.atMs,
        startedBy: storable(entry.cycle.startedBy.name),
        startedByKind: entry.cycle.startedBy.kind,
        startedAtMs: entry.cycle.startedAtMs,
        endedAtMs: entry.cycle.endedAtMs,
      });
  }
}
