import assert from 'node:assert/strict';
import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import fc from 'fast-check';
import { openHistoryFile } from '../../historian/history-file.ts';
import type { PointRow, SeriesDefinition } from '../../historian/point.ts';
import { Spool, type HeldPoint } from '../../historian/spool.ts';
import { listeningLog, temporaryFolder } from './fake-machine.ts';

const series: readonly SeriesDefinition[] = [
  { index: 0, measurement: 'signal', key: 'signal,signal=a', signal: 'a', precious: false },
  { index: 1, measurement: 'signal', key: 'signal,signal=b', signal: 'b', precious: false },
  { index: 2, measurement: 'alarm', key: 'alarm,alarm=ESTOP', signal: null, precious: true },
];
const t = Date.UTC(2026, 10, 23, 6);

function telemetry(number: number): PointRow {
  return [number % 2, t + number, number, null, 0, null];
}
function alarm(number: number): PointRow {
  return [2, t + number, null, null, null, `occurrence="${number} Wärme €"`];
}

/** The account against the rows that it counts. */
function checkAccount(spool: Spool, database: DatabaseSync): void {
  const { recorded, delivered, spooled, deadLettered, dropped, spooledBytes } = spool.figures();
  assert.equal(recorded, delivered + spooled + deadLettered + dropped);
  assert.equal(spooled, database.prepare('select count(*) as n from point').get()?.['n']);
  assert.ok(spooled === 0 ? spooledBytes === 0 : spooledBytes > 0, `${spooledBytes} bytes in ${spooled} points`);
}

describe('spool', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  const databases: DatabaseSync[] = [];
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(() => {
    for (const database of databases.splice(0)) if (database.isOpen) database.close();
    folder.remove();
  });

  function open(maximumBytes = 100_000_000): { spool: Spool; database: DatabaseSync } {
    const database = openHistoryFile(join(folder.path, 'history.sqlite'), listeningLog());
    databases.push(database);
    return { database, spool: new Spool(database, { maximumBytes, series, log: listeningLog() }) };
  }

  it('gives points back in the order in which they were recorded, telemetry and alarms alike', () => {
    const { spool } = open();
    spool.append('run', [{ number: 1, points: [telemetry(5), alarm(6), telemetry(3)], dropped: 0 }]);
    spool.append('run', [{ number: 2, points: [telemetry(7)], dropped: 0 }]);
    assert.deepEqual(
      spool.take(10).map(({ line }) => line),
      [
        `signal,signal=b value=5,quality=0i,good=true ${t + 5}`,
        `alarm,alarm=ESTOP occurrence="6 Wärme €" ${t + 6}`,
        `signal,signal=b value=3,quality=0i,good=true ${t + 3}`,
        `signal,signal=b value=7,quality=0i,good=true ${t + 7}`,
      ],
    );
  });

  it('drops the oldest telemetry beyond its disk budget, counts it, and keeps every alarm', () => {
    const { spool, database } = open(64 * 1_000);
    const all: number[] = [];
    for (let batch = 1; batch <= 40; batch++) {
      const points = Array.from({ length: 100 }, (_, i) => telemetry(batch * 100 + i));
      spool.append('run', [{ number: batch, points: [alarm(batch), ...points], dropped: 0 }]);
      all.push(spool.figures().spooledBytes);
      checkAccount(spool, database);
    }
    assert.ok(Math.max(...all) <= 64_000, `${Math.max(...all)} bytes`);
    const held = spool.take(10_000);
    const alarms = held.filter(({ line }) => line.startsWith('alarm'));
    const numbers = held.filter(({ line }) => line.startsWith('signal')).map(({ atMs }) => atMs - t);
    assert.equal(alarms.length, 40);
    assert.equal(numbers.at(-1), 4_099);
    assert.equal(numbers.length, 4_099 - numbers[0]! + 1, 'what is left is the newest, without a hole');
    assert.equal(spool.figures().dropped, 4_000 - numbers.length);
  });

  it('keeps the file itself within the budget during an outage', () => {
    const { spool, database } = open(2_000_000);
    for (let batch = 1; batch <= 50; batch++) {
      const points = Array.from({ length: 2_000 }, (_, i) => telemetry(batch * 2_000 + i));
      spool.append('run', [{ number: batch, points, dropped: 0 }]);
    }
    database.exec('pragma wal_checkpoint(truncate)');
    const { size } = statSync(join(folder.path, 'history.sqlite'));
    assert.ok(size < 2_000_000 * 1.15, `${size} bytes of file for 2 MB`);
    assert.ok(size > 2_000_000 * 0.7, `${size} bytes of file: the budget is used`);
  });

  it('does not drop what is on its way to the store', () => {
    const { spool, database } = open(64 * 100);
    spool.append('run', [{ number: 1, points: Array.from({ length: 90 }, (_, i) => telemetry(i)), dropped: 0 }]);
    const onTheWay = spool.take(30);
    spool.append('run', [{ number: 2, points: Array.from({ length: 90 }, (_, i) => telemetry(90 + i)), dropped: 0 }]);
    spool.settleDelivered(onTheWay);
    spool.release();
    checkAccount(spool, database);
    assert.equal(spool.figures().delivered, 30);
  });

  it('adds up after any sequence of recording, delivery, refusal, overflow and restart', () => {
    const act = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), n: fc.integer({ min: 0, max: 60 }), dropped: fc.nat(5) }),
      fc.record({ kind: fc.constant('deliver' as const), n: fc.integer({ min: 1, max: 80 }) }),
      fc.record({ kind: fc.constant('refuse' as const), n: fc.integer({ min: 1, max: 5 }) }),
      fc.record({ kind: fc.constant('restart' as const) }),
    );
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        folder.remove();
        folder = temporaryFolder();
        let { spool, database } = open(64 * 100);
        let recorded = 0;
        let next = 1;
        for (const each of acts) {
          if (each.kind === 'append') {
            const points = Array.from({ length: each.n }, (_, i) => (i % 10 === 0 ? alarm(next) : telemetry(next++)));
            spool.append('run', [{ number: next, points, dropped: each.dropped }]);
            recorded += each.n + each.dropped;
          } else if (each.kind === 'deliver') {
            spool.settleDelivered(spool.take(each.n));
            spool.release();
          } else if (each.kind === 'refuse') {
            for (const point of spool.take(each.n)) spool.settleRefused(point, 'because');
            spool.release();
          } else {
            database.close();
            ({ spool, database } = open(64 * 100));
          }
          checkAccount(spool, database);
          assert.equal(spool.figures().recorded, recorded);
        }
        assert.equal(
          spool.figures().deadLettered,
          database.prepare('select count(*) as n from dead_letter').get()?.['n'],
        );
        database.close();
      }),
      { numRuns: 25 },
    );
  });

  it('knows after a crash of the recording side which batch was the last to be committed', () => {
    const { spool, database } = open();
    spool.append('run 1', [
      { number: 1, points: [telemetry(1)], dropped: 0 },
      { number: 2, points: [telemetry(2)], dropped: 0 },
    ]);
    database.close();
    const again = open().spool;
    assert.equal(again.committedBatch('run 1'), 2);
    assert.equal(again.committedBatch('run 2'), 0);
  });

  it('counts a point that no row can hold as dropped, and commits the others', () => {
    const { spool, database } = open();
    const points: PointRow[] = [telemetry(1), [0, NaN, 1, null, 0, null], [0, 1e300, 1, null, 0, null], telemetry(2)];
    spool.append('run', [{ number: 1, points, dropped: 0 }]);
    checkAccount(spool, database);
    assert.equal(spool.figures().dropped, 2);
    assert.equal(spool.take(10).length, 2);
  });

  it('keeps a refused point with the reason, and the newest ten thousand of them', () => {
    const { spool, database } = open();
    const points: HeldPoint[] = [];
    spool.append('run', [{ number: 1, points: [telemetry(1), telemetry(2)], dropped: 0 }]);
    points.push(...spool.take(1));
    spool.settleRefused(points[0]!, 'field type conflict');
    const row = database.prepare('select line, reason from dead_letter').get();
    assert.deepEqual(
      { ...row },
      {
        line: `signal,signal=b value=1,quality=0i,good=true ${t + 1}`,
        reason: 'field type conflict',
      },
    );
    assert.equal(spool.take(10).length, 1);
  });

  it('puts a damaged file aside, says so, and begins a new one', () => {
    const path = join(folder.path, 'history.sqlite');
    writeFileSync(path, 'this is no database, and longer than a header of one has to be: '.repeat(100));
    const log = listeningLog();
    const database = openHistoryFile(path, log);
    databases.push(database);
    assert.match(log.lines[0]?.message ?? '', /damaged/);
    assert.equal(new Spool(database, { maximumBytes: 1_000, series, log }).figures().recorded, 0);
  });
});
