import { MoreThan, type EntityManager } from 'typeorm';
import type { AuditEntry, AuditQuery, AuditRecord, AuditTrail } from '../operations/ports/audit.ts';
import type { Page } from '../operations/ports/page.ts';
import { chainStart, hashOf } from './audit-chain.ts';
import { storable, type Database } from './database.ts';
import { auditEntity, type AuditRow } from './entities.ts';
import { below, pageOf, within } from './page-of.ts';

/** Any number will do, as long as every server on the same PostgreSQL takes the same one. */
const chainLock = 0x7465_6d69;

const verifyBatch = 1_000;

export function openAuditTrail(database: Database): AuditTrail {
  async function list(query: AuditQuery): Promise<Page<AuditRecord>> {
    const at = within(query.fromMs, query.toMs);
    const rows = await database.read(async (manager) =>
      manager.find(auditEntity, {
        where: {
          ...(at === undefined ? {} : { atMs: at }),
          ...(query.actor === undefined ? {} : { actor: storable(query.actor) }),
          ...(query.action === undefined ? {} : { action: storable(query.action) }),
          ...(query.cursor === undefined ? {} : { seq: below(query.cursor) }),
        },
        order: { seq: 'DESC' },
        take: query.limit + 1,
      }),
    );
    return pageOf(rows, query.limit, (row) => row.seq, recordOf);
  }

  async function verify(): Promise<{ valid: boolean; entries: number; firstBroken: number | null }> {
    let previousHash = chainStart;
    let entries = 0;
    for (;;) {
      const rows = await database.read(async (manager) =>
        manager.find(auditEntity, { where: { seq: MoreThan(entries) }, order: { seq: 'ASC' }, take: verifyBatch }),
      );
      for (const row of rows) {
        const unbroken = row.seq === entries + 1 && row.previousHash === previousHash && isIntact(row);
        if (!unbroken) return { valid: false, entries, firstBroken: entries + 1 };
        previousHash = row.hash;
        entries++;
      }
      if (rows.length < verifyBatch) return { valid: true, entries, firstBroken: null };
    }
  }

  return {
    list,
    verify,
    async append(entry) {
      return database.write(async (manager) => appendAudit(database, manager, entry, null));
    },
  };
}

/** Appends within a write that is under way. `controlSeq` marks what came through the control journal. */
export async function appendAudit(
  database: Database,
  manager: EntityManager,
  entry: AuditEntry,
  controlSeq: number | null,
): Promise<AuditRecord> {
  if (database.isPostgres) await manager.query('SELECT pg_advisory_xact_lock($1)', [chainLock]);
  const [last] = await manager.find(auditEntity, { order: { seq: 'DESC' }, take: 1 });
  // What is hashed is what a reader gets: the texts as both databases keep them, the arguments as JSON gives them back.
  const content = {
    ...(JSON.parse(JSON.stringify(entry)) as AuditEntry),
    actor: storable(entry.actor),
    station: entry.station === null ? null : storable(entry.station),
    action: storable(entry.action),
    reason: entry.reason === null ? null : storable(entry.reason),
  };
  const unsealed = { ...content, seq: (last?.seq ?? 0) + 1, previousHash: last?.hash ?? chainStart };
  const record: AuditRecord = { ...unsealed, hash: hashOf(unsealed) };
  await manager.insert(auditEntity, { ...rowOf(record), controlSeq });
  return record;
}

/** A row that somebody edited may not even be JSON any more. */
function isIntact(row: AuditRow): boolean {
  try {
    return hashOf(recordOf(row)) === row.hash;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function rowOf(record: AuditRecord): Omit<AuditRow, 'controlSeq'> {
  return {
    ...record,
    args: JSON.stringify(record.args),
    before: JSON.stringify(record.before),
    after: JSON.stringify(record.after),
    reasons: JSON.stringify(record.reasons),
  };
}

function recordOf(row: AuditRow): AuditRecord {
  return {
    seq: row.seq,
    atMs: row.atMs,
    actor: row.actor,
    role: row.role as AuditRecord['role'],
    kind: row.kind as AuditRecord['kind'],
    origin: row.origin as AuditRecord['origin'],
    station: row.station,
    action: row.action,
    args: JSON.parse(row.args) as AuditRecord['args'],
    before: JSON.parse(row.before) as AuditRecord['before'],
    after: JSON.parse(row.after) as AuditRecord['after'],
    reason: row.reason,
    result: row.result as AuditRecord['result'],
    reasons: JSON.parse(row.reasons) as AuditRecord['reasons'],
    previousHash: row.previousHash,
    hash: row.hash,
  };
}
