import type { Gains } from './declaration.ts';
import type { Readiness } from './control/readiness.ts';
import type { Equipment, Zone } from './equipment.ts';
import type { Learning } from './model/learning.ts';
import type { Situation } from './situation.ts';
import type { Tuning } from './tuning/tuning.ts';
import type { ZoneModelStatus, ZoneStatus } from './zone-status.ts';

export interface ZoneBoardGround {
  readonly equipment: Equipment;
  readonly readiness: Readiness;
  readonly learning: Learning;
  readonly tuning: Tuning;
}

/** Tells how the zones are controlled: asked for about once a second, not in every scan. */
export class ZoneBoard {
  readonly #equipment: Equipment;
  readonly #readiness: Readiness;
  readonly #learning: Learning;
  readonly #tuning: Tuning;

  constructor({ equipment, readiness, learning, tuning }: ZoneBoardGround) {
    this.#equipment = equipment;
    this.#readiness = readiness;
    this.#learning = learning;
    this.#tuning = tuning;
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
      model: this.#modelOf(zone),
      test: zone.test,
      tuning: this.#tuning.status(zone),
    }));
  }

  #modelOf(zone: Zone): ZoneModelStatus {
    const { liftKPerK, ...numbers } = zone.model;
    const learner = this.#learning.learner(zone);
    return {
      from: learner?.inForce === true ? 'learnt' : 'configuration',
      ...numbers,
      warmedBy: zone.warmers.map(({ declaration }, place) => ({ zone: declaration.id, kPerK: liftKPerK[place] ?? 0 })),
      learning: learner?.learning ?? false,
      errorShare: learner?.errorShare ?? null,
    };
  }
}

function gainsOf({ kp, ki, kd }: Gains): Gains {
  return { kp, ki, kd };
}
