import { setTimeout as pause } from 'node:timers/promises';
import type { Plant, Truth } from './plant.ts';
import type { AlarmReply, MachineReply, SignalReply } from './rest-client.ts';

/** Between two looks, in ms: fine enough for limits of seconds, and no load that would shift them. */
const lookEveryMs = 80;
/** A late scan is the doing of this computer, which tests share, and not of the fault. */
const ownToComputer = 'SCAN_OVERRUN';

/** The plant at one moment, as a client sees it and as it truly is. */
export interface Look {
  /** Since the fault struck. */
  readonly seconds: number;
  readonly signals: readonly SignalReply[];
  /** Those that call somebody; neither suppressed nor shelved. */
  readonly alarms: readonly AlarmReply[];
  readonly machine: MachineReply;
  readonly truth: Truth;
}

/** What became of a fault. Times in s since it struck. */
export interface Course {
  /** When each signal left Good for the first time. */
  readonly leftGood: ReadonlyMap<string, number>;
  /** Every alarm that was announced, in order. */
  readonly announced: ReadonlyMap<string, number>;
  /** null: the machine went on. */
  readonly tripSeconds: number | null;
  /** Since when no zone gets heat; null: some zone still does. */
  readonly heatOffSeconds: number | null;
  /** Since when no drive is driven; null: one still is. */
  readonly drivesOffSeconds: number | null;
  readonly last: Look;
}

export async function lookAt(plant: Plant, sinceMs = performance.now()): Promise<Look> {
  const [signals, alarms, machine, truth] = await Promise.all([
    plant.operator.get<readonly SignalReply[]>('/signals'),
    plant.alarms(),
    plant.machine(),
    plant.truth(),
  ]);
  return {
    seconds: (performance.now() - sinceMs) / 1_000,
    signals: signals.body,
    alarms: alarms.filter(({ id }) => id !== ownToComputer),
    machine,
    truth,
  };
}

export function isHeated({ heating }: Truth): boolean {
  return Object.values(heating).some((share) => share > 0);
}

export function isDriven({ drives }: Truth): boolean {
  return Object.values(drives).some(({ targetRpm }) => targetRpm !== 0);
}

/**
 * Watches the plant from the moment a fault strikes.
 *
 * @param isOver asked at every look, and told when the machine tripped
 * @param judge sees every look
 */
export async function watch(
  plant: Plant,
  strike: () => Promise<unknown>,
  isOver: (look: Look, tripSeconds: number | null) => boolean,
  judge: (look: Look) => void = () => undefined,
): Promise<Course> {
  const leftGood = new Map<string, number>();
  const announced = new Map<string, number>();
  let tripSeconds: number | null = null;
  let heatOffSeconds: number | null = null;
  let drivesOffSeconds: number | null = null;
  const sinceMs = performance.now();
  await strike();
  for (;;) {
    const last = await lookAt(plant, sinceMs);
    const { seconds, truth } = last;
    for (const { id, quality } of last.signals) if (quality !== 'Good' && !leftGood.has(id)) leftGood.set(id, seconds);
    for (const { id } of last.alarms) if (!announced.has(id)) announced.set(id, seconds);
    if (last.machine.state === 'ALARM') tripSeconds ??= seconds;
    heatOffSeconds = isHeated(truth) ? null : (heatOffSeconds ?? seconds);
    drivesOffSeconds = isDriven(truth) ? null : (drivesOffSeconds ?? seconds);
    judge(last);
    if (isOver(last, tripSeconds)) return { leftGood, announced, tripSeconds, heatOffSeconds, drivesOffSeconds, last };
    await pause(lookEveryMs);
  }
}
