import type { Gains } from './declaration.ts';
import type { Readiness } from './control/readiness.ts';
import type { Equipment } from './equipment.ts';
import type { Situation } from './situation.ts';
import type { ZoneStatus } from './zone-status.ts';

/** Tells how the zones are controlled: asked for about once a second, not in every scan. */
export class ZoneBoard {
  readonly #equipment: Equipment;
  readonly #readiness: Readiness;

  constructor(equipment: Equipment, readiness: Readiness) {
    this.#equipment = equipment;
    this.#readiness = readiness;
  }

  status({ heatingOn }: Readonly<Situation>): readonly ZoneStatus[] {
    return this.#equipment.zones.map((zone) => ({
      id: zone.declaration.id,
      title: zone.declaration.title,
      gains: gainsOf(zone.pid),
      gainsFrom: zone.gainsFrom,
      configuredGains: gainsOf(zone.declaration.pid),
      ownGains: gainsOf(zone.gainsFrom === 'recipe' ? (zone.ownGains?.gains ?? zone.declaration.pid) : zone.pid),
      minimumC: zone.minimumC,
      workingSetpointC: zone.workingSetpointC,
      secondsToBand: heatingOn ? this.#readiness.secondsToBand(zone) : null,
    }));
  }
}

function gainsOf({ kp, ki, kd }: Gains): Gains {
  return { kp, ki, kd };
}
