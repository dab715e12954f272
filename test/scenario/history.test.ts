import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { influxd, type Influxd } from '../historian/influxd.ts';
import { need } from '../needs.ts';
import { killServer, portsOf, readPasswords, startServerProgram, startSimulatorProgram, words } from './plant.ts';
import type { RunningProgram } from './process.ts';
import { signIn, type RestClient, type SignalReply } from './rest-client.ts';
import { until } from './until.ts';

interface Diagnostics {
  readonly history: {
    readonly recorded: number;
    readonly delivered: number;
    readonly spooled: number;
    readonly deadLettered: number;
    readonly dropped: number;
  };
}

const config = 'config/tvemicro.yaml';
const database = 'tve';

describe('history of the whole plant in InfluxDB', function () {
  this.timeout(240_000);
  let folder: string;
  let influx: Influxd;
  let simulator: RunningProgram;
  let server: RunningProgram;
  let engineer: RestClient;

  before(async function () {
    need(this, 'influxd');
    folder = await mkdtemp(path.join(tmpdir(), 'tve-history-'));
    influx = await influxd(path.join(folder, 'influx'));
    await influx.start();
    simulator = await startSimulatorProgram(config);
    await startServer();
  });
  after(async () => {
    await server?.end();
    await simulator?.end();
    await influx?.stop();
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  async function startServer(): Promise<void> {
    const dataDir = path.join(folder, 'data');
    server = await startServerProgram(config, dataDir, {
      ...portsOf(simulator),
      TVE_INFLUX_URL: influx.url,
      TVE_INFLUX_DATABASE: database,
    });
    const password = (await readPasswords(dataDir)).get('engineer') ?? '';
    engineer = await signIn(words(server.readyLine).get('http') ?? '', 'engineer', password);
  }

  const account = async (): Promise<Diagnostics['history']> =>
    (await engineer.get<Diagnostics>('/diagnostics')).body.history;

  /** Points in the store, over all measurements, counted by a field that each of their points has. */
  async function stored(): Promise<number> {
    const fields = { signal: 'quality', driver: 'requests', scan: 'overruns', alarm: 'occurrence', command: 'actor' };
    let count = 0;
    for (const [measurement, field] of Object.entries(fields)) {
      const [row] = await influx.query(`SELECT COUNT("${field}") FROM "${measurement}"`, database);
      count += Number(row?.[1] ?? 0);
    }
    return count;
  }

  it('receives every signal, with value, quality and the time of its source', async () => {
    const { body: signals } = await engineer.get<SignalReply[]>('/signals');
    let missing: readonly string[] = [];
    const { value: known } = await until(
      'every signal in InfluxDB',
      30_000,
      async () => {
        const rows = await influx.query('SHOW TAG VALUES FROM "signal" WITH KEY = "signal"', database);
        const names = new Set(rows.map(([, name]) => String(name)));
        missing = signals.map(({ id }) => id).filter((id) => !names.has(id));
        return missing.length === 0 && names;
      },
      () => missing,
    );
    assert.ok(known.size >= signals.length);
    const [last] = await influx.query(
      `SELECT LAST("value"), "good" FROM "signal" WHERE "signal" = 'temperature.zone1'`,
      database,
    );
    const shown = await engineer.get<SignalReply>('/signals/temperature.zone1');
    assert.ok(Math.abs(Number(last?.[1]) - Number(shown.body.value)) < 2, JSON.stringify(last));
    assert.equal(last?.[2], true);
  });

  it('loses no committed point when InfluxDB and the server are killed in the middle', async () => {
    let committed = 0;
    for (let round = 0; round < 2; round++) {
      await influx.stop('SIGKILL');
      await pause(1_500);
      committed = Math.max(committed, (await account()).recorded);
      await killServer(server);
      await influx.start();
      await startServer();
    }
    const { value: settled } = await until('everything delivered', 60_000, async () => {
      const figures = await account();
      return figures.spooled === 0 && figures;
    });
    assert.ok(
      settled.recorded >= committed,
      `${committed} points were committed before the kill, ${settled.recorded} are known after it`,
    );
    assert.equal(settled.deadLettered + settled.dropped, 0);
  });

  it('holds each recorded point exactly once', async () => {
    let seen: unknown = null;
    await until(
      'store and account agree',
      30_000,
      async () => {
        const [before, count, after] = [await account(), await stored(), await account()];
        assert.equal(after.recorded, after.delivered + after.spooled + after.deadLettered + after.dropped);
        seen = { before, count, after };
        return before.delivered <= count && count <= after.delivered + after.spooled;
      },
      () => seen,
    );
  });

  it('is read back by the API, with gaps as gaps', async () => {
    const to = new Date();
    const from = new Date(to.getTime() - 120_000);
    const query = `signal=temperature.zone1&from=${from.toISOString()}&to=${to.toISOString()}&interval=5&aggregate=average`;
    const { status, body } = await engineer.get<{
      series: { signal: string; points: [number, number | null, string][] }[];
    }>(`/history?${query}`);
    assert.equal(status, 200);
    const points = body.series[0]?.points ?? [];
    assert.ok(points.some(([, value]) => value !== null && value > 0 && value < 100));
  });
});
