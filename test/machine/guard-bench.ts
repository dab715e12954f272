import { Acquisition } from '../../machine/acquisition/acquisition.ts';
import type { AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { AlarmEngine } from '../../machine/alarms/engine.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import { resolveEquipment, type Drive, type Equipment, type Zone } from '../../machine/equipment.ts';
import { Image, numberOf } from '../../machine/image.ts';
import type { Guard, GuardGround } from '../../machine/interlocks/guard.ts';
import type { Quality } from '../../machine/quality.ts';
import { initialSituation, type Situation } from '../../machine/situation.ts';
import { factoryMachine } from './factory.ts';

const startMs = 1_000;
const wallMs = Date.UTC(2026, 10, 23, 6);

/**
 * Guards by themselves on the equipment of the machine: a test says what is read, what the duties are and what the machine
 * does, so that a limit can be met exactly. Temperatures are not averaged, and may jump. Time passes only by `scan`.
 */
export class GuardBench implements GuardGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly alarms: AlarmEngine;
  readonly situation: Situation = { ...initialSituation(startMs, wallMs), state: 'HEATING', heatingOn: true };
  /** What the modules answer, by signal; what is not in it is not polled. */
  readonly reads = new Map<string, number | Quality>();
  readonly guards: Guard[] = [];
  readonly #image: Image;
  readonly #acquisition: Acquisition;

  constructor(declaration: MachineDeclaration = factoryMachine()) {
    this.declaration = exact(declaration);
    this.#image = new Image(this.declaration, wallMs);
    this.#acquisition = new Acquisition(this.declaration, this.#image, startMs);
    this.equipment = resolveEquipment(this.declaration, this.#image, this.#acquisition);
    this.alarms = new AlarmEngine(this.declaration.alarms, this.declaration.annunciation);
    for (const { declaration: zone } of this.equipment.zones) {
      this.reads.set(zone.temperature, 23);
      this.setTo(zone.id, 0);
    }
    this.reads.set(this.declaration.heating.power, 0);
  }

  zone(id: string): Zone {
    return found(this.equipment.zones, id);
  }

  drive(id: string): Drive {
    return found(this.equipment.drives, id);
  }

  setTo(zone: string, setpointC: number): void {
    this.#image.put(this.zone(zone).setpoint, setpointC, 'Good', wallMs);
  }

  /** The readings come in, the trails go on, the guards judge. */
  scan(): void {
    const { situation } = this;
    const stepMs = this.declaration.scanPeriodMs;
    situation.nowMs += stepMs;
    situation.wallMs += stepMs;
    situation.dtSeconds = stepMs / 1_000;
    const at = { atMs: situation.nowMs, wallMs: situation.wallMs };
    for (const [signal, read] of this.reads) {
      const reading =
        typeof read === 'number' ? { value: read, quality: 'Good' as const } : { value: null, quality: read };
      this.#acquisition.receive([{ signal, ...reading, ...at }]);
    }
    this.#acquisition.refresh([], situation.nowMs);
    for (const { duties, trail, sensor, dutyPercent } of this.equipment.zones) {
      duties.push(situation.nowMs, dutyPercent);
      if (sensor.channel.isGood) trail.push(situation.nowMs, numberOf(sensor.channel.raw));
      else trail.restart();
    }
    for (const guard of this.guards) guard(situation);
    this.alarms.settle({ monotonicMs: situation.nowMs, wallMs: situation.wallMs });
  }

  run(seconds: number): void {
    const untilMs = this.situation.nowMs + seconds * 1_000;
    while (this.situation.nowMs < untilMs) this.scan();
  }

  /**
   * @param before is told the seconds that each scan comes after the first one, before it
   * @returns seconds from the first scan to the one in which `condition` holds; null: in none of the next `withinSeconds`
   */
  secondsUntil(
    condition: () => boolean,
    withinSeconds: number,
    before: (seconds: number) => void = () => undefined,
  ): number | null {
    const stepSeconds = this.declaration.scanPeriodMs / 1_000;
    for (let seconds = 0; seconds <= withinSeconds; seconds += stepSeconds) {
      before(seconds);
      this.scan();
      if (condition()) return seconds;
    }
    return null;
  }

  alarm(id: string): AlarmOccurrence | null {
    return this.alarms.point(id).occurrence;
  }

  trips(id: string): boolean {
    return this.alarm(id)?.trip === true;
  }
}

function found<T extends { readonly declaration: { readonly id: string } }>(parts: readonly T[], id: string): T {
  const part = parts.find(({ declaration }) => declaration.id === id);
  if (part === undefined) throw new RangeError(`no ${id}`);
  return part;
}

/** What is read is what control uses. */
function exact(machine: MachineDeclaration): MachineDeclaration {
  const signals = new Map(
    [...machine.signals].map(([id, signal]) => [
      id,
      signal.averageSeconds === undefined ? signal : { ...signal, averageSeconds: 0 },
    ]),
  );
  const sensors = machine.sensors.map((sensor) => ({ ...sensor, maximumJumpK: 1_000 }));
  return { ...machine, signals, sensors };
}
