import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { machineStates } from '../../machine/control/state.ts';
import { startPlant, type Plant } from './plant.ts';
import type { SignalReply } from './rest-client.ts';
import { until } from './until.ts';

/** TVE_LONG_MINUTES bounds the campaign; TVE_LONG_SEED repeats one. */
const minutes = Number(process.env['TVE_LONG_MINUTES'] ?? 10);
const seed = Number(process.env['TVE_LONG_SEED'] ?? Date.now() % 1_000_000);

/** A reading older than this is not fresh: its limit of a second, a scan, and the way to the client on a busy computer. */
const freshMs = 2_500;

/** An enumeration's value counts along its states. */
const resting = [machineStates.indexOf('IDLE'), machineStates.indexOf('ALARM')];

const modules = ['ai1', 'drive1', 'drive2', 'dio1', 'ssr1'];

/** Small and good enough to choose faults with (Park & Miller 1988). */
function dice(start: number): (sides: number) => number {
  let state = (start % 2_147_483_646) + 1;
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % sides;
  };
}

describe(`outages for ${minutes} minutes, seed ${seed}`, () => {
  let plant: Plant;
  before(async () => {
    plant = await startPlant();
  });
  after(async () => plant.stop());

  it('leave no old value shown as good, start nothing by themselves, and are all recovered from', async () => {
    const roll = dice(seed);
    const choose = <T>(list: readonly T[]): T => list[roll(list.length)] as T;
    const outages: readonly { readonly name: string; readonly strike: () => Promise<unknown> | void }[] = [
      { name: 'silent', strike: () => plant.fault(choose(modules), 'silent') },
      { name: 'slow', strike: () => plant.fault(choose(modules), 'slow', { delayMs: 150 }) },
      { name: 'late reply', strike: () => plant.fault(choose(modules), 'late-reply') },
      { name: 'bad CRC', strike: () => plant.fault(choose(['ai1', 'drive1', 'drive2']), 'bad-crc') },
      { name: 'wrong length', strike: () => plant.fault(choose(modules), 'wrong-length') },
      { name: 'exception', strike: () => plant.fault(choose(modules), 'exception') },
      { name: 'cut', strike: () => plant.fault(choose(modules), 'cut') },
      { name: 'gateway killed', strike: () => void process.kill(plant.pid('gateway'), 'SIGKILL') },
      { name: 'control killed', strike: () => void process.kill(plant.pid('control'), 'SIGKILL') },
    ];
    const inputs = new Set<string>();
    const endMs = performance.now() + minutes * 60_000;
    let rounds = 0;
    while (performance.now() < endMs) {
      const { name, strike } = choose(outages);
      await strike();
      await watch(name, 1_000 + roll(6_000));
      await plant.repairAll();
      await until(`recovery from ${name}`, 90_000, async () => {
        const signals = await look();
        return signals?.every(({ quality }) => quality === 'Good');
      });
      rounds++;
    }
    console.log(`  ${rounds} outages`);
    assert.ok(rounds > 0);

    async function watch(name: string, forMs: number): Promise<void> {
      const until = performance.now() + forMs;
      while (performance.now() < until) {
        for (const { id, quality, ageMs, value } of (await look()) ?? []) {
          if (quality === 'Good' && inputs.has(id))
            assert.ok(ageMs < freshMs, `${name}: ${id} is Good and ${ageMs} ms old`);
          if (id === 'machine.state' && quality === 'Good')
            assert.ok(resting.includes(Number(value)), `${name}: the machine is in ${machineStates[Number(value)]}`);
        }
        await pause(100);
      }
    }

    /** null while the gateway is away. */
    async function look(): Promise<readonly SignalReply[] | null> {
      try {
        const { status, body } = await plant.operator.get<SignalReply[]>('/signals');
        if (status !== 200) return null;
        for (const { id } of body)
          if (/^(temperature|motor\..*\.(speed|current|running|fault)|safety|heater\.(power|energy))/.test(id))
            inputs.add(id);
        return body;
      } catch (error) {
        if (error instanceof TypeError) return null;
        throw error;
      }
    }
  });
});
