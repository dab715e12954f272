import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../operations/ports/log.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import { need } from '../needs.ts';
import { startPostgres, type PostgresServer } from './postgres-server.ts';

export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };

export function temporaryFolder(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tve-store-'));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** A store on an empty database, and another one opened on the same data. */
export interface TestedDatabase {
  readonly open: () => Promise<Store>;
  readonly databaseUrl: string | null;
  readonly dataDir: string;
}

/** Started by the first test that needs it, ended after the last test of all. */
let sharedServer: Promise<PostgresServer> | null = null;

after(async () => {
  await (await sharedServer)?.stop();
});

/** Declares the same tests for the embedded SQLite and for PostgreSQL; each test gets a database of its own. */
export function onBothDatabases(title: string, tests: (fresh: () => Promise<TestedDatabase>) => void): void {
  describe(`${title}, on the embedded SQLite`, () => {
    const folders: { remove(): void }[] = [];
    const opened: Store[] = [];
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
      for (const folder of folders.splice(0)) folder.remove();
    });
    tests(async () => {
      const folder = temporaryFolder();
      folders.push(folder);
      return tested(null, folder.path, opened);
    });
  });

  describe(`${title}, on PostgreSQL`, function postgres() {
    this.timeout(40_000);
    const opened: Store[] = [];
    before(function check() {
      need(this, 'postgresql');
    });
    afterEach(async () => {
      for (const store of opened.splice(0)) await store.close();
    });
    tests(async () => {
      sharedServer ??= startPostgres();
      return tested(await (await sharedServer).freshDatabase(), '/nonexistent', opened);
    });
  });
}

function tested(databaseUrl: string | null, dataDir: string, opened: Store[]): TestedDatabase {
  return {
    databaseUrl,
    dataDir,
    async open() {
      const store = await openStore({ databaseUrl, dataDir, log: silentLog });
      opened.push(store);
      return store;
    },
  };
}
