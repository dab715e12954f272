import type { MachineDeclaration, ZoneDeclaration } from '../../machine/declaration.ts';
import { SwapWatch } from '../../machine/interlocks/swap-watch.ts';
import { guardZonesSwapped } from '../../machine/interlocks/zones-swapped.ts';
import { factoryMachine } from './factory.ts';
import { GuardBench } from './guard-bench.ts';

export const alarm = 'ZONES_SWAPPED';
export const [reading1, reading2] = ['temperature.zone1', 'temperature.zone2'] as const;

/** Of a barrel so heavy that nothing but its duty tells how fast it goes, to the last digit. */
const heavySeconds = 2 ** 70;

/** 1 % drives it by so much, at once or a dead time later, and no neighbour warms it. */
export function driven(kPerSPerPercent: number, deadTimeSeconds = 0): Pick<ZoneDeclaration, 'model'> {
  const gainKPerPercent = kPerSPerPercent * heavySeconds;
  return { model: { gainKPerPercent, timeConstantSeconds: heavySeconds, deadTimeSeconds, ambientC: 23, coupling: [] } };
}

interface Scene {
  /** After which swapped zones are told. */
  readonly swappedSeconds?: number;
  readonly zones?: readonly Partial<ZoneDeclaration>[];
}

/** A machine that scans once a second. Full duty drives both zones by 3 K/s, at once. */
export function machineOf({
  swappedSeconds = 60,
  zones = [driven(0.03), driven(0.03)],
}: Scene = {}): MachineDeclaration {
  const machine = factoryMachine();
  return {
    ...machine,
    scanPeriodMs: 1_000,
    zones: machine.zones.map((zone, place) => ({ ...zone, ...zones[place] })),
    guards: { ...machine.guards, swappedSeconds },
  };
}

export interface Watched {
  readonly made: GuardBench;
  readonly swaps: SwapWatch;
}

export function watched(machine: MachineDeclaration = machineOf()): Watched {
  const made = new GuardBench(machine);
  const swaps = new SwapWatch(made);
  made.guards.push((situation) => swaps.observe(situation), guardZonesSwapped(made, swaps));
  return { made, swaps };
}

export function suspected({ made, swaps }: Watched, zone = 'zone1'): boolean {
  return swaps.suspects(made.zone(zone));
}

/** The two zones of the swap that is told; none: no swap is. */
export function told({ swaps }: Watched): string[] {
  const { found } = swaps;
  return found === null ? [] : [found.one.declaration.id, found.other.declaration.id];
}

/** Each of the two zones does what the other's duty tells, from the first scan on. */
export function swapped({ made }: Watched, [percent1, percent2]: readonly [number, number]): (seconds: number) => void {
  made.zone('zone1').dutyPercent = percent1;
  made.zone('zone2').dutyPercent = percent2;
  return (seconds) => {
    made.reads.set(reading1, 23 + 0.03 * percent2 * seconds);
    made.reads.set(reading2, 23 + 0.03 * percent1 * seconds);
  };
}

/** A third zone, like the second, with the motor's sensor. */
export function withZone3(machine: MachineDeclaration): MachineDeclaration {
  const zone3 = machine.zones.slice(1, 2).map((zone) => ({
    ...zone,
    id: 'zone3',
    title: 'Barrel zone 3',
    temperature: 'temperature.motor',
    raw: 'temperature.motor.raw',
  }));
  return { ...machine, zones: [...machine.zones, ...zone3] };
}
