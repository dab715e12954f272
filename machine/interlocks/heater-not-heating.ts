import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import { turns } from './cold-extrusion.ts';
import { changeK, rateKPerS, settlesAtC } from './heater-model.ts';
import type { Guard, GuardGround } from './guard.ts';
import { Held } from './held.ts';
import type { SwapWatch } from './swap-watch.ts';

/** The model judges only where it expects so many times the rise that counts as none. */
const clearlyMore = 2;

/**
 * A broken heater or a loose sensor, found in two ways. By the rule: full duty for `notHeatingSeconds`, far below the
 * setpoint, and hardly a rise. In MANUAL the duty alone counts. While the screw turns, cold feed can hold a good heater
 * down; then the zone must behave as the heater model without any duty, which is well below what a good heater lets it do.
 * By the model, sooner and at any distance from the setpoint, but not while the screw turns: the rise is a small share of
 * what a sound heater gives. Zones that heat each other look alike at first; as long as that is suspected, only the rule judges.
 */
export function guardNotHeating({ declaration, equipment, alarms }: GuardGround, swaps: SwapWatch): Guard {
  const { guards } = declaration;
  const { notHeatingModelSeconds, notHeatingModelShare } = guards;
  const leastExpectedK = clearlyMore * guards.notHeatingRiseK;
  const zones = equipment.zones.map((zone) => ({
    zone,
    held: new Held(),
    /** Full duty without load, for the model: it can't judge across a stop of the screw. */
    free: new Held(),
    point: alarms.point(alarmNames.notHeating(zone.declaration.id)),
  }));
  let loadedBefore = false;
  return (situation) => {
    const { nowMs } = situation;
    const loaded = isLoaded(situation);
    const sameLoad = loaded === loadedBefore;
    loadedBefore = loaded;
    const turning = loaded || equipment.drives.some(turns);
    for (const { zone, held, free, point } of zones) {
      const { channel } = zone.sensor;
      const asked = channel.isGood && zone.dutyPercent >= guards.notHeatingDutyPercent;
      const belowK = numberOf(zone.setpoint) - numberOf(channel.cell);
      const far = situation.mode === 'MANUAL' || belowK > guards.notHeatingBelowSetpointK;
      const long = held.atLeast(asked && far && sameLoad, guards.notHeatingSeconds, nowMs);
      const byRule = long && !rises(zone, loaded, guards.notHeatingSeconds, guards.notHeatingRiseK);
      const freeLong = free.atLeast(asked && !turning, notHeatingModelSeconds, nowMs);
      const byModel =
        freeLong &&
        !swaps.suspects(zone) &&
        fallsShort(zone, notHeatingModelSeconds, notHeatingModelShare, leastExpectedK);
      const failed = byRule || byModel;
      const { value, quality } = channel.raw.sample;
      point.report(channel.isGood ? failed : null, failed, value, quality, failed ? swaps.accuse(zone) : null);
    }
  };
}

function isLoaded({ state }: Readonly<Situation>): boolean {
  return state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING';
}

function rises(zone: Zone, loaded: boolean, seconds: number, leastK: number): boolean {
  const before = zone.trail.secondsAgo(seconds);
  if (before === null) return true;
  const riseK = numberOf(zone.sensor.channel.raw) - before;
  if (riseK >= leastK) return true;
  if (!loaded) return false;
  const fallK = seconds * rateKPerS(zone.model, before, settlesAtC(zone, 0));
  return riseK >= fallK + leastK;
}

function fallsShort(zone: Zone, seconds: number, share: number, leastExpectedK: number): boolean {
  const before = zone.trail.secondsAgo(seconds);
  if (before === null) return false;
  const dutyPercent = zone.duties.meanPercent(zone.model.deadTimeSeconds, seconds);
  const expectedK = changeK(zone, before, dutyPercent, seconds);
  return expectedK >= leastExpectedK && numberOf(zone.sensor.channel.raw) - before < share * expectedK;
}
