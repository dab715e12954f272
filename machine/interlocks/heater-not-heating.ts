import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import { turns } from './cold-extrusion.ts';
import { rateKPerS, settlesAtC } from './heater-model.ts';
import type { Guard, GuardGround } from './guard.ts';
import { HeaterShortfall } from './heater-shortfall.ts';
import { Held } from './held.ts';
import type { SwapWatch } from './swap-watch.ts';

/** A reading that is off for a moment, as a spark makes it, is no failure, in s. */
const sureSeconds = 3;

/**
 * A broken heater or a loose sensor, found in two ways. By the rule: full duty for `notHeatingSeconds`, far below the
 * setpoint, and hardly a rise. In MANUAL the duty alone counts. While the screw turns, cold feed can hold a good heater
 * down; then the zone must behave as the heater model without any duty, which is well below what a good heater lets it do.
 * By the model, sooner, at any duty and at any distance from the setpoint, but not while the screw turns: the zone does
 * what it would do with a failed heater or sensor, and clearly not what the weakest sound heater makes of it. Zones that
 * heat each other look alike at first; as long as that is suspected, or a zone gains heat that is not its own, only the rule
 * judges.
 */
export function guardNotHeating({ declaration, equipment, alarms }: GuardGround, swaps: SwapWatch): Guard {
  const { guards } = declaration;
  const { notHeatingRiseK, notHeatingModelSeconds, notHeatingModelShare } = guards;
  const zones = equipment.zones.map((zone) => {
    const shortfall = new HeaterShortfall(zone, notHeatingModelSeconds, notHeatingModelShare, notHeatingRiseK);
    return {
      zone,
      shortfall,
      held: new Held(),
      /** Under heat without load, for the model: it can't judge across a stop of the screw, nor by what was before a trip. */
      free: new Held(),
      short: new Held(),
      point: alarms.point(alarmNames.notHeating(zone.declaration.id)),
      explainRule: () => shortfallText(zone, zone.dutyPercent, guards.notHeatingSeconds, notHeatingRiseK),
      explainModel: () => shortfallText(zone, shortfall.arrivedPercent, notHeatingModelSeconds, shortfall.leastK),
    };
  });
  let loadedBefore = false;
  return (situation) => {
    const { nowMs } = situation;
    const loaded = isLoaded(situation);
    const sameLoad = loaded === loadedBefore;
    loadedBefore = loaded;
    const turning = loaded || equipment.drives.some(turns);
    const heats = situation.heatingOn && situation.provingSinceMs === null;
    const freely = heats && !turning;
    const anyOver = freely && zones.some(({ zone, shortfall }) => zone.sensor.channel.isGood && shortfall.isOver);
    for (const { zone, shortfall, held, free, short, point, explainRule, explainModel } of zones) {
      const { channel } = zone.sensor;
      const asked = channel.isGood && zone.dutyPercent >= guards.notHeatingDutyPercent;
      const belowK = numberOf(zone.setpoint) - numberOf(channel.cell);
      const far = situation.mode === 'MANUAL' || belowK > guards.notHeatingBelowSetpointK;
      const long = held.atLeast(asked && far && sameLoad, guards.notHeatingSeconds, nowMs);
      const byRule = long && !rises(zone, loaded, guards.notHeatingSeconds, notHeatingRiseK);
      const arrivedSeconds = zone.model.deadTimeSeconds + notHeatingModelSeconds;
      const freeLong = free.atLeast(freely, arrivedSeconds, nowMs);
      const judged = freeLong && channel.isGood && !swaps.suspects(zone) && !anyOver;
      const byModel = short.atLeast(judged && shortfall.isShort, sureSeconds, nowMs);
      const failed = byRule || byModel;
      point.explain = byRule ? explainRule : explainModel;
      const { value, quality } = channel.raw.sample;
      point.report(channel.isGood ? failed : null, failed, value, quality, failed ? swaps.accuse(zone) : null);
    }
  };
}

function isLoaded({ state }: Readonly<Situation>): boolean {
  return state === 'STARTING' || state === 'RUNNING' || state === 'STOPPING';
}

/** Far enough for a heater that works; a rise that is not known counts as one. */
function rises(zone: Zone, loaded: boolean, seconds: number, leastK: number): boolean {
  const riseK = changeK(zone, seconds);
  const beforeC = numberOf(zone.sensor.channel.raw) - riseK;
  const fallK = loaded ? Math.min(0, seconds * rateKPerS(zone.model, beforeC, settlesAtC(zone, 0))) : 0;
  return !(riseK < fallK + leastK);
}

/** How far a zone came in the last seconds, in K; NaN when that is not known. */
function changeK(zone: Zone, seconds: number): number {
  return numberOf(zone.sensor.channel.raw) - (zone.trail.secondsAgo(seconds) ?? Number.NaN);
}

function shortfallText(zone: Zone, dutyPercent: number, seconds: number, leastK: number): string {
  const nowC = numberOf(zone.sensor.channel.raw);
  const cameK = changeK(zone, seconds);
  const course = `it reads ${numberText(nowC)} °C, ${differenceText(cameK, 'more', 'less')} than ${numberText(seconds)} s ago`;
  const limit = leastK < 0 ? `loses at most ${numberText(-leastK)} K` : `gives at least ${numberText(leastK)} K`;
  return `${zone.declaration.title} was heated at ${numberText(dutyPercent)} % and ${course}; a sound heater ${limit}.`;
}

function differenceText(differenceK: number, above: string, below: string): string {
  return `${numberText(Math.abs(differenceK))} K ${differenceK < 0 ? below : above}`;
}
