import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { ZoneModel } from '../model/zone-model.ts';

/** How far a zone stands above ambient, in K. Lifts, nominal and learnt, are told against the nominal ambient. */
export function excessK(zone: Zone): number {
  return Math.max(0, numberOf(zone.sensor.channel.cell) - zone.nominal.ambientC);
}

/** What the neighbours lift a zone by in the steady state, in K, from where they stand now. */
export function liftByNeighboursK(zone: Zone, model: ZoneModel = zone.model): number {
  let lift = 0;
  let place = 0;
  for (const warmer of zone.warmers) {
    const excess = excessK(warmer);
    // a neighbour that was never read lifts by nothing
    if (excess > 0) lift += (model.liftKPerK[place] ?? 0) * excess;
    place++;
  }
  return lift;
}

/** Where a zone would settle with this duty and its neighbours as they stand, in °C. */
export function settlesAtC(zone: Zone, dutyPercent: number, model: ZoneModel = zone.model): number {
  return model.ambientC + model.gainKPerPercent * dutyPercent + liftByNeighboursK(zone, model);
}

/** How fast a zone at `temperatureC` approaches where it settles, in K/s. */
export function rateKPerS({ timeConstantSeconds }: ZoneModel, temperatureC: number, settlesC: number): number {
  return (settlesC - temperatureC) / timeConstantSeconds;
}

/** The duty whose heat arrives at the zone in this scan, in %. */
export function arrivingPercent(zone: Zone, dtSeconds: number, model: ZoneModel = zone.model): number {
  return zone.duties.meanPercent(model.deadTimeSeconds, dtSeconds);
}
