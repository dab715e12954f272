import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { DataSource } from 'typeorm';
import { Database, isUniqueViolation } from '../../store/database.ts';
import { counterEntity, entities } from '../../store/entities.ts';
import { NodeSqlite } from '../../store/node-sqlite.ts';
import { migrations, openStore } from '../../store/open-store.ts';
import { need } from '../needs.ts';
import { startPostgres } from './postgres-server.ts';
import { onBothDatabases, silentLog, temporaryFolder, type TestedDatabase } from './stores.ts';

function sourceOf({ databaseUrl, dataDir }: TestedDatabase): DataSource {
  const shared = { entities, migrations };
  return databaseUrl === null
    ? new DataSource({ ...shared, type: 'better-sqlite3', driver: NodeSqlite, database: join(dataDir, 'tvemicro.db') })
    : new DataSource({ ...shared, type: 'postgres', url: databaseUrl });
}

async function withSource(database: TestedDatabase, work: (source: DataSource) => Promise<void>): Promise<void> {
  const source = await sourceOf(database).initialize();
  try {
    await work(source);
  } finally {
    await source.destroy();
  }
}

onBothDatabases('the tables', (fresh) => {
  it('that the migrations make are those that the entities declare', async () => {
    const database = await fresh();
    await (await database.open()).close();
    await withSource(database, async (source) => {
      const difference = await source.driver.createSchemaBuilder().log();
      assert.deepEqual(
        difference.upQueries.map((query) => query.query),
        [],
      );
    });
  });

  it('can be taken back and made again', async () => {
    const database = await fresh();
    await (await database.open()).close();
    await withSource(database, async (source) => {
      for (let i = 0; i < migrations.length; i++) await source.undoLastMigration();
      const left = await source.query<unknown[]>(
        database.databaseUrl === null
          ? "SELECT name FROM sqlite_master WHERE type IN ('table', 'trigger') AND name IN ('account', 'audit', 'recipe_version')"
          : "SELECT table_name FROM information_schema.tables WHERE table_name IN ('account', 'audit', 'recipe_version') AND table_schema = current_schema()",
      );
      assert.deepEqual(left, []);
      assert.equal((await source.runMigrations()).length, migrations.length);
    });
  });

  it('are made once, however often the store is opened', async () => {
    const database = await fresh();
    for (let i = 0; i < 3; i++) await (await database.open()).close();
    await withSource(database, async (source) => {
      assert.equal((await source.query<unknown[]>('SELECT * FROM migrations')).length, migrations.length);
    });
  });
});

const counterRow = (name: string): { name: string; value: number; atMs: number } => ({ name, value: 1, atMs: 1 });

async function names(database: Database): Promise<string[]> {
  const rows = await database.read(async (manager) => manager.find(counterEntity, { order: { name: 'ASC' } }));
  return rows.map((row) => row.name);
}

onBothDatabases('writing', (fresh) => {
  async function withDatabase(work: (database: Database) => Promise<void>): Promise<void> {
    const tested = await fresh();
    await (await tested.open()).close();
    const database = new Database(await sourceOf(tested).initialize(), await sourceOf(tested).initialize());
    try {
      await work(database);
    } finally {
      await database.close();
    }
  }
  it('keeps a row that was reported stored when the write before it is rolled back', async () => {
    await withDatabase(async (database) => {
      const results = await Promise.allSettled([
        database.write(async (manager) => {
          await manager.insert(counterEntity, counterRow('first'));
          await new Promise(setImmediate);
          throw new Error('the first one fails halfway');
        }),
        database.write(async (manager) => manager.insert(counterEntity, counterRow('second'))),
      ]);
      assert.deepEqual(
        results.map((result) => result.status),
        ['rejected', 'fulfilled'],
      );
      assert.deepEqual(await names(database), ['second']);
    });
  });

  it('shows a reader nothing that is not committed', async () => {
    await withDatabase(async (database) => {
      let seenMeanwhile: string[] = ['not read'];
      await database.write(async (manager) => {
        await manager.insert(counterEntity, counterRow('uncommitted'));
        seenMeanwhile = await names(database);
      });
      assert.deepEqual(seenMeanwhile, []);
      assert.deepEqual(await names(database), ['uncommitted']);
    });
  });

  it('tells a row that exists already from a database that does not work', async () => {
    await withDatabase(async (database) => {
      const insert = async (): Promise<unknown> =>
        database.write(async (manager) => manager.insert(counterEntity, counterRow('twice')));
      await insert();
      const failure = await insert().catch((error: unknown) => error);
      assert.equal(isUniqueViolation(failure), true);
      assert.equal(await database.complaint(), null);
      const other = await database
        .read(async (manager) => manager.query('SELECT nonsense'))
        .catch((error: unknown) => error);
      assert.equal(isUniqueViolation(other), false);
      assert.equal((other as { code: string }).code, 'STORE_UNAVAILABLE');
    });
  });

  it('refuses more when a thousand writes wait, and goes on when they are through', async () => {
    await withDatabase(async (database) => {
      const { promise: held, resolve: release } = Promise.withResolvers<void>();
      const waiting = [database.write(async () => held)];
      for (let i = 1; i < 1_000; i++) waiting.push(database.write(async () => undefined));
      await assert.rejects(
        database.write(async () => undefined),
        { code: 'STORE_UNAVAILABLE' },
      );
      release();
      await Promise.all(waiting);
      await database.write(async (manager) => manager.insert(counterEntity, counterRow('after')));
      assert.deepEqual(await names(database), ['after']);
    });
  });

  it('lets the writes that wait through before it closes', async () => {
    const tested = await fresh();
    const store = await tested.open();
    const writes = Array.from({ length: 20 }, async (_, i) => store.counters.set({ [`c${i}`]: i }, 1));
    await store.close();
    await Promise.all(writes);
    assert.equal((await (await tested.open()).counters.all()).size, 20);
  });
});

describe('the embedded database', () => {
  it('keeps every entry whose writing was confirmed when the process is killed', async () => {
    const folder = temporaryFolder();
    try {
      const script = join(folder.path, 'writer.ts');
      const storeUrl = new URL('../../store/open-store.ts', import.meta.url).href;
      writeFileSync(
        script,
        `import { migrations, openStore } from ${JSON.stringify(storeUrl)};
         const log = { info() {}, warn() {}, error() {} };
         const store = await openStore({ databaseUrl: null, dataDir: ${JSON.stringify(folder.path)}, log });
         for (let i = 1; ; i++) { await store.counters.set({ last: i }, i); console.log(i); }`,
      );
      const writer = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
      let confirmed = 0;
      for await (const line of createInterface({ input: writer.stdout })) {
        confirmed = Number(line);
        if (confirmed === 100) writer.kill('SIGKILL');
      }
      if (writer.signalCode === null && writer.exitCode === null) await once(writer, 'exit');
      const store = await openStore({ databaseUrl: null, dataDir: folder.path, log: silentLog });
      const last = (await store.counters.all()).get('last')?.value ?? 0;
      await store.close();
      assert.ok(confirmed >= 100 && last >= confirmed, `confirmed ${confirmed}, kept ${last}`);
    } finally {
      folder.remove();
    }
  });

  it('syncs every commit', async () => {
    const folder = temporaryFolder();
    try {
      const connection = new NodeSqlite(join(folder.path, 'x.db'));
      assert.deepEqual(connection.pragma('synchronous = FULL'), []);
      assert.deepEqual(connection.pragma('synchronous'), [{ synchronous: 2 }]);
      connection.close();
    } finally {
      folder.remove();
    }
  });

  it('is refused when the file is no database, with the file named', async () => {
    const folder = temporaryFolder();
    try {
      writeFileSync(join(folder.path, 'tvemicro.db'), 'these are the wrong bytes, and many of them '.repeat(100));
      await assert.rejects(openStore({ databaseUrl: null, dataDir: folder.path, log: silentLog }), (error: Error) => {
        assert.equal((error as unknown as { code: string }).code, 'STORE_UNAVAILABLE');
        assert.match(error.message, /tvemicro\.db cannot be opened/u);
        return true;
      });
    } finally {
      folder.remove();
    }
  });

  it('takes no object for a parameter, which SQLite would bind to the wrong place', () => {
    const connection = new NodeSqlite(':memory:');
    connection.exec('CREATE TABLE t (a, b)');
    const insert = connection.prepare('INSERT INTO t VALUES (?, ?)');
    assert.throws(() => insert.run({ a: 1 }, 2), TypeError);
    insert.run(new Date(0), undefined);
    assert.deepEqual(connection.prepare('SELECT * FROM t').all(), [{ a: '1970-01-01T00:00:00.000Z', b: null }]);
    connection.close();
  });
});

describe('PostgreSQL that goes away', function postgresGone() {
  this.timeout(40_000);

  it('is an error of its own, is complained about, and its password is not in the message', async function test() {
    need(this, 'postgresql');
    const server = await startPostgres();
    const databaseUrl = await server.freshDatabase();
    const store = await openStore({ databaseUrl, dataDir: '/nonexistent', log: silentLog });
    try {
      assert.equal(await store.complaint(), null);
      await server.kill();
      await assert.rejects(store.counters.set({ a: 1 }, 1), { code: 'STORE_UNAVAILABLE' });
      await assert.rejects(store.accounts.list(), { code: 'STORE_UNAVAILABLE' });
      assert.notEqual(await store.complaint(), null);
      const reopening = openStore({ databaseUrl, dataDir: '/nonexistent', log: silentLog });
      const failure = await reopening.catch((error: unknown) => error);
      assert.ok(failure instanceof Error);
      assert.equal(failure.message.includes('secret'), false);
      assert.match(failure.message, /tve:\*\*\*@127\.0\.0\.1/u);
    } finally {
      await store.close();
      await server.stop();
    }
  });
});
