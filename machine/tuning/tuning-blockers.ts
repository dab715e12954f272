import type { Reason } from '../commands/command.ts';
import { autotuneReason, staleReason } from '../control/permissives.ts';
import { numberText } from '../control/reason-text.ts';
import type { Zone } from '../equipment.ts';
import { settlesAtC } from '../interlocks/heater-model.ts';
import type { Situation } from '../situation.ts';
import { tuningLimitC } from './interruption.ts';
import type { TuningGround } from './tuning-ground.ts';
import type { TuningOrder } from './tuning-run.ts';

/** What of the machine's state stands against a test of this zone now. */
export function tuningBlockers(ground: TuningGround, zone: Zone, situation: Readonly<Situation>): Reason[] {
  const { state, mode, heatingOn, tuningZone } = situation;
  const reasons: Reason[] = [];
  if (state !== 'HEATING' && state !== 'READY') {
    const text = `Autotune begins in HEATING or READY; the machine is ${state}. Switch heating on, with no drive running.`;
    reasons.push({ code: 'WRONG_STATE', text, actual: state, required: 'HEATING' });
  } else if (!heatingOn) {
    const text = 'Heating is off. Switch it on first.';
    reasons.push({ code: 'HEATING_OFF', text, actual: false, required: true });
  }
  if (mode !== 'AUTO') {
    const text = 'Autotune needs AUTO; the machine is in MANUAL. Change the mode to AUTO.';
    reasons.push({ code: 'WRONG_MODE', text, actual: mode, required: 'AUTO' });
  }
  if (tuningZone !== null) reasons.push(autotuneReason(ground, tuningZone));
  else if (ground.heating.anyLent) {
    const text = 'A zone is being tested. Wait until that is over, or switch heating off.';
    reasons.push({ code: 'ZONE_TEST_ACTIVE', text, actual: true, required: false });
  }
  for (const { channel, declaration } of ground.equipment.vital) {
    if (channel.isStale || (!channel.isGood && zone.sensor.channel === channel)) {
      reasons.push(staleReason(declaration.title, channel.raw.sample.quality));
    }
  }
  return reasons;
}

/**
 * What of the order itself can't be: too near the trip for the swing of the relay, or, by the heater model, at a duty that
 * leaves the relay no room to switch up and down.
 */
export function orderFaults(ground: TuningGround, zone: Zone, order: TuningOrder): Reason[] {
  const { title, tripAboveC } = zone.declaration;
  const { marginK, swingK, leastAmplitudePercent } = ground.declaration.tuning;
  const { setpointC, maximumDutyPercent } = order;
  const outOfRange = (text: string, required: number): Reason => {
    return { code: 'OUT_OF_RANGE', text, actual: setpointC, required, unit: '°C' };
  };
  const highestC = tuningLimitC(ground, zone) - swingK;
  if (setpointC > highestC) {
    const text = `${title} trips above ${numberText(tripAboveC)} °C; autotune stays ${numberText(marginK)} K below that and swings by about ${numberText(swingK)} K. Choose at most ${numberText(highestC)} °C.`;
    return [outOfRange(text, highestC)];
  }
  // to a tenth, and inwards, so that the bound that is told is one that is taken
  const lowestC = Math.ceil(settlesAtC(zone, leastAmplitudePercent) * 10) / 10;
  const reachableC = Math.floor(settlesAtC(zone, maximumDutyPercent - leastAmplitudePercent) * 10) / 10;
  if (reachableC < lowestC) {
    const least = 2 * leastAmplitudePercent;
    const text = `The relay needs a highest duty of at least ${numberText(least)} %; ${numberText(maximumDutyPercent)} % were allowed.`;
    return [{ code: 'OUT_OF_RANGE', text, actual: maximumDutyPercent, required: least, unit: '%' }];
  }
  if (setpointC < lowestC) {
    const text = `${title} is at ${numberText(setpointC)} °C with hardly any duty, by its model, and the relay could not switch down. Choose at least ${numberText(lowestC)} °C.`;
    return [outOfRange(text, lowestC)];
  }
  if (setpointC > reachableC) {
    const text = `With at most ${numberText(maximumDutyPercent)} % duty the relay could not lift ${title} above ${numberText(reachableC)} °C, by its model. Allow more duty, or choose at most that.`;
    return [outOfRange(text, reachableC)];
  }
  return [];
}
