import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { historyPath } from '../../historian/history-file.ts';
import { plantPace } from '../../historian/settings.ts';
import { SpoolLink, type SpoolLinkOptions } from '../../historian/spool-link.ts';
import { t } from './answers.ts';
import { listeningLog, temporaryFolder, testPace, until } from './fake-machine.ts';

describe('recording side and spool thread', () => {
  let folder: ReturnType<typeof temporaryFolder>;
  let link: SpoolLink | null = null;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    await link?.close(0);
    link = null;
    folder.remove();
  });

  async function open(more: Partial<SpoolLinkOptions> = {}): Promise<SpoolLink> {
    link = await SpoolLink.open({
      path: historyPath(folder.path),
      target: null,
      rawRetentionDays: 30,
      spoolMaximumBytes: 1e9,
      pace: { ...plantPace, ...testPace },
      log: listeningLog(),
      wallMs: () => t,
      ...more,
    });
    return link;
  }

  const telemetry = { measurement: 'signal', key: 'signal,signal=a', signal: 'a', precious: false };
  const alarms = { measurement: 'alarm', key: 'alarm,alarm=ESTOP', signal: null, precious: true };

  it('commits alarms at once, and the telemetry that came before with them', async () => {
    const link = await open({ pace: { ...plantPace, commitMs: 60_000 } });
    const [a, alarm] = [link.define(telemetry), link.define(alarms)];
    link.append([[a, t, 1, null, 0, null]], false);
    link.append([[alarm, t, null, null, null, 'occurrence="1"']], true);
    await until('both are committed', () => link.state.told.figures.recorded === 2, 2_000);
  });

  it('commits telemetry by itself within a second', async () => {
    const link = await open({ pace: plantPace });
    link.append([[link.define(telemetry), t, 1, null, 0, null]], false);
    await until('it is committed', () => link.state.told.figures.recorded === 1, 1_000);
  });

  it('gives a thread that died a successor, and everything exactly once to one of the two', async () => {
    const log = listeningLog();
    const link = await open({ log, thread: new URL('./dying-thread.ts', import.meta.url) });
    const a = link.define(telemetry);
    for (let i = 0; i < 200; i++) {
      link.append([[a, t + i, i, null, 0, null]], i % 3 === 0);
      if (i === 100) await until('it died', () => existsSync(`${historyPath(folder.path)}.died`));
    }
    await link.flush();
    assert.ok(log.lines.some(({ message }) => message === 'history thread failed'));
    assert.equal(link.state.told.figures.recorded, 200);
    const file = new DatabaseSync(historyPath(folder.path), { readOnly: true });
    const values = file.prepare('select value from point order by id').all();
    file.close();
    assert.deepEqual(
      values.map(({ value }) => value),
      Array.from({ length: 200 }, (_, i) => i),
    );
  });

  it('has a bound in memory, too: while no point can be committed the oldest telemetry goes, counted, and no alarm', async () => {
    const link = await open();
    const [a, alarm] = [link.define(telemetry), link.define(alarms)];
    const blocker = new DatabaseSync(historyPath(folder.path));
    blocker.exec('begin immediate');
    const all = 300_000;
    for (let from = 0; from < all; from += 10_000) {
      link.append([[alarm, t + from, null, null, null, 'occurrence="1"']], false);
      link.append(
        Array.from({ length: 10_000 }, (_, i) => [a, t + from + i, i, null, 0, null] as const),
        false,
      );
    }
    assert.ok(link.droppedHere > 0, 'some had no room');
    blocker.exec('rollback');
    blocker.close();
    await link.flush();
    const { recorded, spooled, dropped } = link.state.told.figures;
    assert.equal(recorded, all + 30);
    assert.equal(spooled + dropped, recorded);
    const file = new DatabaseSync(historyPath(folder.path), { readOnly: true });
    const kept = file.prepare('select count(*) as n from point where precious = 1').get();
    file.close();
    assert.equal(kept?.['n'], 30);
  });
});
