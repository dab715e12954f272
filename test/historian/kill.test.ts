import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { openHistorian } from '../../historian/open-historian.ts';
import { need } from '../needs.ts';
import { t } from './answers.ts';
import { fakeMachine, historianOptions, signal, temporaryFolder, until } from './fake-machine.ts';
import { influxd } from './influxd.ts';

/** More rounds take more than CI's time: TVE_KILL_ROUNDS. */
const rounds = Number(process.env['TVE_KILL_ROUNDS'] ?? 6);

/** Points of one round are this far from those of the next. */
const roundMs = 60_000;

/** Kills the database while the next round records. */
async function killInBetween(database: Awaited<ReturnType<typeof influxd>>): Promise<void> {
  await pause(100);
  setTimeout(() => void database.stop('SIGKILL'), 500 + Math.random() * 500);
}

/** @returns the last point that the process called committed */
async function recordUntilKilled(args: readonly string[]): Promise<number> {
  const script = join(import.meta.dirname, 'recording-process.ts');
  const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  let last = 0;
  const lines = createInterface(child.stdout);
  lines.on('line', (line) => (last = Number(line)));
  const ended = once(lines, 'close');
  await until('the process records', () => last > 0, 15_000);
  await pause(300 + Math.random() * 700);
  child.kill('SIGKILL');
  await exited;
  await ended;
  return last;
}

describe('kill -9', function () {
  this.timeout(20_000 + rounds * 6_000);
  let folder: ReturnType<typeof temporaryFolder>;
  before(function () {
    need(this, 'influxd');
    folder = temporaryFolder();
  });
  after(() => folder?.remove());

  it(`of the recording process and of InfluxDB, in ${rounds} rounds, loses no committed point`, async () => {
    const database = await influxd(join(folder.path, 'influx'));
    const dataDir = join(folder.path, 'data');
    const committed: number[] = [];
    try {
      await database.start();
      for (let round = 0; round < rounds; round++) {
        if (round % 2 === 1) await killInBetween(database);
        committed.push(await recordUntilKilled([dataDir, database.url, 'plant', String(t + round * roundMs)]));
        if (database.pid === null) await database.start();
      }
      const target = { flavour: 'v1', url: database.url, database: 'plant', username: null, password: null } as const;
      const historian = await openHistorian(historianOptions(dataDir, fakeMachine(signal('a')), { target }));
      await until('all is delivered', () => historian.account().spooled === 0, 20_000);
      const account = historian.account();
      await historian.close();
      const points = await database.query(`SELECT value FROM signal WHERE signal = 'a'`);
      const there = new Set(
        points.map(([atMs, value]) => (Number(value) === (Number(atMs) - t) % roundMs ? atMs : -1)),
      );
      assert.equal(there.size, points.length, 'every point has its own value');
      for (const [round, last] of committed.entries()) {
        for (let number = 1; number <= last; number++) {
          assert.ok(there.has(t + round * roundMs + number), `point ${number} of round ${round}, committed to ${last}`);
        }
      }
      assert.equal(account.recorded, points.length);
      assert.equal(account.delivered, points.length);
    } finally {
      await database.stop('SIGKILL');
    }
  });
});
