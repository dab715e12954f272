import assert from 'node:assert/strict';
import {
  brokenHeaterRow,
  frozenRow,
  heatingRows,
  outputRows,
  runningRows,
  stuckRelayRow,
  type FaultRow,
} from './fault-table.ts';
import { nuisances, passesUnnoticed, serialNuisances } from './harmless.ts';
import { Lane } from './lane.ts';
import { tryFault, tryReboot } from './trial.ts';
import { until } from './until.ts';

/** Each a plant of its own, at work at the same time: most of a fault's time is waiting. */
const plans = [
  { name: 'heating', barrelC: 23, rows: heatingRows },
  { name: 'outputs', barrelC: 120, rows: [...outputRows, frozenRow] },
  { name: 'running', barrelC: 200, rows: runningRows },
  { name: 'slow guards', barrelC: 23, rows: [brokenHeaterRow, stuckRelayRow] },
] as const;

const nuisanceWords = 'what a line does now and then passes without a trace while the machine runs';
const slowWords = 'replies of 100 ms are slow and not lost, of one module and of the whole serial line';

const rebooted = ['ssr1', 'dio1'];
const rebootWords = (module: string): string => `${module} reboots within 0.3 s: outputs and watchdog are set again`;

describe('the faults of the field, with their times', function () {
  this.timeout(400_000);
  const lanes = new Map<string, Lane>();

  before(async () => {
    const started = await Promise.allSettled(
      plans.map(async ({ name, barrelC, rows }) => {
        const lane = await Lane.start(barrelC);
        lanes.set(name, lane);
        if (name === 'running') {
          lane.enqueue(nuisanceWords, async () => tryNuisances(lane));
          lane.enqueue(slowWords, async () => trySlowness(lane));
        }
        if (name === 'outputs') {
          for (const module of rebooted) lane.enqueue(rebootWords(module), async () => tryReboot(lane, module));
        }
        for (const row of rows) lane.enqueue(row.words, async () => tryFault(lane, row));
      }),
    );
    for (const result of started) if (result.status === 'rejected') throw result.reason;
  });
  after(async () => {
    await Promise.all([...lanes.values()].map(async (lane) => lane.stop()));
  });

  for (const { name, rows } of plans) {
    for (const row of rows) it(row.words, async () => trial(name, row));
  }

  for (const module of rebooted) {
    it(rebootWords(module), async () => {
      const lane = laneOf('outputs');
      await lane.ask(rebootWords(module), async () => tryReboot(lane, module));
    });
  }

  it(nuisanceWords, async () => {
    const lane = laneOf('running');
    await lane.ask(nuisanceWords, async () => tryNuisances(lane));
  });

  it(slowWords, async () => {
    const lane = laneOf('running');
    await lane.ask(slowWords, async () => trySlowness(lane));
  });

  function laneOf(name: string): Lane {
    const lane = lanes.get(name);
    assert.ok(lane !== undefined);
    return lane;
  }

  async function trial(name: string, row: FaultRow): Promise<void> {
    const lane = laneOf(name);
    await lane.ask(row.words, async () => tryFault(lane, row));
  }
});

/** Until nothing changes faster than what is shown can follow: drives up to speed, and the first melt in the screw. */
async function steadyRun({ plant }: Lane): Promise<void> {
  const { value: filledSinceMs } = await until('drives at speed', 15_000, async () => {
    const { main } = (await plant.truth()).drives;
    return main !== undefined && Math.abs(main.speedRpm - main.targetRpm) < 1 && performance.now();
  });
  await until('some melt', 10_000, () => performance.now() - filledSinceMs > 5_000);
}

/** A module of each line at a time; each has a second and a quarter to show a wrong value. */
async function tryNuisances(lane: Lane): Promise<void> {
  await lane.begin('running');
  await steadyRun(lane);
  for (const [serial, field] of [
    ['ai1', 'ssr1'],
    ['drive1', 'dio1'],
  ] as const) {
    for (const [place, nuisance] of serialNuisances.entries()) {
      const other = nuisances[place];
      const strikes = [{ ...nuisance, target: serial }, ...(other === undefined ? [] : [{ ...other, target: field }])];
      await passesUnnoticed(lane, strikes, 1.25);
    }
  }
}

async function trySlowness(lane: Lane): Promise<void> {
  await lane.begin('running');
  await steadyRun(lane);
  const slow = { fault: 'slow', params: { delayMs: 100 } };
  for (const targets of [['ai1', 'ssr1'], ['drive1', 'dio1'], ['rtu0']]) {
    await passesUnnoticed(
      lane,
      targets.map((target) => ({ ...slow, target })),
      2.5,
    );
  }
}
