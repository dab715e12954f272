import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText, wattsText } from '../control/reason-text.ts';
import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import { excessPowerCheck, expectedPowerW, measuredPowerW } from './excess-power.ts';
import type { Guard, GuardGround } from './guard.ts';
import { proveOffCheck } from './prove-off.ts';
import type { SwapWatch } from './swap-watch.ts';
import { UnexpectedRise } from './unexpected-rise.ts';

/**
 * A zone that heats without being asked to, as a stuck relay makes it: by the measured power, by its temperature, or in
 * the test when the contactor closes. Trips, which opens the contactor. A rise may come from the duty of a zone that is
 * connected crosswise; power that no duty explains never does.
 */
export function guardUncontrolled(ground: GuardGround, swaps: SwapWatch): Guard {
  const zones = ground.equipment.zones.map((zone) => ({
    zone,
    drawsPower: excessPowerCheck(ground, zone),
    rise: new UnexpectedRise(ground, zone),
    drawsInTest: proveOffCheck(ground, zone),
    point: ground.alarms.point(alarmNames.uncontrolled(zone.declaration.id)),
    ...explanations(ground, zone),
  }));
  return (situation) => {
    for (const { zone, drawsPower, rise, drawsInTest, point, ofPower, ofTest, ofRise } of zones) {
      const byPower = drawsPower(situation);
      const byTest = drawsInTest(situation);
      const byRise = rise.isUnexpected(situation);
      const failed = byPower || byTest || byRise;
      point.explain = byTest ? ofTest : byPower ? ofPower : ofRise;
      const cause = byRise && !byPower && !byTest ? swaps.accuse(zone) : null;
      // the duties end with the trip, and with them what tells of the swap; the heat under way does not
      if (cause !== null) rise.restart();
      const { value, quality } = zone.sensor.channel.raw.sample;
      const known = zone.sensor.channel.isGood && ground.equipment.power.isGood;
      point.report(failed ? true : known ? false : null, failed, value, quality, cause);
    }
  };
}

function explanations({ declaration, equipment }: GuardGround, zone: Zone) {
  const { uncontrolledAfterOffSeconds, uncontrolledRiseK } = declaration.guards;
  const { title } = zone.declaration;
  const draw = (): string =>
    `The heaters draw ${wattsText(measuredPowerW(equipment))}, where their duties explain ${wattsText(expectedPowerW(equipment))}`;
  return {
    ofPower: () => `${draw()}, and ${title} has a duty of 0 %.`,
    ofTest: () => `${draw()}: a relay is stuck on, and ${title} may be it.`,
    ofRise: () => {
      const readsC = numberText(numberOf(zone.sensor.channel.raw));
      return `${title} reads ${readsC} °C, more than ${numberText(uncontrolledRiseK)} K above what its neighbours explain, ${numberText(uncontrolledAfterOffSeconds)} s or more after its duty went to 0 %.`;
    },
  };
}
