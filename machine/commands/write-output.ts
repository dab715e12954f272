import type { Channel } from '../acquisition/channel.ts';
import type { MachineControl } from '../control/machine-control.ts';
import { commsReason, driveReason, estopReason, staleReason, unverifiedReason } from '../control/permissives.ts';
import { numberText, rounded, temperatureReason } from '../control/reason-text.ts';
import type { Drive, Equipment, Zone } from '../equipment.ts';
import { isTrue, numberOf } from '../image.ts';
import { isTooCold } from '../interlocks/cold-extrusion.ts';
import type { SignalDeclaration, SignalValue } from '../signal.ts';
import type { Reason } from './command.ts';
import { refused, type Decision } from './decision.ts';
import { rangeFault, valueFault } from './value-fault.ts';

export interface OutputGround {
  readonly equipment: Equipment;
  readonly control: MachineControl;
}

/**
 * An engineer's write of an output in MANUAL, under every interlock. Accepted here means commanded; whether the module did
 * it, its read-back tells.
 */
export function writeOutput(ground: OutputGround, channel: Channel, value: SignalValue): Decision {
  const { control, equipment } = ground;
  const signal = channel.cell.declaration;
  if (signal.manual !== true) return refused('invalid', notWritable(signal));
  const drive = equipment.drives.find((each) => each.command === channel);
  const zone = equipment.zones.find((each) => each.output === channel.cell);
  const fault = valueFault(signal, value) ?? jogFault(drive, signal, value);
  if (fault !== null) return refused('invalid', fault);
  const { mode } = control.situation;
  if (mode !== 'MANUAL') {
    const text = `${signal.title} is written by the control in AUTO. Change to MANUAL first.`;
    return refused('state', { code: 'WRONG_MODE', text, actual: mode, required: 'MANUAL' });
  }
  if (typeof value !== 'number' && typeof value !== 'boolean') return refused('invalid', notWritable(signal));
  const debounce = debounceReason(ground, signal, value);
  if (debounce !== null) return refused('tooFast', debounce);
  const reasons = interlockReasons(ground, channel, value, drive, zone);
  if (reasons.length > 0) return refused('state', ...reasons);
  apply(control, signal.id, value, drive, zone);
  return 'later';
}

export function notWritable({ title }: SignalDeclaration): Reason {
  return {
    code: 'NOT_WRITABLE',
    text: `${title} is measured or computed; nobody can write it. Write the setting that leads it.`,
  };
}

function jogFault(drive: Drive | undefined, signal: SignalDeclaration, value: SignalValue): Reason | null {
  if (drive === undefined || typeof value !== 'number') return null;
  const { maximumManualRpm } = drive.declaration;
  return rangeFault(signal, value, [-maximumManualRpm, maximumManualRpm]);
}

function debounceReason({ control }: OutputGround, signal: SignalDeclaration, value: number | boolean): Reason | null {
  const { outputs, situation } = control;
  const present = outputs.board.get(signal.id);
  const leftSeconds = outputs.board.debounceLeftSeconds(signal.id, situation.nowMs);
  const tooSoon = leftSeconds > 0 && present !== value;
  const twiceInAScan = outputs.board.isDebounced(signal.id) && outputs.isAboutToChange(signal.id) && present === value;
  if (!tooSoon && !twiceInAScan) return null;
  const text = `${signal.title} has just been switched; its relay may switch again in ${numberText(Math.max(0.1, leftSeconds))} s.`;
  return { code: 'RELAY_DEBOUNCE', text, actual: present ?? null, etaSeconds: leftSeconds };
}

function interlockReasons(
  { equipment, control }: OutputGround,
  channel: Channel,
  value: number | boolean,
  drive: Drive | undefined,
  zone: Zone | undefined,
): Reason[] {
  const isMachine = drive !== undefined || zone !== undefined;
  // towards standstill and cold nothing stands in the way
  if (isMachine && value === 0) return [];
  const reasons: Reason[] = [];
  const { module } = channel;
  if (module.lost || module.lastAnswerAtMs === null) reasons.push(commsReason(module.id));
  if (!isMachine) {
    if (control.outputs.isHeld(channel.cell.declaration.id)) reasons.push(alarmReason());
    return reasons;
  }
  const { situation } = control;
  if (!module.verified && reasons.length === 0) reasons.push(unverifiedReason(module.id));
  if (situation.state === 'ALARM') reasons.push(alarmReason());
  if (zone !== undefined) heaterReasons(zone, situation.heatingOn, reasons);
  if (drive !== undefined) driveReasons(equipment, drive, reasons);
  return reasons;
}

export function alarmReason(): Reason {
  return {
    code: 'ALARM_ACTIVE',
    text: 'A trip is latched: drives and heaters stay off, cooling stays as it is. Mend the cause and clear the alarms.',
    actual: 'ALARM',
  };
}

function heaterReasons(zone: Zone, heatingOn: boolean, reasons: Reason[]): void {
  const { channel, declaration } = zone.sensor;
  if (!channel.isGood) reasons.push(staleReason(declaration.title, channel.raw.sample.quality));
  if (heatingOn) return;
  const text = `Heating is off and the contactor open; ${zone.declaration.title} would not heat. Switch heating on first.`;
  reasons.push({ code: 'HEATING_OFF', text, actual: false, required: true });
}

function driveReasons(equipment: Equipment, drive: Drive, reasons: Reason[]): void {
  if (!isTrue(equipment.estop.raw)) reasons.push(estopReason(equipment));
  for (const { channel, declaration } of equipment.vital) {
    if (!channel.isGood) reasons.push(staleReason(declaration.title, channel.raw.sample.quality));
  }
  for (const zone of equipment.zones) {
    if (!isTooCold(zone)) continue;
    const { title } = zone.declaration;
    const { minimumC } = zone;
    const actual = rounded(numberOf(zone.sensor.channel.raw));
    const text = `No drive turns below ${numberText(minimumC)} °C in ${title}`;
    reasons.push(temperatureReason('COLD_EXTRUSION', text, actual, minimumC, null, 0));
  }
  const { value, quality } = drive.fault.raw.sample;
  if (quality !== 'Good' || value !== 0) reasons.push(driveReason(drive.declaration.title, value, quality));
}

function apply(
  control: MachineControl,
  signal: string,
  value: number | boolean,
  drive: Drive | undefined,
  zone: Zone | undefined,
): void {
  if (drive !== undefined) control.drives.jog(drive, Number(value), control.situation.nowMs);
  else if (zone !== undefined) control.heating.setManual(zone, Number(value));
  else control.outputs.setManual(signal, value);
}
