import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { freePort } from '../free-port.ts';

const run = promisify(execFile);

export const postgresBin = '/usr/lib/postgresql/15/bin';

export interface PostgresServer {
  /** URL of fresh, empty ground for a store's tables. */
  freshDatabase(): Promise<string>;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** A PostgreSQL of our own in a temporary folder; as root it runs as the user `postgres`, since it refuses root. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tve-postgres-'));
  const asRoot = userInfo().uid === 0;
  if (asRoot) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map(async (which) => run('id', [which, 'postgres'])));
    chownSync(folder, Number(uid?.stdout), Number(gid?.stdout));
  }
  const command = (program: string, ...args: string[]): [string, string[]] => {
    const path = join(postgresBin, program);
    return asRoot ? ['runuser', ['-u', 'postgres', '--', path, ...args]] : [path, args];
  };
  const data = join(folder, 'data');
  const options = { cwd: folder, env: { ...process.env, LC_ALL: 'C.UTF-8' } };
  await run(...command('initdb', '-D', data, '-U', 'tve', '-A', 'trust', '-E', 'UTF8', '--no-sync'), options);
  const port = await freePort();
  const server = spawn(...command('postgres', '-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-F'), {
    ...options,
    stdio: 'ignore',
  });
  const ended = once(server, 'exit');
  await answered(command('pg_isready', '-h', '127.0.0.1', '-p', String(port)), server);

  async function shutDown(mode: 'fast' | 'immediate'): Promise<void> {
    if (server.exitCode === null) await run(...command('pg_ctl', 'stop', '-D', data, '-m', mode, '-W'), options);
    await ended;
  }
  const url = `postgres://tve:secret@127.0.0.1:${port}/postgres`;
  let schemas = 0;
  return {
    async freshDatabase() {
      // A schema of its own is as good as a database of its own, and made in a hundredth of the time.
      const schema = `plant${++schemas}`;
      const client = new pg.Client({ connectionString: url });
      await client.connect();
      await client.query(`CREATE SCHEMA ${schema}`);
      await client.end();
      return `${url}?options=-csearch_path%3D${schema}`;
    },
    kill: async () => shutDown('immediate'),
    async stop() {
      await shutDown('fast');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function answered(probe: [string, string[]], server: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  for (;;) {
    try {
      await run(...probe);
      return;
    } catch (cause) {
      if (server.exitCode !== null || Date.now() > deadlineMs)
        throw new Error('PostgreSQL does not come up', { cause });
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
  }
}
