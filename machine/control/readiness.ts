import type { HeatingDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import { secondsTo, settlesAtC } from '../interlocks/heater-model.ts';
import type { Situation } from '../situation.ts';

/** A zone with a setpoint of 0 is not heated, and nobody waits for it. */
export function isHeated(zone: Zone): boolean {
  return numberOf(zone.setpoint) > 0;
}

export function isInBand(zone: Zone, readyBandK: number): boolean {
  const { channel } = zone.sensor;
  return channel.isGood && Math.abs(numberOf(channel.cell) - numberOf(zone.setpoint)) <= readyBandK;
}

/** Whether the zones are at temperature, and how long they have been. */
export class Readiness {
  readonly #heating: HeatingDeclaration;
  readonly #equipment: Equipment;
  #inBandSinceMs: number | null = null;

  constructor(heating: HeatingDeclaration, equipment: Equipment) {
    this.#heating = heating;
    this.#equipment = equipment;
  }

  refresh({ nowMs, heatingOn }: Readonly<Situation>): void {
    if (heatingOn && this.#allInBand()) this.#inBandSinceMs ??= nowMs;
    else this.#inBandSinceMs = null;
  }

  get inBand(): boolean {
    return this.#inBandSinceMs !== null;
  }

  /** What is left of the soak time, in s; the whole of it while a zone is out of band. */
  soakLeftSeconds(nowMs: number): number {
    const soakedSeconds = this.#inBandSinceMs === null ? 0 : (nowMs - this.#inBandSinceMs) / 1_000;
    return Math.max(0, this.#heating.soakSeconds - soakedSeconds);
  }

  isSoaked(nowMs: number): boolean {
    return this.inBand && this.soakLeftSeconds(nowMs) === 0;
  }

  /** Time until the zone is in band by the heater model, in s; null when it won't get there or can't be told. */
  secondsToBand(zone: Zone): number | null {
    const { channel } = zone.sensor;
    if (!channel.isGood) return null;
    const temperatureC = numberOf(channel.cell);
    const setpointC = numberOf(zone.setpoint);
    const below = temperatureC < setpointC;
    const edgeC = below ? setpointC - this.#heating.readyBandK : setpointC + this.#heating.readyBandK;
    const seconds = secondsTo(zone, temperatureC, edgeC, settlesAtC(zone, below ? 100 : 0));
    return seconds === null ? null : Math.max(seconds, secondsOfRamp(zone, edgeC, below));
  }

  #allInBand(): boolean {
    let heated = false;
    for (const zone of this.#equipment.zones) {
      if (!isHeated(zone)) continue;
      heated = true;
      if (!isInBand(zone, this.#heating.readyBandK)) return false;
    }
    return heated;
  }
}

/** How long the setpoint ramp takes at least to the edge of the band: the zone does not go ahead of it. */
function secondsOfRamp({ declaration, workingSetpointC }: Zone, edgeC: number, upwards: boolean): number {
  const { setpointRampKPerMinute } = declaration;
  if (setpointRampKPerMinute === 0 || workingSetpointC === null) return 0;
  const leftK = upwards ? edgeC - workingSetpointC : workingSetpointC - edgeC;
  return Math.max(0, (leftK / setpointRampKPerMinute) * 60);
}
