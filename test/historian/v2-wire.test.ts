import assert from 'node:assert/strict';
import { openHistorian, type Historian } from '../../historian/open-historian.ts';
import type { Pace } from '../../historian/settings.ts';
import { t } from './answers.ts';
import {
  fakeMachine,
  good,
  historianOptions,
  signal,
  temporaryFolder,
  until,
  type FakeMachine,
} from './fake-machine.ts';
import { v2Place, v2Server, type V2Server } from './v2-server.ts';

const all = (count: number, from = 0): number[] => Array.from({ length: count }, (_, i) => from + i);

describe('history by the write API of InfluxDB 2', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let server: V2Server;
  let machine: FakeMachine;
  let historian: Historian;

  beforeEach(async () => {
    folder = temporaryFolder();
    server = await v2Server();
  });
  afterEach(async () => {
    await historian.close();
    await server.close();
    folder.remove();
    assert.deepEqual(server.faults, [], 'on the wire');
  });

  async function start(pace: Partial<Pace> = {}): Promise<void> {
    machine = fakeMachine(signal('a'), signal('b', { type: 'Boolean', unit: '' }));
    const target = { flavour: 'v2', url: `${server.url}/`, ...v2Place } as const;
    historian = await openHistorian(historianOptions(folder.path, machine, { target, pace }));
  }

  const values = (): unknown[] => server.accepted.map(({ fields }) => fields['value']);

  it('makes its bucket with the retention, and writes to it with path, token, gzip and lines by the book', async () => {
    await start();
    for (const i of all(300)) machine.publish(good('a', t + i, i), good('b', t + i, i % 2 === 0));
    await historian.flush();
    await until('everything is delivered', () => historian.account().delivered === 600);
    assert.deepEqual(server.buckets, [
      {
        orgID: '0123456789abcdef',
        name: v2Place.bucket,
        retentionRules: [{ type: 'expire', everySeconds: 30 * 86_400 }],
      },
    ]);
    assert.ok(server.requests.some(({ gzip }) => gzip));
    assert.deepEqual(server.accepted.slice(0, 2), [
      {
        measurement: 'signal',
        tags: { machine: 'tvemicro', signal: 'a', site: 'hall 3', unit: '°C' },
        fields: { value: 0, quality: 0n, good: true },
        atMs: t,
      },
      {
        measurement: 'signal',
        tags: { machine: 'tvemicro', signal: 'b', site: 'hall 3' },
        fields: { state: 'true', quality: 0n, good: true },
        atMs: t,
      },
    ]);
    assert.equal(server.accepted.length, 600);
  });

  it('catches up after an outage in the order of recording, with new points behind the held ones', async () => {
    await start({ batchPoints: 100 });
    server.refuse = { status: 503 };
    for (const i of all(1_000)) machine.publish(good('a', t + i, i));
    await historian.flush();
    await until('the outage is noticed', () => historian.lag().unreachableSinceMs !== null);
    server.refuse = null;
    for (const i of all(500, 1_000)) machine.publish(good('a', t + i, i));
    await historian.flush();
    await until('everything is delivered', () => historian.account().delivered === 1_500);
    assert.deepEqual(values(), all(1_500));
  });

  it('catches up at a bounded pace', async () => {
    await start({ batchPoints: 100, catchUpPointsPerSecond: 2_000 });
    const startedAtMs = performance.now();
    for (const i of all(1_000)) machine.publish(good('a', t + i, i));
    await historian.flush();
    await until('everything is delivered', () => historian.account().delivered === 1_000);
    assert.ok(performance.now() - startedAtMs > 400, 'nine pauses of 50 ms');
  });

  it('leaves the store alone for as long as it asks', async () => {
    await start();
    server.refuse = { status: 429, retryAfterS: 1 };
    machine.publish(good('a', t, 1));
    await historian.flush();
    await until('the refusal is noticed', () => historian.lag().unreachableSinceMs !== null);
    const noticedAtMs = performance.now();
    server.refuse = null;
    await until('it is delivered', () => historian.account().delivered === 1);
    assert.ok(performance.now() - noticedAtMs > 700, 'one second, less the time to notice');
  });

  it('finds refused points by halving, sets only them aside, and keeps the order of the others', async () => {
    await start({ batchPoints: 256 });
    const odd = new Set([0, 77, 78, 255]);
    server.isInvalid = ({ fields }) => odd.has(Number(fields['value']));
    for (const i of all(400)) machine.publish(good('a', t + i, i));
    await historian.flush();
    await until('everything is decided', () => historian.account().spooled === 0);
    assert.deepEqual(
      values(),
      all(400).filter((i) => !odd.has(i)),
    );
    assert.equal(historian.account().deadLettered, 4);
    assert.equal(historian.account().delivered, 396);
  });

  it('sends a request again whose answer was lost, and counts its points once', async () => {
    await start();
    server.refuse = { status: 500 };
    for (const i of all(10)) machine.publish(good('a', t + i, i));
    await historian.flush();
    await until('the outage is noticed', () => historian.lag().unreachableSinceMs !== null);
    await historian.close();
    server.refuse = null;
    await start();
    await until('everything is delivered', () => historian.account().delivered === 10);
    assert.equal(historian.account().recorded, 10);
    assert.deepEqual(values(), all(10));
  });

  it('never drops alarms and commands, nor counts wrongly, when its disk budget overflows', async () => {
    const target = { flavour: 'v2', url: server.url, ...v2Place } as const;
    machine = fakeMachine(signal('a'));
    server.refuse = { status: 503 };
    historian = await openHistorian(historianOptions(folder.path, machine, { target, spoolMaximumBytes: 64 * 500 }));
    const principal = { name: 'anna', role: 'operator', kind: 'person' } as const;
    for (const i of all(5_000)) {
      machine.publish(good('a', t + i, i));
      if (i % 500 === 0) {
        const outcome = { accepted: true, commandId: `c${i}`, state: 'IDLE' } as const;
        const command = { action: { name: 'stop' }, principal, origin: 'panel', outcome } as const;
        historian.recordCommand({ ...command, atMs: t + i, durationMs: i });
      }
    }
    await historian.flush();
    const { recorded, spooled, dropped } = historian.account();
    assert.equal(recorded, 5_010);
    assert.equal(spooled + dropped, recorded);
    assert.ok(dropped > 4_000);
    assert.ok(historian.lag().budgetShare > 0.5 && historian.lag().budgetShare <= 1);
    server.refuse = null;
    await until('everything left is delivered', () => historian.account().spooled === 0);
    assert.equal(server.accepted.filter(({ measurement }) => measurement === 'command').length, 10);
    assert.equal(values().at(-1), 4_999);
  });

  it('reads by InfluxQL with the bucket as database, signed in by the same token', async () => {
    await start();
    server.answer = {
      columns: ['time', 'value', 'state', 'quality'],
      values: [
        [t, 201.5, null, 0],
        [t + 250, null, null, 0x808c_0000],
      ],
    };
    const answered = historian.reader.query({ signal: 'a', fromMs: t, toMs: t + 1_000, limit: 2 });
    assert.deepEqual(await answered, [
      [t, 201.5, 'Good'],
      [t + 250, null, 'BadSensorFailure'],
    ]);
    assert.match(
      server.queries[0] ?? '',
      new RegExp(
        `site = 'hall 3' AND machine = 'tvemicro' AND signal = 'a' AND time >= ${t}ms AND time < ${t + 1_000}ms`,
      ),
    );
  });
});
