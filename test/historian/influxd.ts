import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../free-port.ts';
import { until } from './fake-machine.ts';

/** A real InfluxDB 1.x of the test's own. */
export interface Influxd {
  readonly url: string;
  readonly pid: number | null;
  start(): Promise<void>;
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Freezes and thaws it: connections are taken and not answered. */
  freeze(frozen: boolean): void;
  query(statement: string, database?: string): Promise<readonly (readonly unknown[])[]>;
}

export async function influxd(folder: string, { authentication = false } = {}): Promise<Influxd> {
  mkdirSync(folder, { recursive: true });
  const [http, backup] = [await freePort(), await freePort()];
  const config = join(folder, 'influxdb.conf');
  writeFileSync(
    config,
    `reporting-disabled = true
bind-address = "127.0.0.1:${backup}"
[meta]
  dir = "${folder}/meta"
[data]
  dir = "${folder}/data"
  wal-dir = "${folder}/wal"
  query-log-enabled = false
[http]
  bind-address = "127.0.0.1:${http}"
  auth-enabled = ${authentication}
  log-enabled = false
[monitor]
  store-enabled = false
`,
  );
  const url = `http://127.0.0.1:${http}`;
  let child: ChildProcess | null = null;

  async function stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null) return;
    const ended = once(ending, 'exit');
    ending.kill(signal);
    await ended;
  }

  return {
    url,
    stop,
    get pid() {
      return child?.pid ?? null;
    },
    async start() {
      child = spawn('influxd', ['run', '-config', config], { stdio: 'ignore' });
      await until('influxd answers', async () => (await fetch(`${url}/ping`).catch(() => null))?.status === 204);
    },
    freeze(frozen) {
      child?.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
    },
    async query(statement, database = 'plant') {
      const answer = await fetch(`${url}/query?db=${database}&epoch=ms&q=${encodeURIComponent(statement)}`);
      const body = (await answer.json()) as { results: { error?: string; series?: { values: unknown[][] }[] }[] };
      const [result] = body.results;
      if (result?.error !== undefined) throw new Error(result.error);
      return result?.series?.flatMap(({ values }) => values) ?? [];
    },
  };
}
