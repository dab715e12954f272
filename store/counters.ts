import type { Counters } from '../operations/ports/journal.ts';
import type { Database } from './database.ts';
import { counterEntity } from './entities.ts';

export function openCounters(database: Database): Counters {
  return {
    async set(values, atMs) {
      const rows = Object.entries(values).map(([name, value]) => ({ name, value, atMs }));
      if (rows.length === 0) return;
      await database.write(async (manager) => manager.upsert(counterEntity, rows, ['name']));
    },
    async all() {
      const rows = await database.read(async (manager) => manager.find(counterEntity, { order: { name: 'ASC' } }));
      return new Map(rows.map((row) => [row.name, { value: row.value, atMs: row.atMs }]));
    },
  };
}
