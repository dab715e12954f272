import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
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
    explainRule: () => shortfallText(zone, guards.notHeatingSeconds, guards.notHeatingRiseK),
    explainModel: () =>
      shortfallText(zone, notHeatingModelSeconds, notHeatingModelShare * expectedRiseK(zone, notHeatingModelSeconds)),
  }));
  let loadedBefore = false;
  return (situation) => {
    const { nowMs } = situation;
    const loaded = isLoaded(situation);
    const sameLoad = loaded === loadedBefore;
    loadedBefore = loaded;
    const turning = loaded || equipment.drives.some(turns);
    for (const { zone, held, free, point, explainRule, explainModel } of zones) {
      const { channel } = zone.sensor;
      const asked = channel.isGood && zone.dutyPercent >= guards.notHeatingDutyPercent;
      const belowK = numberOf(zone.setpoint) - numberOf(channel.cell);
      const far = situation.mode === 'MANUAL' || belowK > guards.notHeatingBelowSetpointK;
      const long = held.atLeast(asked && far && sameLoad, guards.notHeatingSeconds, nowMs);
      const byRule = long && !rises(zone, loaded, guards.notHeatingSeconds, guards.notHeatingRiseK);
      // how the zone fell before the heat could arrive says nothing of the heater
      const arrivedSeconds = zone.model.deadTimeSeconds + notHeatingModelSeconds;
      const freeLong = free.atLeast(asked && !turning, arrivedSeconds, nowMs);
      const byModel =
        freeLong &&
        !swaps.suspects(zone) &&
        fallsShort(zone, notHeatingModelSeconds, notHeatingModelShare, leastExpectedK);
      const failed = byRule || byModel;
      if (failed) point.explain = byRule ? explainRule : explainModel;
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
  const expectedK = expectedRiseK(zone, seconds);
  return expectedK >= leastExpectedK && numberOf(zone.sensor.channel.raw) - before < share * expectedK;
}

/** What a sound heater has given in the last seconds, by the model in force. */
function expectedRiseK(zone: Zone, seconds: number): number {
  const before = zone.trail.secondsAgo(seconds) ?? Number.NaN;
  return changeK(zone, before, zone.duties.meanPercent(zone.model.deadTimeSeconds, seconds), seconds);
}

function shortfallText(zone: Zone, seconds: number, leastK: number): string {
  const nowC = numberOf(zone.sensor.channel.raw);
  const riseK = nowC - (zone.trail.secondsAgo(seconds) ?? Number.NaN);
  const course = `it reads ${numberText(nowC)} °C, ${numberText(riseK)} K more than ${numberText(seconds)} s ago`;
  return `${zone.declaration.title} was heated at ${numberText(zone.dutyPercent)} % and ${course}; a sound heater gives at least ${numberText(leastK)} K.`;
}
