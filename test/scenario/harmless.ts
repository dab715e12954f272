import assert from 'node:assert/strict';
import { watch, type Look } from './course.ts';
import type { Lane } from './lane.ts';

/** What happens on every line now and then, and must pass without a trace. */
export interface Nuisance {
  readonly fault: string;
  readonly params?: object;
  readonly forSeconds?: number;
}

const few = 2;

export const nuisances: readonly Nuisance[] = [
  { fault: 'late-reply', params: { count: 1 } },
  { fault: 'late-reply', params: { count: few } },
  { fault: 'wrong-unit', params: { count: 1 } },
  { fault: 'wrong-unit', params: { count: few } },
  { fault: 'wrong-length', params: { count: 1 } },
  { fault: 'wrong-length', params: { count: few, bytes: -2 } },
  { fault: 'exception', params: { code: 6 }, forSeconds: 0.4 },
  { fault: 'silent', forSeconds: 0.4 },
];

/** Only RTU has a CRC. */
export const serialNuisances: readonly Nuisance[] = [
  ...nuisances,
  { fault: 'bad-crc', params: { count: 1 } },
  { fault: 'bad-crc', params: { count: few } },
];

/** Strikes several targets at once, and sees that nothing leaves Good, rings or reads otherwise than the plant is. */
export async function passesUnnoticed(
  lane: Lane,
  strikes: readonly (Nuisance & { readonly target: string })[],
  seconds: number,
): Promise<void> {
  const { plant } = lane;
  const words = strikes
    .map(({ target, fault, params }) => `${target} ${fault} ${JSON.stringify(params ?? {})}`)
    .join(', ');
  const strike = async () =>
    Promise.all(strikes.map(({ target, fault, params, forSeconds }) => plant.fault(target, fault, params, forSeconds)));
  const course = await watch(
    plant,
    strike,
    (look) => look.seconds > seconds,
    (look) => assert.deepEqual(disagreements(look), [], `${words}: what is shown is not what is`),
  );
  assert.deepEqual([...course.leftGood.keys()], [], `${words}: left Good`);
  assert.deepEqual([...course.announced.keys()], [], `${words}: rang`);
  assert.equal(course.last.machine.state, 'RUNNING', words);
  await plant.repairAll();
}

/** The sensors' lag and the average of 2 s, while the load changes. */
const temperatureWithinK = 3;

/** Values that are shown as Good and differ from the plant by more than lag, noise and resolution explain. */
function disagreements({ signals, truth }: Look): string[] {
  const shown = new Map(signals.map(({ id, value, quality }) => [id, quality === 'Good' ? value : null]));
  const wrong: string[] = [];
  function compare(id: string, actual: number | boolean | undefined, within = 0): void {
    const value = shown.get(id);
    if (value === null || value === undefined || actual === undefined) return;
    const differs = typeof actual === 'number' ? !(Math.abs(Number(value) - actual) <= within) : value !== actual;
    if (differs) wrong.push(`${id} is shown as ${value} and is ${actual}`);
  }
  for (const [place, temperatureC] of Object.entries(truth.temperatures)) {
    compare(`temperature.${place}`, temperatureC, temperatureWithinK);
    compare(`temperature.${place}.raw`, temperatureC, temperatureWithinK);
  }
  for (const [drive, { speedRpm, running, faultCode, currentA, targetRpm }] of Object.entries(truth.drives)) {
    compare(`motor.${drive}.speed`, speedRpm, 10);
    compare(`motor.${drive}.command`, targetRpm);
    compare(`motor.${drive}.current`, currentA, 1);
    compare(`motor.${drive}.running`, running);
    compare(`motor.${drive}.fault`, faultCode);
  }
  for (const [zone, dutyPercent] of Object.entries(truth.duties)) compare(`heater.${zone}.output`, dutyPercent, 10);
  compare('heater.power', truth.heaterPowerW / 1_000, 0.05);
  compare('safety.estopClosed', truth.estopClosed);
  for (const output of ['fan.on', 'pump.on', 'heater.contactor']) compare(output, truth.coils[output]);
  return wrong;
}
