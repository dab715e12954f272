import assert from 'node:assert/strict';
import type { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import fc from 'fast-check';
import type { SampleShape } from '../../historian/aggregate.ts';
import { answer } from '../../historian/answer.ts';
import { packPoints, unpackPoints } from '../../historian/chunk.ts';
import { embeddedSource } from '../../historian/embedded-source.ts';
import { embeddedStore } from '../../historian/embedded-store.ts';
import { openHistoryFile } from '../../historian/history-file.ts';
import { openHistorian, type Historian } from '../../historian/open-historian.ts';
import type { PointRow } from '../../historian/point.ts';
import { Spool } from '../../historian/spool.ts';
import { startUpkeep } from '../../historian/upkeep.ts';
import { qualityCodes } from '../../machine/quality.ts';
import { aggregates, assertSame, range, samples, t } from './answers.ts';
import { fakeMachine, good, historianOptions, listeningLog, signal, temporaryFolder, until } from './fake-machine.ts';
import { straightforward, type Remembered } from './straightforward.ts';

function row({ atMs, value, quality }: Remembered): PointRow {
  const state = typeof value === 'boolean' ? String(value) : null;
  return [0, atMs, typeof value === 'number' ? value : null, state, qualityCodes[quality], null];
}

/** A file with the samples in it, some in chunks, some added to chunks later, some still open. */
function recorded(all: readonly Remembered[], parts: readonly number[]): DatabaseSync {
  const database = openHistoryFile(':memory:', listeningLog());
  const series = [{ index: 0, measurement: 'signal', key: 'signal,signal=a', signal: 'a', precious: false }];
  const spool = new Spool(database, { maximumBytes: 1e9, series, log: listeningLog() });
  const store = embeddedStore(database);
  let from = 0;
  for (const [i, to] of [...parts.toSorted((a, b) => a - b), all.length].entries()) {
    spool.append('run', [{ number: i + 1, points: all.slice(from, to).map(row), dropped: 0 }]);
    from = Math.max(from, to);
    if (i === parts.length) break;
    store.begin(t + 180_000);
    while (store.compact());
  }
  assert.equal(spool.figures().recorded, all.length);
  return database;
}

/** Everything recorded so far is in chunks. */
async function compacted(historian: Historian): Promise<void> {
  await historian.flush();
  await until('all points are in chunks', () => historian.account().spooled === 0);
}

/** This thread's own time: other processes on the test's computer do not count. */
function spentMs(): number {
  return process.threadCpuUsage().user / 1_000;
}

/** Every aggregate of every signal against the straightforward calculation. */
async function compare<T extends number | boolean>(value: fc.Arbitrary<T>, shape: SampleShape): Promise<void> {
  const parts = fc.array(fc.nat(80), { maxLength: 3 });
  const nowMs = t + 245_000;
  const law = fc.asyncProperty(samples(value), parts, range, async (all, parts, asked) => {
    const database = recorded(all, parts);
    const source = embeddedSource(database);
    for (const aggregate of [undefined, ...aggregates]) {
      const query = { signal: 'a', ...asked, ...(aggregate && { aggregate }) };
      assertSame(await answer(source, query, shape, nowMs), straightforward(all, query, { ...shape, nowMs }), query);
    }
    database.close();
  });
  await fc.assert(law, { numRuns: 60 });
}

describe('embedded history', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => folder.remove());

  it('answers raw and aggregate queries about a measurement as a straightforward calculation does', () =>
    compare(fc.double({ min: -20, max: 400, noNaN: true }), { type: 'Double', stepped: false, gapMs: 15_000 }));

  it('does so for a Boolean, whose average is the share of time in which it was true', () =>
    compare(fc.boolean(), { type: 'Boolean', stepped: true, gapMs: 15_000 }));

  it('packs any minute of points and gives it back', () => {
    const point = fc.record(
      {
        atMs: fc.integer({ min: t, max: t + 59_999 }),
        value: fc.option(fc.double({ noNaN: true })),
        state: fc.option(fc.string({ unit: 'grapheme' })),
        quality: fc.constantFrom(...Object.values(qualityCodes)),
      },
      { noNullPrototype: true },
    );
    fc.assert(
      fc.property(fc.array(point, { maxLength: 300 }), (points) => {
        assert.deepEqual(unpackPoints(t / 60_000, packPoints(t / 60_000, points)), points);
      }),
    );
  });

  it('does not forget by a clock that has just jumped two years ahead', async () => {
    const forgotten: number[] = [];
    const upkeep = startUpkeep({
      database: recorded([], []),
      embedded: { begin: () => undefined, compact: () => false, forget: (beforeMs) => forgotten.push(beforeMs) },
      compacts: false,
      retentionDays: 30,
      steadyClockMs: 50,
      log: listeningLog(),
      onChange: () => undefined,
    });
    const twoYearsMs = 2 * 365 * 86_400_000;
    upkeep.tick(t);
    await pause(60);
    upkeep.tick(t + twoYearsMs);
    assert.deepEqual(forgotten, []);
    await pause(60);
    upkeep.tick(t + twoYearsMs + 60);
    assert.deepEqual(forgotten, [t + twoYearsMs + 60 - 30 * 86_400_000], 'it has been steady since');
    upkeep.stop();
  });

  it('stores points whose time lies in the future, after the clock was set back', () => {
    const database = recorded([{ atMs: t + 3_600_000, value: 1, quality: 'Good' }], []);
    const store = embeddedStore(database);
    const chunks = () => Number(database.prepare('select count(*) as n from chunk').get()?.['n']);
    const taken = [1, 2, 3].map((minute) => {
      store.begin(t + minute * 60_000);
      while (store.compact());
      return chunks();
    });
    assert.deepEqual(taken, [0, 0, 1]);
  });

  describe('as a whole', () => {
    const all = [
      signal('temperature', { history: { deadband: 0, atLeastEverySeconds: 10 } }),
      signal('pump.on', { type: 'Boolean', direction: 'output' }),
      signal('machine.state', { type: 'Enumeration', direction: 'derived', states: ['IDLE', 'HEATING'] }),
    ];
    const open: Historian[] = [];
    afterEach(async () => {
      for (const historian of open.splice(0)) await historian.close();
    });

    async function start(nowMs: () => number, more: Partial<Parameters<typeof historianOptions>[2]> = {}) {
      const machine = fakeMachine(...all);
      const options = historianOptions(folder.path, machine, { clock: { wallMs: nowMs }, ...more });
      const historian = await openHistorian(options);
      open.push(historian);
      return { machine, historian };
    }

    it('gives every kind of value back as it was, with its quality', async () => {
      const { machine, historian } = await start(() => t + 1_000);
      machine.publish(good('temperature', t, 201.5), good('pump.on', t, true), good('machine.state', t, 'HEATING'));
      machine.publish({ ...good('temperature', t + 250, 201.5), quality: 'BadSensorFailure' });
      await historian.flush();
      const raw = (signal: string) => historian.reader.query({ signal, fromMs: t - 1_000, toMs: t + 500, limit: 100 });
      assert.deepEqual(await raw('temperature'), [
        [t, 201.5, 'Good'],
        [t + 250, null, 'BadSensorFailure'],
      ]);
      assert.deepEqual(await raw('pump.on'), [[t, true, 'Good']]);
      assert.deepEqual(await raw('machine.state'), [[t, 'HEATING', 'Good']]);
      assert.deepEqual(await raw('no such signal'), []);
    });

    it('goes on after a restart with account and points, and shows the time between as a gap', async () => {
      let nowMs = t + 60_000;
      const first = await start(() => nowMs);
      for (let i = 0; i <= 6; i++) first.machine.publish(good('temperature', t + i * 10_000, 100));
      await first.historian.flush();
      const before = first.historian.account();
      await first.historian.close();
      nowMs = t + 400_000;
      const { machine, historian } = await start(() => nowMs);
      assert.equal(historian.account().recorded, before.recorded);
      for (let i = 31; i <= 36; i++) machine.publish(good('temperature', t + i * 10_000, 200));
      nowMs += 60_000;
      await compacted(historian);
      const query = { signal: 'temperature', fromMs: t, toMs: t + 360_000, intervalMs: 60_000, limit: 10 };
      const points = await historian.reader.query({ ...query, aggregate: 'timeAverage' });
      const nothing = [2, 3, 4].map((i) => [t + i * 60_000, null, 'BadNoData']);
      assert.deepEqual(points.slice(2, 5), nothing);
      assert.deepEqual(points[0], [t, 100, 'Good']);
      assert.deepEqual(points[5]?.slice(0, 2), [t + 300_000, 200]);
      const { recorded, delivered } = historian.account();
      assert.equal(recorded, before.recorded + 6);
      assert.equal(delivered, recorded);
    });

    it('forgets what is older than its retention, and nothing else', async () => {
      const day = 86_400_000;
      const { machine, historian } = await start(() => t + 40 * day, { rawRetentionDays: 30 });
      for (let i = 0; i < 40; i++) machine.publish(good('temperature', t + i * day + 1, i));
      await compacted(historian);
      await historian.close();
      const again = await start(() => t + 40 * day + 120_000, { rawRetentionDays: 30 });
      const query = { signal: 'temperature', fromMs: t, toMs: t + 40 * day, limit: 100 };
      await until('the old ones are gone', async () => (await again.historian.reader.query(query)).length < 40);
      const left = await again.historian.reader.query(query);
      assert.deepEqual(
        left.map(([, value]) => value),
        Array.from({ length: 29 }, (_, i) => i + 11),
      );
    });

    it('keeps its event loop free while a day of points is read', async () => {
      const { machine, historian } = await start(() => t + 86_400_000);
      for (let hour = 0; hour < 24; hour++) {
        for (let i = 0; i < 1_800; i++) machine.publish(good('temperature', t + (hour * 1_800 + i) * 2_000, i));
        await historian.flush();
      }
      let longestMs = 0;
      let lastMs = spentMs();
      const watch = setInterval(() => {
        longestMs = Math.max(longestMs, spentMs() - lastMs);
        lastMs = spentMs();
      }, 1);
      const query = { signal: 'temperature', fromMs: t, toMs: t + 86_400_000 };
      const points = await historian.reader.query({ ...query, limit: 100_000 });
      const means = await historian.reader.query({ ...query, aggregate: 'average', intervalMs: 3_600_000, limit: 100 });
      clearInterval(watch);
      assert.equal(points.length, 43_200);
      assert.equal(means.length, 24);
      assert.ok(longestMs < 50, `held up for ${longestMs} ms`);
    });

    it('refuses a query that ends before it begins, and an aggregate without an interval', async () => {
      const { historian } = await start(() => t);
      const query = { signal: 'temperature', fromMs: t, toMs: t - 1, limit: 1 };
      await assert.rejects(() => historian.reader.query(query), /begins before it ends/);
      await assert.rejects(() => historian.reader.query({ ...query, toMs: t + 1, aggregate: 'average' }), /interval/);
    });
  });
});
