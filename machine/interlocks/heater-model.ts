import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';

/** What the neighbours lift a zone by in the steady state, in K, from where they stand now. */
export function liftByNeighboursK(zone: Zone): number {
  let lift = 0;
  for (const { zone: neighbour, kPerK } of zone.neighbours) {
    const temperatureC = numberOf(neighbour.sensor.channel.cell);
    const excessK = temperatureC - neighbour.model.ambientC;
    if (excessK > 0) lift += kPerK * excessK;
  }
  return lift;
}

/** Where a zone would settle with this duty and its neighbours as they stand, in °C. */
export function settlesAtC(zone: Zone, dutyPercent: number): number {
  const { model } = zone;
  return model.ambientC + model.gainKPerPercent * dutyPercent + liftByNeighboursK(zone);
}

/** How fast a zone at `temperatureC` approaches where it settles, in K/s. */
export function rateKPerS(zone: Zone, temperatureC: number, settlesC: number): number {
  return (settlesC - temperatureC) / zone.model.timeConstantSeconds;
}

/**
 * Time from one temperature to another on the way to where the zone settles, in s.
 *
 * @returns null when it never gets there
 */
export function secondsTo(zone: Zone, fromC: number, toC: number, settlesC: number): number | null {
  const ratio = (settlesC - fromC) / (settlesC - toC);
  if (!(ratio >= 1) || !Number.isFinite(ratio)) return null;
  return zone.model.timeConstantSeconds * Math.log(ratio);
}
