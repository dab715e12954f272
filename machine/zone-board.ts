import type { Gains } from './declaration.ts';
import type { Readiness } from './control/readiness.ts';
import type { Equipment } from './equipment.ts';
import type { Situation } from './situation.ts';
import type { Tuning } from './tuning/tuning.ts';
import type { ZoneStatus } from './zone-status.ts';

/** Tells how the zones are controlled: asked for about once a second, not in every scan. */
export class ZoneBoard {
  readonly #equipment: Equipment;
  readonly #readiness: Readiness;
  readonly #tuning: Tuning;

  constructor(equipment: Equipment, readiness: Readiness, tuning: Tuning) {
    this.#equipment = equipment;
    this.#readiness = readiness;
    this.#tuning = tuning;
  }

  status({ heatingOn }: Readonly<Situation>): readonly ZoneStatus[] {
    return this.#equipment.zones.map((zone) => ({
      id: zone.declaration.id,
      title: zone.declaration.title,
      gains: gainsOf(zone.pid),
      gainsFrom: zone.gainsFrom,
      configuredGains: gainsOf(zone.declaration.pid),
      minimumC: zone.minimumC,
      workingSetpointC: zone.workingSetpointC,
      secondsToBand: heatingOn ? this.#readiness.secondsToBand(zone) : null,
      tuning: this.#tuning.status(zone),
    }));
  }
}

function gainsOf({ kp, ki, kd }: Gains): Gains {
  return { kp, ki, kd };
}
