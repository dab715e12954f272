import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { ZoneModel } from '../model/zone-model.ts';
import { arrivingPercent, liftByNeighboursK, rateKPerS } from './heater-model.ts';
import type { Guard, GuardGround } from './guard.ts';
import { slopeSeconds } from './temperature-trail.ts';

/** Changes within this are resolution and noise of the sensor, not a slope, in K. */
const slopeDeadbandK = 0.2;

/**
 * A reading that stays the very same while the zone must have moved. From the last change on, the heater model runs on
 * from the temperature and slope of that moment, by the duty and the neighbours since; only what changes after it counts,
 * so that neither melt load nor the true ambient can make a steady zone look frozen.
 */
export function guardFrozenSensors({ declaration, equipment }: GuardGround): Guard {
  const { frozenSeconds, frozenModelK } = declaration.guards;
  const models = equipment.zones.map((zone) => ({ zone, model: new RunOnModel(zone) }));
  return ({ nowMs, dtSeconds }) => {
    for (const { zone, model } of models) {
      const { channel } = zone.sensor;
      const since = channel.unchangedSinceMs;
      if (since === null) continue;
      model.runOn(since, dtSeconds);
      const unchangedMs = (channel.lastAtMs ?? since) - since;
      if (unchangedMs >= frozenSeconds * 1_000 && model.movedK > frozenModelK) channel.condemnAsFrozen(nowMs);
    }
  };
}

class RunOnModel {
  readonly #zone: Zone;
  /** In force at the freeze: a change of the model later on is no movement of the zone. */
  #model: ZoneModel;
  #sinceMs: number | null = null;
  #startC = 0;
  #temperatureC = 0;
  /** Where the zone would settle with no duty and no neighbours, so that the slope at the freeze comes out, in °C. */
  #baseC = 0;

  constructor(zone: Zone) {
    this.#zone = zone;
    this.#model = zone.model;
  }

  get movedK(): number {
    return Math.abs(this.#temperatureC - this.#startC);
  }

  runOn(sinceMs: number, dtSeconds: number): void {
    const zone = this.#zone;
    const begins = this.#sinceMs !== sinceMs;
    if (begins) this.#model = zone.model;
    const model = this.#model;
    const drive = model.gainKPerPercent * arrivingPercent(zone, dtSeconds, model) + liftByNeighboursK(zone, model);
    if (begins) {
      this.#sinceMs = sinceMs;
      this.#startC = this.#temperatureC = numberOf(zone.sensor.channel.raw);
      this.#baseC = this.#startC + model.timeConstantSeconds * slopeOf(zone) - drive;
      return;
    }
    this.#temperatureC += dtSeconds * rateKPerS(model, this.#temperatureC, this.#baseC + drive);
  }
}

function slopeOf(zone: Zone): number {
  const before = zone.trail.secondsAgo(slopeSeconds);
  if (before === null) return 0;
  const changeK = numberOf(zone.sensor.channel.raw) - before;
  return (Math.sign(changeK) * Math.max(0, Math.abs(changeK) - slopeDeadbandK)) / slopeSeconds;
}
