import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment, Sensor, Zone } from '../equipment.ts';
import { isTrue, numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';

/** Fan, pump and nozzle fan as AUTO wants them. */
export interface AuxiliaryDemand {
  readonly fan: boolean;
  readonly pump: boolean;
  readonly nozzleFanPercent: number;
}

/** Goes on above a limit and off again `hysteresisK` below it. */
class Thermostat {
  readonly #sensor: Sensor;
  readonly #aboveC: number;
  readonly #hysteresisK: number;
  #on = false;

  constructor(sensor: Sensor, aboveC: number, hysteresisK: number) {
    this.#sensor = sensor;
    this.#aboveC = aboveC;
    this.#hysteresisK = hysteresisK;
  }

  /** @param graceIsOver from then on a temperature that is not known counts as hot: cooling errs on the cool side */
  isHot(graceIsOver: boolean): boolean {
    const { channel } = this.#sensor;
    if (channel.isGood) {
      const temperatureC = numberOf(channel.cell);
      this.#on = temperatureC > this.#aboveC || (this.#on && temperatureC >= this.#aboveC - this.#hysteresisK);
    } else if (graceIsOver && (channel.isStale || channel.hasFailed)) this.#on = true;
    return this.#on;
  }
}

export class Auxiliaries {
  readonly #declaration: MachineDeclaration;
  readonly #equipment: Equipment;
  readonly #motor: Thermostat;
  readonly #zones: readonly Thermostat[];
  readonly #nozzle: Thermostat;
  #turnedAtMs: number | null = null;

  constructor(declaration: MachineDeclaration, equipment: Equipment) {
    const { fanAboveMotorC, fanAboveZoneC, nozzleFanAboveC, hysteresisK } = declaration.auxiliaries;
    this.#declaration = declaration;
    this.#equipment = equipment;
    this.#motor = new Thermostat(equipment.motor, fanAboveMotorC, hysteresisK);
    this.#zones = equipment.zones.map(({ sensor }) => new Thermostat(sensor, fanAboveZoneC, hysteresisK));
    this.#nozzle = new Thermostat(nozzleOf(declaration, equipment).sensor, nozzleFanAboveC, hysteresisK);
  }

  demand({ nowMs, startedAtMs, state }: Readonly<Situation>): AuxiliaryDemand {
    const { auxiliaries, guards } = this.#declaration;
    const graceIsOver = nowMs - startedAtMs >= guards.startupSeconds * 1_000;
    let fan = this.#motor.isHot(graceIsOver);
    for (const zone of this.#zones) fan = zone.isHot(graceIsOver) || fan;
    for (const drive of this.#equipment.drives) {
      if (drive.commandRpm === 0 && !isTrue(drive.running.raw)) continue;
      this.#turnedAtMs = nowMs;
      // the drive that a start can't do without is the main drive
      if (drive.declaration.neededToStart) fan = true;
    }
    const pump = this.#turnedAtMs !== null && nowMs - this.#turnedAtMs <= auxiliaries.pumpRunOnSeconds * 1_000;
    const nozzleHot = this.#nozzle.isHot(graceIsOver);
    const nozzleFanPercent =
      state === 'RUNNING' ? auxiliaries.nozzleFanRunningPercent : nozzleHot ? auxiliaries.nozzleFanIdlePercent : 0;
    return { fan, pump, nozzleFanPercent };
  }
}

function nozzleOf(declaration: MachineDeclaration, equipment: Equipment): Zone {
  const { nozzleZone } = declaration.auxiliaries;
  const zone = equipment.zones.find(({ declaration: { id } }) => id === nozzleZone);
  if (zone === undefined) throw new RangeError(`nozzle zone ${nozzleZone} is not among the zones`);
  return zone;
}
