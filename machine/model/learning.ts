import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import { turns } from '../interlocks/cold-extrusion.ts';
import { expectedPowerW, measuredPowerW } from '../interlocks/excess-power.ts';
import { Held } from '../interlocks/held.ts';
import type { Situation } from '../situation.ts';
import type { RetainedModel } from './retained-model.ts';
import { ZoneLearner } from './zone-learner.ts';

/** Melt that is left in the barrel takes heat for this long after the last drive stopped, in s. */
const loadSettlesSeconds = 60;
/**
 * Power and duties agree when they differ by at most this share of what `HEATER_POWER_MISMATCH` tells. What one zone lacks may
 * be small beside the power of all: it is held against the zone's own, too. A reading is allowed a few watts at low duties,
 * and a poll of delay, in s.
 */
const agreeingShare = 0.5;
const agreeingShareOfW = 0.05;
const disagreeingSeconds = 2;
/** A reading that has stood still for this long may be frozen, in s. */
const stillSeconds = 15;
/** Over a gap between scans nothing is known, in s. */
const longestScanSeconds = 2;

/**
 * Learns how the heaters of all zones behave while nothing but them moves the temperatures: heating is on and proved, no
 * drive turns, the readings are good and alive, and the measured power agrees with the duties, so that a heater that fails
 * is found by its guards and not learnt as normal.
 */
export class Learning {
  readonly #equipment: Equipment;
  readonly #learners: readonly ZoneLearner[];
  readonly #mismatchShare: number;
  readonly #allowedW: number;
  readonly #disagrees: readonly Held[];
  #turnedAtMs = Number.NEGATIVE_INFINITY;
  #tripped = false;

  constructor(
    { guards }: MachineDeclaration,
    equipment: Equipment,
    retained: Readonly<Record<string, RetainedModel>> | undefined,
  ) {
    this.#equipment = equipment;
    this.#learners = equipment.zones.map((zone) => new ZoneLearner(zone, retained?.[zone.declaration.id]));
    this.#mismatchShare = guards.powerMismatchShare;
    this.#allowedW = agreeingShareOfW * guards.powerMismatchW;
    this.#disagrees = this.#learners.map(() => new Held());
  }

  /** After the guards have judged the readings of this scan. */
  observe(situation: Readonly<Situation>): void {
    const { nowMs, dtSeconds, state } = situation;
    if (this.#equipment.drives.some(turns)) this.#turnedAtMs = nowMs;
    const undisturbed = this.#isUndisturbed(situation);
    const expectedW = expectedPowerW(this.#equipment);
    const differenceW = Math.abs(measuredPowerW(this.#equipment) - expectedW);
    const trips = state === 'ALARM' && !this.#tripped;
    this.#tripped = state === 'ALARM';
    for (let place = 0; place < this.#learners.length; place++) {
      const learner = this.#learners[place];
      if (learner === undefined) continue;
      const agrees = differenceW <= this.#allowedW + this.#mismatchShare * this.#explicableW(learner.zone, expectedW);
      const disagrees = this.#disagrees[place]?.atLeast(!agrees, disagreeingSeconds, nowMs) === true;
      if (trips) learner.recant();
      else if (undisturbed && !disagrees && isAlive(learner.zone, nowMs)) learner.learn(dtSeconds);
      else learner.pause();
    }
  }

  /** The power of which a share may be missing, in W. */
  #explicableW({ dutyPercent, declaration: { nominalPowerW } }: Zone, expectedW: number): number {
    return Math.min(agreeingShare * expectedW, (dutyPercent / 100) * nominalPowerW);
  }

  learner(zone: Zone): ZoneLearner | undefined {
    return this.#learners.find((each) => each.zone === zone);
  }

  /** Whether something that is to survive a restart changed since the last call. */
  takeChanged(): boolean {
    let changed = false;
    for (const learner of this.#learners) {
      changed ||= learner.changed;
      learner.changed = false;
    }
    return changed;
  }

  retained(): Record<string, RetainedModel> {
    return Object.fromEntries(this.#learners.map(({ zone, retained }) => [zone.declaration.id, retained]));
  }

  #isUndisturbed({ nowMs, dtSeconds, heatingOn, provingSinceMs, state }: Readonly<Situation>): boolean {
    const scanned = dtSeconds > 0 && dtSeconds <= longestScanSeconds;
    const heats = heatingOn && provingSinceMs === null && state !== 'ALARM';
    return heats && scanned && nowMs - this.#turnedAtMs >= loadSettlesSeconds * 1_000;
  }
}

/** The zone and those that warm it are read, and their readings move as live ones do. */
function isAlive(zone: Zone, nowMs: number): boolean {
  const { channel } = zone.sensor;
  const stillMs = nowMs - (channel.unchangedSinceMs ?? nowMs);
  return channel.isGood && stillMs < stillSeconds * 1_000 && zone.warmers.every(({ sensor }) => sensor.channel.isGood);
}
