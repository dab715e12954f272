import type { Reason } from '../commands/command.ts';
import { rangeFault, valueFault } from '../commands/value-fault.ts';
import { autotuneReason, staleReason } from '../control/permissives.ts';
import { fullDutyPercent } from '../control/pid.ts';
import { numberText } from '../control/reason-text.ts';
import type { MachineDeclaration } from '../declaration.ts';
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

/** The smallest highest duty that leaves the relay room to switch up and down, in %. */
export function leastMaximumPercent({ tuning }: Pick<MachineDeclaration, 'tuning'>): number {
  return 2 * tuning.leastAmplitudePercent;
}

/** What of the order could never be for this zone, whatever the machine does at present. */
export function orderFault(
  ground: TuningGround,
  zone: Zone,
  { setpointC, maximumDutyPercent }: TuningOrder,
): Reason | null {
  const { title, tripAboveC } = zone.declaration;
  const { marginK, swingK, leastAmplitudePercent } = ground.declaration.tuning;
  const duty = { title: `The highest duty of ${title}`, unit: '%' };
  const invalid =
    valueFault(zone.setpoint.declaration, setpointC) ??
    rangeFault(duty, maximumDutyPercent, [leastMaximumPercent(ground.declaration), fullDutyPercent]);
  if (invalid !== null) return invalid;
  const highestC = tuningLimitC(ground, zone) - swingK;
  if (setpointC > highestC) {
    const text = `${title} trips above ${numberText(tripAboveC)} °C; autotune stays ${numberText(marginK)} K below that and swings by about ${numberText(swingK)} K. Choose at most ${numberText(highestC)} °C.`;
    return outOfRange(text, setpointC, highestC);
  }
  // neighbours only lift it: it comes to no less than this
  const { ambientC, gainKPerPercent } = zone.model;
  const lowestC = inwards(ambientC + gainKPerPercent * leastAmplitudePercent, 'up');
  return setpointC < lowestC ? tooCool(zone, setpointC, lowestC) : null;
}

/**
 * What stands against the order as the neighbours are now: by the heater model, at a duty that leaves the relay no room to
 * switch up and down.
 */
export function orderObstacle(
  ground: TuningGround,
  zone: Zone,
  { setpointC, maximumDutyPercent }: TuningOrder,
): Reason | null {
  const { leastAmplitudePercent } = ground.declaration.tuning;
  const lowestC = inwards(settlesAtC(zone, leastAmplitudePercent), 'up');
  if (setpointC < lowestC) return tooCool(zone, setpointC, lowestC);
  const reachableC = inwards(settlesAtC(zone, maximumDutyPercent - leastAmplitudePercent), 'down');
  if (setpointC <= reachableC) return null;
  const text = `With at most ${numberText(maximumDutyPercent)} % duty the relay could not lift ${zone.declaration.title} above ${numberText(reachableC)} °C, by its model. Allow more duty, or choose at most that.`;
  return outOfRange(text, setpointC, reachableC);
}

function tooCool({ declaration: { title } }: Zone, setpointC: number, lowestC: number): Reason {
  const text = `${title} is at ${numberText(setpointC)} °C with hardly any duty, by its model, and the relay could not switch down. Choose at least ${numberText(lowestC)} °C.`;
  return outOfRange(text, setpointC, lowestC);
}

/** To a tenth, so that the bound that is told is one that is taken. */
function inwards(temperatureC: number, way: 'up' | 'down'): number {
  return (way === 'up' ? Math.ceil(temperatureC * 10) : Math.floor(temperatureC * 10)) / 10;
}

function outOfRange(text: string, actual: number, required: number): Reason {
  return { code: 'OUT_OF_RANGE', text, actual, required, unit: '°C' };
}
