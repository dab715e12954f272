import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { isDriven, isHeated, lookAt } from './course.ts';
import { startPlant, untilState, type Plant } from './plant.ts';
import type { Reply } from './rest-client.ts';
import { until } from './until.ts';

/** What a lane's machine does when a fault strikes. */
export type Duty = 'idle' | 'heating' | 'running';

const settings = {
  'heater.zone1.setpoint': 200,
  'heater.zone2.setpoint': 200,
  'motor.main.setpoint': 600,
  'motor.feed.setpoint': 200,
};

/** Some time in which what wants to restart by itself would. */
const restMs = 750;

/**
 * A plant on which faults are tried one after the other, while other lanes try others. Soaking takes a second there instead
 * of half a minute: it is no fault's business.
 */
export class Lane {
  readonly plant: Plant;
  readonly #configDir: string;
  readonly #results = new Map<string, Promise<unknown>>();
  #queue: Promise<unknown> = Promise.resolve();

  private constructor(plant: Plant, configDir: string) {
    this.plant = plant;
    this.#configDir = configDir;
  }

  /** @param barrelC true temperature of both zones at the start */
  static async start(barrelC: number): Promise<Lane> {
    const configDir = await mkdtemp(path.join(tmpdir(), 'tve-lane-'));
    const config = path.join(configDir, 'tvemicro.yaml');
    const factory = await readFile('config/tvemicro.yaml', 'utf8');
    assert.match(factory, /soakSeconds: 30/);
    await writeFile(config, factory.replace('soakSeconds: 30', 'soakSeconds: 1'));
    const plant = await startPlant({ config, temperaturesC: { zone1: barrelC, zone2: barrelC } });
    return new Lane(plant, configDir);
  }

  async stop(): Promise<void> {
    await Promise.allSettled([this.#queue]);
    await this.plant.stop();
    await rm(this.#configDir, { recursive: true, force: true });
  }

  /** Puts a trial at the end of the lane's queue. */
  enqueue(name: string, trial: () => Promise<unknown>): void {
    const result = this.#queue.then(trial);
    this.#queue = Promise.allSettled([result]);
    this.#results.set(name, result);
  }

  /** The end of a trial that was put into the queue; asked a second time, tries it again. */
  async ask(name: string, trial: () => Promise<unknown>): Promise<void> {
    if (!this.#results.has(name)) this.enqueue(name, trial);
    const result = this.#results.get(name);
    this.#results.delete(name);
    await result;
  }

  /** Brings the machine to where the fault is to strike, whatever was before, with nothing left to announce. */
  async begin(duty: Duty, changed: Readonly<Record<string, number>> = {}): Promise<void> {
    const { plant } = this;
    await this.rest();
    for (const [signal, value] of Object.entries({ ...settings, ...changed })) {
      assert.equal((await plant.operator.put(`/signals/${signal}`, { value })).status, 200, signal);
    }
    if (duty === 'idle') return;
    if (duty === 'running')
      await plant.warm({ zone1: settings['heater.zone1.setpoint'], zone2: settings['heater.zone2.setpoint'] });
    await this.heatOn();
    if (duty === 'heating') {
      await until('heaters on', 10_000, async () => isHeated(await plant.truth()));
      return;
    }
    await untilState(plant, 'READY', 30_000);
    const start = await plant.operator.post('/machine/start');
    assert.equal(start.status, 200, JSON.stringify(start.body));
    await untilState(plant, 'RUNNING', 30_000);
  }

  /** Asks until it is accepted: outputs have to be verified first. */
  async heatOn(): Promise<void> {
    let last: Reply<unknown> | null = null;
    await until(
      'heat on',
      20_000,
      async () => (last = await this.plant.operator.post('/machine/heat', { on: true })).status === 200,
      () => last,
    );
  }

  /** Repaired, heating off, everything Good, cleared and acknowledged. */
  async rest(): Promise<void> {
    const { plant } = this;
    await plant.repairAll();
    await this.allGood();
    await plant.operator.post('/machine/heat', { on: false });
    let last: unknown = null;
    await until(
      'the machine at rest',
      40_000,
      async () => {
        await this.acknowledgeAll();
        await plant.operator.post('/alarms/clear');
        const { machine, alarms, truth } = await lookAt(plant);
        last = [machine.state, alarms.map(({ id, state }) => `${id} ${state}`)];
        return machine.state === 'IDLE' && alarms.length === 0 && !isDriven(truth);
      },
      () => last,
    );
  }

  async acknowledgeAll(): Promise<void> {
    for (const { id, occurrenceId, acknowledged } of await this.plant.alarms()) {
      if (!acknowledged) await this.plant.operator.post(`/alarms/${id}/acknowledge`, { occurrenceId });
    }
  }

  async allGood(): Promise<void> {
    let bad: unknown = null;
    await until(
      'every signal Good',
      30_000,
      async () => (bad = (await lookAt(this.plant)).signals.filter(({ quality }) => quality !== 'Good')).length === 0,
      () => bad,
    );
  }

  /**
   * The fault is gone: nothing resumes by itself, neither before the alarms are cleared nor after.
   *
   * @param known ids of alarms that may stand now
   */
  async staysSafe(known: readonly string[], canBeCleared: boolean): Promise<void> {
    const { plant } = this;
    await plant.repairAll();
    await this.allGood();
    await pause(restMs);
    const repaired = await lookAt(plant);
    assert.equal(repaired.machine.state, 'ALARM', 'the trip stays latched when its cause is gone');
    const fresh = repaired.alarms.map(({ id }) => id).filter((id) => !known.includes(id));
    assert.deepEqual(fresh, [], 'the end of the fault rang another alarm');
    assert.ok(!isHeated(repaired.truth) && !isDriven(repaired.truth), 'something came on by itself');
    if (!canBeCleared) {
      assert.equal((await plant.operator.post('/alarms/clear')).status, 409);
      return;
    }
    let last: Reply<unknown> | null = null;
    await until(
      'cleared',
      10_000,
      async () => (last = await plant.operator.post('/alarms/clear')).status === 200,
      () => last,
    );
    await pause(restMs);
    const { machine, truth, signals } = await lookAt(plant);
    assert.equal(machine.state, 'IDLE');
    assert.equal(signals.find(({ id }) => id === 'heater.enabled')?.value, false);
    assert.ok(!isHeated(truth) && !isDriven(truth) && !truth.contactorClosed, 'a clear is no start');
  }
}
