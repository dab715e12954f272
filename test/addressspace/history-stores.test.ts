import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type DataValue, HistoryReadRequest, type ISessionContext } from 'node-opcua';
import { defaultSettings } from '../../addressspace/history/aggregates/configuration.ts';
import { aggregates } from '../../addressspace/history/aggregates/functions.ts';
import { divisionOf } from '../../addressspace/history/aggregates/intervals.ts';
import { readAtTime } from '../../addressspace/history/at-time-read.ts';
import { Patience } from '../../addressspace/history/patience.ts';
import { readProcessed } from '../../addressspace/history/processed-read.ts';
import { type Historian, openHistorian } from '../../historian/open-historian.ts';
import type { InfluxTarget } from '../../historian/settings.ts';
import type { HistoryPoint, HistoryReader } from '../../operations/ports/history.ts';
import {
  type FakeMachine,
  fakeMachine,
  historianOptions,
  signal,
  temporaryFolder,
  until,
} from '../historian/fake-machine.ts';
import { type Influxd, influxd } from '../historian/influxd.ts';
import { need } from '../needs.ts';
import { said } from './clients.ts';
import { Shelf } from './history-shelf.ts';

const declaration = signal('temperature.zone1');
const beginMs = Math.floor(Date.now() / 60_000) * 60_000 - 1_800_000;
const spanMs = 900_000;

/** Fifteen minutes: a wave every 5 s with a failure and a gap in it. */
const samples: readonly HistoryPoint[] = Array.from({ length: 180 }, (_, i): HistoryPoint => {
  const atMs = beginMs + i * 5_000;
  return i >= 40 && i < 44 ? [atMs, null, 'BadSensorFailure'] : [atMs, 20 + (i % 13), 'Good'];
}).filter((_, i) => i < 90 || i >= 110);

function record(machine: FakeMachine): void {
  for (const [sourceTimeMs, value, quality] of samples) {
    machine.publish({ signal: declaration.id, value: value ?? 99, quality: quality as 'Good', sourceTimeMs });
  }
}

function scanOf(history: HistoryReader, points: number) {
  const patience = new Patience({} as ISessionContext, new HistoryReadRequest({}));
  return { history, declaration, budget: { points }, patience };
}

const shown = (value: DataValue): string => `${value.sourceTimestamp?.getTime()} ${said(value)}`;
const goodOnes = (points: readonly HistoryPoint[]) => points.filter(([, , quality]) => quality === 'Good');

/** Every aggregate and some moments, in answers of 100 points at most. */
async function everything(history: HistoryReader): Promise<Record<string, string[]>> {
  const told: Record<string, string[]> = {};
  for (const aggregate of aggregates) {
    for (const widthMs of [30_000, 77_000]) {
      const seen: string[] = [];
      const division = divisionOf(beginMs, beginMs + spanMs, widthMs);
      let next = 0;
      for (let answers = 0; next < division.count; answers++) {
        assert.ok(answers < 20, 'it goes on');
        const reading = { kind: 'processed', aggregate, settings: defaultSettings, division, next } as const;
        const answered = await readProcessed(scanOf(history, 100), reading, 1_000);
        assert.ok('dataValues' in answered);
        seen.push(...(answered.dataValues ?? []).map(shown));
        next += answered.dataValues?.length ?? 0;
      }
      told[`${aggregate.name} of ${widthMs} ms`] = seen;
    }
  }
  const times = Array.from({ length: 60 }, (_, i) => beginMs + i * 15_500);
  const reading = { kind: 'atTime', times, useSimpleBounds: false, next: 0 } as const;
  told['at times'] = ((await readAtTime(scanOf(history, 10_000), reading, 1_000)).dataValues ?? []).map(shown);
  return told;
}

/** What the store recorded, on a shelf. */
async function copied(reader: HistoryReader): Promise<Shelf> {
  const shelf = new Shelf();
  shelf.points = await reader.query({ signal: declaration.id, fromMs: 0, toMs: Date.now(), limit: 1_000 });
  assert.deepEqual(goodOnes(shelf.points), goodOnes(samples));
  assert.ok(shelf.points.some(([, , quality]) => quality === 'BadSensorFailure'));
  return shelf;
}

describe('OPC UA history from real stores', function () {
  this.timeout(60_000);
  let folder: ReturnType<typeof temporaryFolder>;
  const open: Historian[] = [];

  beforeEach(() => {
    folder = temporaryFolder();
  });
  afterEach(async () => {
    for (const historian of open.splice(0)) await historian.close();
    folder.remove();
  });

  async function recorded(target: InfluxTarget | null): Promise<Historian> {
    const machine = fakeMachine(declaration);
    const historian = await openHistorian(historianOptions(join(folder.path, 'data'), machine, { target }));
    open.push(historian);
    record(machine);
    await historian.flush();
    await until('everything is delivered', () => historian.account().spooled === 0);
    return historian;
  }

  it('says of the embedded store what its points say', async () => {
    const { reader } = await recorded(null);
    assert.deepEqual(await everything(reader), await everything(await copied(reader)));
  });

  it('says of InfluxDB what its points say', async function () {
    need(this, 'influxd');
    const database: Influxd = await influxd(join(folder.path, 'influx'));
    try {
      await database.start();
      const target = { flavour: 'v1', url: database.url, database: 'plant', username: null, password: null } as const;
      const { reader } = await recorded(target);
      assert.deepEqual(await everything(reader), await everything(await copied(reader)));
    } finally {
      for (const historian of open.splice(0)) await historian.close();
      await database.stop();
    }
  });

  it('gives the means that the store gives by itself, where all samples are good', async () => {
    const { reader } = await recorded(null);
    const aggregate = aggregates.find(({ name }) => name === 'Average') ?? assert.fail();
    const division = divisionOf(beginMs, beginMs + 180_000, 60_000);
    const reading = { kind: 'processed', aggregate, settings: defaultSettings, division, next: 0 } as const;
    const answered = await readProcessed(scanOf(reader, 10_000), reading, 1_000);
    const query = { signal: declaration.id, fromMs: beginMs, toMs: beginMs + 180_000, intervalMs: 60_000, limit: 10 };
    const own = await reader.query({ ...query, aggregate: 'average' });
    assert.ok('dataValues' in answered);
    assert.deepEqual(
      answered.dataValues?.map(({ value }) => value.value as number),
      own.map(([, value]) => value),
    );
  });
});
