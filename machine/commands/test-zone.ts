import type { MachineControl } from '../control/machine-control.ts';
import { staleReason, zoneTestReason } from '../control/permissives.ts';
import { numberText, rounded } from '../control/reason-text.ts';
import type { ZoneTests } from '../control/zone-tests.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import { turns } from '../interlocks/cold-extrusion.ts';
import type { CommandAction, Reason } from './command.ts';
import { noted, refused, type Decision } from './decision.ts';

export interface TestGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly control: MachineControl;
  readonly zoneTests: ZoneTests;
}

/** Begins the commissioning test of a zone; its verdict comes later, in the status of the zone. */
export function testZone(ground: TestGround, { zone: id }: Extract<CommandAction, { name: 'testZone' }>): Decision {
  const { equipment, declaration, control, zoneTests } = ground;
  const zone = equipment.zones.find((each) => each.declaration.id === id);
  if (zone === undefined) {
    const known = equipment.zones.map((each) => each.declaration.id).join(', ');
    return refused('unknown', { code: 'UNKNOWN_ZONE', text: `There is no zone ${id}; the zones are ${known}.` });
  }
  const reasons = blockers(ground, zone);
  if (reasons.length > 0) return refused('state', ...reasons);
  zoneTests.begin(zone, control.situation);
  const { zoneTestDutyPercent, zoneTestSeconds } = declaration.tuning;
  const { title } = zone.declaration;
  return noted(
    `${title} is heated alone at ${numberText(zoneTestDutyPercent)} % for at most ${numberText(zoneTestSeconds)} s.`,
  );
}

function blockers({ equipment, control, zoneTests }: TestGround, zone: Zone): Reason[] {
  const { state, mode, nowMs, provingSinceMs } = control.situation;
  const reasons: Reason[] = [];
  if (mode !== 'AUTO') {
    const text = 'A zone is tested in AUTO; the machine is in MANUAL. Change the mode to AUTO.';
    reasons.push({ code: 'WRONG_MODE', text, actual: mode, required: 'AUTO' });
  }
  if (state !== 'HEATING' && state !== 'READY') {
    const next = state === 'IDLE' ? 'Switch heating on' : state === 'ALARM' ? 'Clear the alarms' : 'Stop the machine';
    const text = `A zone is tested in HEATING or READY; the machine is ${state}. ${next} first.`;
    reasons.push({ code: 'WRONG_STATE', text, actual: state, required: 'HEATING' });
  } else if (provingSinceMs !== null) {
    const text = 'The relays are being proved off, with all duties 0. Try again in some seconds.';
    reasons.push({ code: 'RELAYS_NOT_PROVED', text, actual: false, required: true });
  }
  if (zoneTests.zone !== null) reasons.push(zoneTestReason(zoneTests.zone, zoneTests.leftSeconds(nowMs)));
  else if (control.isTuning) {
    const text = 'A zone is being tuned. Wait until the tuning ends, or abort it.';
    reasons.push({ code: 'AUTOTUNE_ACTIVE', text, actual: true, required: false });
  }
  if (equipment.drives.some(turns)) {
    const text = 'A zone is tested at standstill; a drive turns, or is commanded to. Stop it first.';
    reasons.push({ code: 'DRIVES_TURNING', text, actual: true, required: false });
  }
  for (const { sensor } of equipment.zones) {
    if (!sensor.channel.isGood) reasons.push(staleReason(sensor.declaration.title, sensor.channel.raw.sample.quality));
  }
  for (const each of equipment.zones) {
    const highestC = zoneTests.highestStartC(each);
    const actual = rounded(numberOf(each.sensor.channel.raw));
    if (actual === null || actual <= highestC) continue;
    const text = `${each.declaration.title} must be below ${numberText(highestC)} °C, so that ${zone.declaration.title} can be heated without coming close to a trip; it reads ${numberText(actual)} °C. Let it cool.`;
    reasons.push({ code: 'TOO_HOT_TO_TEST', text, actual, required: highestC, unit: '°C' });
  }
  return reasons;
}
