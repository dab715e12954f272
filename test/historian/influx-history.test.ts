import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { answer } from '../../historian/answer.ts';
import { influxSource } from '../../historian/influx-source.ts';
import { influxStore } from '../../historian/influx-store.ts';
import { seriesKey, signalFields } from '../../historian/line-protocol.ts';
import { openHistorian, type Historian } from '../../historian/open-historian.ts';
import type { HistorianOptions, InfluxTarget } from '../../historian/settings.ts';
import type { AlarmEvent } from '../../machine/alarms/alarm.ts';
import { qualityCodes, type Quality } from '../../machine/quality.ts';
import type { HistoryAccount } from '../../operations/ports/history.ts';
import { need } from '../needs.ts';
import { aggregates, assertSame, range, samples, t } from './answers.ts';
import {
  fakeMachine,
  good,
  historianOptions,
  listeningLog,
  signal,
  temporaryFolder,
  until,
  type FakeMachine,
} from './fake-machine.ts';
import { influxd, type Influxd } from './influxd.ts';
import { straightforward } from './straightforward.ts';

function assertAddsUp({ recorded, delivered, spooled, deadLettered, dropped }: HistoryAccount): void {
  assert.equal(recorded, delivered + spooled + deadLettered + dropped);
}

async function delivered(historian: Historian): Promise<void> {
  await historian.flush();
  await until('everything is delivered', () => {
    assertAddsUp(historian.account());
    return historian.account().spooled === 0;
  });
}

describe('history in a real InfluxDB', function () {
  this.timeout(30_000);
  let folder: ReturnType<typeof temporaryFolder>;
  let database: Influxd;
  let number = 0;
  let name: string;
  const open: Historian[] = [];

  before(async function () {
    need(this, 'influxd');
    folder = temporaryFolder();
    database = await influxd(join(folder.path, 'influx'));
    await database.start();
  });
  beforeEach(() => {
    name = `plant ${++number}`;
  });
  afterEach(async () => {
    for (const historian of open.splice(0)) await historian.close();
  });
  after(async () => {
    await database?.stop();
    folder?.remove();
  });

  const target = (): InfluxTarget => ({
    flavour: 'v1',
    url: database.url,
    database: name,
    username: null,
    password: null,
  });

  async function start(more: Partial<HistorianOptions> = {}): Promise<{ machine: FakeMachine; historian: Historian }> {
    const all = ['a', 'b', 'c'].map((id) => signal(id));
    const machine = fakeMachine(
      ...all,
      signal('pump.on', { type: 'Boolean', unit: '' }),
      signal('text', { type: 'String' }),
    );
    const dataDir = join(folder.path, `data ${number}`);
    const historian = await openHistorian(historianOptions(dataDir, machine, { target: target(), ...more }));
    open.push(historian);
    return { machine, historian };
  }

  const stored = (what: string) => database.query(what, name);

  it('makes the database with its retention by itself, and follows a change of it', async () => {
    const first = await start();
    first.machine.publish(good('a', t, 1));
    await delivered(first.historian);
    assert.deepEqual(await stored(`SHOW RETENTION POLICIES ON "${name}"`), [['raw', '720h0m0s', '24h0m0s', 1, true]]);
    await first.historian.close();
    const second = await start({ rawRetentionDays: 60 });
    second.machine.publish(good('a', t + 1, 1));
    await delivered(second.historian);
    assert.equal((await stored(`SHOW RETENTION POLICIES ON "${name}"`))[0]?.[1], '1440h0m0s');
  });

  it('brings every recorded point there exactly once, with value, quality and source time', async () => {
    const { machine, historian } = await start();
    const expected: [number, number | null, boolean, number][] = [];
    const qualities: readonly Quality[] = ['Good', 'Good', 'BadSensorFailure', 'UncertainLastUsableValue'];
    for (let i = 0; i < 2_001; i++) {
      const value = Math.sin(i) * 10 ** (i % 17);
      const quality = qualities[i % 4]!;
      machine.publish({ signal: 'a', value, quality, sourceTimeMs: t + i * 250 });
      expected.push([t + i * 250, quality.startsWith('Bad') ? null : value, quality === 'Good', qualityCodes[quality]]);
    }
    await delivered(historian);
    assert.deepEqual(await stored(`SELECT value, good, quality FROM signal WHERE signal = 'a'`), expected);
    assert.equal(historian.account().delivered, 2_001);
    const [tags] = await stored(`SHOW SERIES FROM signal WHERE signal = 'a'`);
    assert.deepEqual(tags, ['signal,machine=tvemicro,signal=a,site=hall\\ 3,unit=°C']);
  });

  it('keeps Booleans, states and texts in one field of one type, and reads them back as they were', async () => {
    const { machine, historian } = await start();
    const text = 'a "quoted" \\ line\nand € more';
    machine.publish(good('pump.on', t, true), good('text', t, text), good('a', t, 1));
    machine.publish(good('pump.on', t + 1, false));
    await delivered(historian);
    assert.equal(historian.account().deadLettered, 0);
    const query = { fromMs: t, toMs: t + 10, limit: 10 };
    assert.deepEqual(await historian.reader.query({ signal: 'pump.on', ...query }), [
      [t, true, 'Good'],
      [t + 1, false, 'Good'],
    ]);
    assert.deepEqual(await historian.reader.query({ signal: 'text', ...query }), [[t, text, 'Good']]);
  });

  it('keeps the last of two values of a signal at the same ms', async () => {
    const { machine, historian } = await start();
    machine.publish(good('a', t, 1), good('a', t, 2));
    machine.publish(good('b', t, 1));
    machine.publish(good('b', t, 3));
    await delivered(historian);
    assert.deepEqual(await stored(`SELECT value FROM signal GROUP BY signal`), [
      [t, 2],
      [t, 3],
    ]);
  });

  it('brings alarms and commands, each as a point of its own even in the same ms, and what is told twice once', async () => {
    const { machine, historian } = await start();
    const occurrence = { id: 'ESTOP', occurrenceId: 'o1', priority: 1, text: 'E-stop chain open' };
    const event = { atMs: t, transition: 'raised', occurrence, actor: null } as unknown as AlarmEvent;
    machine.raise(event);
    historian.recordAlarm(event);
    const action = { name: 'write', signal: 'heater.zone1.setpoint', value: 200 } as const;
    const principal = { name: 'anna', role: 'operator', kind: 'person' } as const;
    for (const commandId of ['c1', 'c2', 'c2', 'c3']) {
      const outcome = { accepted: true, commandId, state: 'IDLE' } as const;
      historian.recordCommand({ action, principal, origin: 'rest', outcome, atMs: t, durationMs: 12.5 });
    }
    const reasons = ['ESTOP_OPEN', 'WRONG_STATE'].map((code) => ({ code, text: code }));
    const refusal = { accepted: false, commandId: 'd', state: 'IDLE', kind: 'state', reasons } as const;
    historian.recordCommand({
      action: { name: 'start' },
      principal,
      origin: 'opcua',
      outcome: refusal,
      atMs: t,
      durationMs: 1,
    });
    await delivered(historian);
    assert.deepEqual(await stored('SELECT alarm, priority, transition, occurrence, actor, message FROM alarm'), [
      [t, 'ESTOP', '1', 'raised', 'o1', '', 'E-stop chain open'],
    ]);
    const commands = await stored('SELECT command, origin, result, actor, duration_ms, reason FROM command');
    assert.deepEqual(
      commands.toSorted((a, b) => String(a[1]).localeCompare(String(b[1]))),
      [
        [t, 'start', 'opcua', 'state', 'anna', 1, 'ESTOP_OPEN WRONG_STATE'],
        ...[0, 1, 2].map((i) => [t + i, 'write', 'rest', 'accepted', 'anna', 12.5, '']),
      ],
    );
  });

  it('brings what drivers and scan did in each ten seconds, not since the start', async () => {
    let nowMs = t;
    const { historian } = await start({ clock: { wallMs: () => nowMs } });
    const errors = { lastError: null, lastErrorAtMs: null };
    const module = { id: 'ai1', line: 'rtu0', exceptions: 0, lateFrames: 1, demoted: false, ...errors };
    const latency = { latencyP50Ms: 4.5, latencyP95Ms: null };
    for (const requests of [100, 140, 10]) {
      historian.recordDrivers([{ ...module, ...latency, requests, failures: requests / 10, timeouts: 0 }]);
      historian.recordScan({ durationMs: 0.4, jitterMs: 0.1, overruns: requests / 10 });
      nowMs += 10_000;
    }
    await delivered(historian);
    assert.deepEqual(await stored('SELECT bus, module, requests, failures, late_frames, latency_p50_ms FROM driver'), [
      [t, 'rtu0', 'ai1', 100, 10, 1, 4.5],
      [t + 10_000, 'rtu0', 'ai1', 40, 4, 0, 4.5],
      [t + 20_000, 'rtu0', 'ai1', 10, 1, 1, 4.5],
    ]);
    assert.deepEqual(await stored('SELECT duration_ms, jitter_ms, overruns FROM scan'), [
      [t, 0.4, 0.1, 10],
      [t + 10_000, 0.4, 0.1, 4],
      [t + 20_000, 0.4, 0.1, 1],
    ]);
  });

  it('sets a point aside that InfluxDB refuses, with the reason, and delivers all others in order', async () => {
    const { machine, historian } = await start({ pace: { batchPoints: 1_000 } });
    historian.record({ measurement: 'kpi', tags: { kpi: 'x' }, fields: { value: 1 }, atMs: t });
    await delivered(historian);
    for (let i = 0; i < 500; i++) machine.publish(good('a', t + i, i));
    for (const i of [1, 2]) {
      historian.record({ measurement: 'kpi', tags: { kpi: 'x' }, fields: { value: 'text' }, atMs: t + i });
    }
    for (let i = 500; i < 900; i++) machine.publish(good('a', t + i, i));
    await delivered(historian);
    assert.deepEqual(await stored('SELECT count(value) FROM signal'), [[0, 900]]);
    assert.equal(historian.account().deadLettered, 2);
    assert.equal(historian.account().delivered, 901);
    const file = new DatabaseSync(join(folder.path, `data ${number}`, 'history.sqlite'), { readOnly: true });
    const letters = file.prepare('select line, reason from dead_letter').all();
    file.close();
    assert.equal(letters.length, 2);
    assert.match(String(letters[0]?.['line']), /^kpi,kpi=x,.* value="text" /);
    assert.match(String(letters[0]?.['reason']), /^400 .*field type conflict/);
  });

  it('holds everything in an outage, says so, and loses nothing of it when InfluxDB is back', async () => {
    const { machine, historian } = await start({ pace: { batchPoints: 500 } });
    machine.publish(good('a', t, 0));
    await delivered(historian);
    await database.stop('SIGKILL');
    for (let i = 1; i <= 3_000; i++) machine.publish(good('a', t + i * 250, i));
    await historian.flush();
    await until('the outage is noticed', () => historian.lag().unreachableSinceMs !== null);
    assertAddsUp(historian.account());
    assert.equal(historian.account().spooled, 3_000);
    assert.ok(historian.lag().unreachableSeconds > 0);
    assert.ok(historian.lag().budgetShare > 0);
    assert.match(historian.lag().lastError ?? '', /ECONNREFUSED|ECONNRESET|socket/);
    await assert.rejects(
      () => historian.reader.query({ signal: 'a', fromMs: t, toMs: t + 1_000, limit: 10 }),
      { code: 'HISTORY_UNAVAILABLE' },
      'an outage is no empty history',
    );
    await database.start();
    await delivered(historian);
    assert.deepEqual(await stored('SELECT count(value), sum(value) FROM signal'), [[0, 3_001, (3_000 * 3_001) / 2]]);
    assert.equal(historian.lag().unreachableSinceMs, null);
    assert.equal(historian.lag().unreachableSeconds, 0);
  });

  it('takes a store that accepts connections and does not answer for one that is away', async () => {
    const { machine, historian } = await start({ pace: { requestMs: 300 } });
    machine.publish(good('a', t, 0));
    await delivered(historian);
    database.freeze(true);
    try {
      machine.publish(good('a', t + 1, 1));
      await until('the outage is noticed', () => historian.lag().unreachableSinceMs !== null);
    } finally {
      database.freeze(false);
    }
    await delivered(historian);
    assert.deepEqual(await stored('SELECT value FROM signal'), [
      [t, 0],
      [t + 1, 1],
    ]);
  });

  it('makes the database anew when somebody drops it', async () => {
    const { machine, historian } = await start();
    machine.publish(good('a', t, 0));
    await delivered(historian);
    await stored(`DROP DATABASE "${name}"`);
    machine.publish(good('a', t + 1, 1));
    await delivered(historian);
    assert.deepEqual(await stored('SELECT value FROM signal'), [[t + 1, 1]]);
  });

  it('keeps recording when the history file is locked for a while', async () => {
    const log = listeningLog();
    const { machine, historian } = await start({ log });
    const blocker = new DatabaseSync(join(folder.path, `data ${number}`, 'history.sqlite'));
    blocker.exec('begin immediate');
    for (let i = 0; i < 100; i++) machine.publish(good('a', t + i, i));
    await until('the failed commit is told', () =>
      log.lines.some(({ message }) => /cannot be committed/.test(message)),
    );
    blocker.exec('rollback');
    blocker.close();
    await delivered(historian);
    assert.deepEqual(await stored('SELECT count(value), sum(value) FROM signal'), [[0, 100, 4_950]]);
  });

  it('does not count the words of a proxy in between as a refusal of points', async () => {
    const proxy = createServer((_, response) => response.writeHead(400, { 'content-type': 'text/html' }).end('<h1>No'));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    const { port } = proxy.address() as { port: number };
    const store = influxStore({ ...target(), url: `http://127.0.0.1:${port}` }, 1_000);
    await assert.rejects(() => store.write(['a b=1 1']), { code: 'STORE_UNREACHABLE' });
    proxy.close();
  });

  it('signs in where the database asks for it', async () => {
    const guarded = await influxd(join(folder.path, 'guarded'), { authentication: true });
    await guarded.start();
    try {
      await fetch(
        `${guarded.url}/query?q=${encodeURIComponent(`CREATE USER anna WITH PASSWORD 'p:ä' WITH ALL PRIVILEGES`)}`,
        {
          method: 'POST',
        },
      );
      const right: InfluxTarget = {
        flavour: 'v1',
        url: guarded.url,
        database: name,
        username: 'anna',
        password: 'p:ä',
      };
      const { machine, historian } = await start({ target: right });
      machine.publish(good('a', t, 7));
      await delivered(historian);
      assert.deepEqual(await historian.reader.query({ signal: 'a', fromMs: t, toMs: t + 1, limit: 1 }), [
        [t, 7, 'Good'],
      ]);
      await historian.close();
      const wrong = await start({ target: { ...right, password: 'wrong' } });
      wrong.machine.publish(good('a', t + 1, 8));
      await until('the refusal is told', () => /401/.test(wrong.historian.lag().lastError ?? ''));
      assert.equal(wrong.historian.account().deadLettered, 0);
    } finally {
      await guarded.stop();
    }
  });

  describe('reading', () => {
    it('answers as a straightforward calculation does, whatever is still held back', async () => {
      const shape = { type: 'Double', stepped: false, gapMs: 15_000 } as const;
      const store = influxStore(target(), 5_000);
      await store.prepare(3_650);
      const value = fc.double({ min: -20, max: 400, noNaN: true });
      let run = 0;
      const law = fc.asyncProperty(
        samples(value),
        fc.nat(80),
        fc.nat(80),
        range,
        async (all, sentTo, heldFrom, asked) => {
          const id = `run ${++run}`;
          const key = seriesKey('signal', { site: 'hall 3', machine: "it's", signal: id, unit: '°C' });
          const lines = all.map(
            (one) => `${key} ${signalFields(one.value as number, null, qualityCodes[one.quality])} ${one.atMs}`,
          );
          // Some are in InfluxDB, some are held here, some are both.
          const from = Math.min(heldFrom, sentTo);
          if (sentTo > 0 && all.length > 0)
            assert.deepEqual(await store.write(lines.slice(0, sentTo)), { stored: true });
          const held = all.slice(from).map((one) => ({
            ...one,
            value: one.value as number | null,
            state: null,
            quality: qualityCodes[one.quality],
          }));
          const source = influxSource({
            store,
            site: 'hall 3',
            machine: "it's",
            held: (_, fromMs, toMs) => held.filter(({ atMs }) => atMs >= fromMs && atMs < toMs),
          });
          const nowMs = t + 245_000;
          for (const aggregate of [undefined, ...aggregates]) {
            const query = { signal: id, ...asked, ...(aggregate && { aggregate }) };
            assertSame(
              await answer(source, query, shape, nowMs),
              straightforward(all, query, { ...shape, nowMs }),
              query,
            );
          }
        },
      );
      await fc.assert(law, { numRuns: 25 });
    });

    it('finds nothing in a database that nobody has written to', async () => {
      const store = influxStore({ ...target(), database: 'never made' } as InfluxTarget, 5_000);
      const source = influxSource({ store, site: 's', machine: 'm', held: () => [] });
      const shape = { type: 'Double', stepped: false, gapMs: 15_000 } as const;
      const query = { signal: 'a', fromMs: t, toMs: t + 1_000, limit: 10 };
      assert.deepEqual(await answer(source, query, shape, t), []);
    });

    it('reads more points than one page holds', async () => {
      const store = influxStore(target(), 5_000);
      await store.prepare(3_650);
      const key = seriesKey('signal', { site: 's', machine: 'm', signal: 'a' });
      const count = 3_500;
      await store.write(Array.from({ length: count }, (_, i) => `${key} ${signalFields(i, null, 0)} ${t + i * 10}`));
      const source = influxSource({ store, site: 's', machine: 'm', held: () => [], pageRows: 1_000 });
      const shape = { type: 'Double', stepped: false, gapMs: 15_000 } as const;
      const query = { signal: 'a', fromMs: t, toMs: t + count * 10 };
      const points = await answer(source, { ...query, limit: 100_000 }, shape, t);
      assert.equal(points.length, count);
      assert.deepEqual(points.at(-1), [t + (count - 1) * 10, count - 1, 'Good']);
      assert.equal((await answer(source, { ...query, limit: 2_500 }, shape, t)).length, 2_500);
    });
  });
});
