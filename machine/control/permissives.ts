import type { AlarmEngine } from '../alarms/engine.ts';
import type { Reason } from '../commands/command.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import { isCellGood, isTrue, numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import { inSteps, numberText, rounded, temperatureReason } from './reason-text.ts';
import { isHeated, isInBand, type Readiness } from './readiness.ts';
import type { MachineState } from './state.ts';
import type { ZoneTests } from './zone-tests.ts';

export interface PermissiveGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly alarms: AlarmEngine;
  readonly readiness: Readiness;
  readonly zoneTests: ZoneTests;
}

const whatNext: Readonly<Record<MachineState, string>> = {
  IDLE: 'heating is off. Switch it on and wait for READY',
  HEATING: 'the barrel is heating up. Wait for READY',
  READY: '',
  STARTING: 'a start is under way already',
  RUNNING: 'the machine runs already',
  STOPPING: 'the machine is stopping. Wait until it stands',
  ALARM: 'a trip is latched. Mend its cause and clear the alarms',
};

/** All that stands against a start now. Empty exactly when a start is permitted. */
export function startBlockers(ground: PermissiveGround, situation: Readonly<Situation>): Reason[] {
  const reasons: Reason[] = [];
  const { state, mode } = situation;
  if (state !== 'READY') {
    const text = `The machine starts from READY; it is ${state}: ${whatNext[state]}.`;
    reasons.push({ code: 'WRONG_STATE', text, actual: state, required: 'READY' });
  }
  if (mode !== 'AUTO') {
    const text = 'The start sequence needs AUTO; the machine is in MANUAL. Change the mode to AUTO.';
    reasons.push({ code: 'WRONG_MODE', text, actual: mode, required: 'AUTO' });
  }
  if (situation.tuningZone !== null) reasons.push(autotuneReason(ground, situation.tuningZone));
  blockedByClient(situation, reasons);
  blockedByAlarms(ground, reasons);
  blockedByModules(ground.equipment, reasons);
  const { zoneTests } = ground;
  if (zoneTests.zone !== null) reasons.push(zoneTestReason(zoneTests.zone, zoneTests.leftSeconds(situation.nowMs)));
  blockedByTemperatures(ground, situation, reasons);
  blockedByDrives(ground, reasons);
  return reasons;
}

function blockedByClient({ configurationUnconfirmed, startBlockReason }: Readonly<Situation>, reasons: Reason[]): void {
  if (configurationUnconfirmed) reasons.push(configurationReason());
  if (startBlockReason === null) return;
  const why = startBlockReason === '' ? 'without a reason' : `“${startBlockReason}”`;
  reasons.push({
    code: 'START_BLOCKED_BY_CLIENT',
    text: `A client holds the start: ${why}. It has to be released there, or by block start off.`,
    actual: true,
    required: false,
  });
}

/** Also stands against another test and against the loading of a recipe. */
export function autotuneReason({ equipment }: Pick<PermissiveGround, 'equipment'>, tuningZone: string): Reason {
  const zone = equipment.zones.find(({ declaration }) => declaration.id === tuningZone);
  const text = `${zone?.declaration.title ?? tuningZone} is being tuned. Wait until that is over, or abort it.`;
  return { code: 'AUTOTUNE_ACTIVE', text, actual: tuningZone, required: null };
}

export function configurationReason(): Reason {
  return {
    code: 'CONFIG_UNCONFIRMED',
    text: 'The machine runs on its last confirmed configuration. An engineer has to mend the file or confirm this one.',
    actual: 'unconfirmed',
    required: 'confirmed',
  };
}

function blockedByAlarms({ alarms, equipment }: PermissiveGround, reasons: Reason[]): void {
  for (const occurrence of alarms.standing()) {
    if (!occurrence.trip || !occurrence.latched || occurrence.suppressedBy !== null) continue;
    reasons.push({
      code: 'ALARM_ACTIVE',
      text: `${occurrence.id}: ${occurrence.explanation}`,
      actual: occurrence.id,
      required: null,
    });
  }
  if (!isTrue(equipment.estop.raw)) reasons.push(estopReason(equipment));
}

export function estopReason({ estop }: Equipment): Reason {
  const known = isCellGood(estop.raw);
  const text = known
    ? 'The e-stop chain is open. Release the e-stop button.'
    : `Whether the e-stop chain is closed is not known (${estop.raw.sample.quality}). Check module ${estop.module.id}.`;
  return { code: 'ESTOP_OPEN', text, actual: known ? false : null, required: true };
}

function blockedByModules({ modules }: Equipment, reasons: Reason[]): void {
  for (const module of modules) {
    if (module.lost || module.lastAnswerAtMs === null) reasons.push(commsReason(module.id));
    else if (!module.verified) reasons.push(unverifiedReason(module.id));
  }
}

/** The test of the heater relays, and the watch over them, need the power. */
export function powerReason({ power }: Equipment): Reason {
  const { title } = power.cell.declaration;
  const { quality } = power.cell.sample;
  return {
    code: 'POWER_UNKNOWN',
    text: `${title} is not known (${quality}), and a stuck relay would not be seen. Check the heater controller.`,
    actual: quality,
    required: 'Good',
  };
}

export function commsReason(module: string): Reason {
  const text = `Module ${module} does not answer. Check its supply and cable.`;
  return { code: 'COMMS_LOST', text, actual: module };
}

export function unverifiedReason(module: string): Reason {
  const text = `The watchdog and outputs of module ${module} have not been verified yet. Wait some seconds.`;
  return { code: 'OUTPUTS_UNVERIFIED', text, actual: module };
}

export function zoneTestReason({ declaration: { title } }: Zone, leftSeconds: number): Reason {
  const etaSeconds = inSteps(leftSeconds);
  const text = `${title} is being tested and heated alone. Wait until the test ends, in ${etaSeconds} s at the latest.`;
  return { code: 'ZONE_TEST_ACTIVE', text, actual: true, required: false, etaSeconds };
}

function blockedByTemperatures(ground: PermissiveGround, situation: Readonly<Situation>, reasons: Reason[]): void {
  const { equipment, declaration, readiness } = ground;
  for (const { channel, declaration: sensor } of equipment.vital) {
    if (!channel.isGood) reasons.push(staleReason(sensor.title, channel.raw.sample.quality));
  }
  const { readyBandK, soakSeconds } = declaration.heating;
  for (const zone of equipment.zones) {
    const { title } = zone.declaration;
    const { minimumC } = zone;
    const actual = rounded(numberOf(zone.sensor.channel.cell));
    const setpointC = numberOf(zone.setpoint);
    if (isHeated(zone) && !isInBand(zone, readyBandK)) {
      const text = `${title} must be within ±${readyBandK} K of its setpoint ${numberText(setpointC)} °C`;
      const eta = situation.heatingOn ? readiness.secondsToBand(zone) : null;
      const need = eta === null ? '' : `. ${readiness.needText(zone)}`;
      reasons.push(temperatureReason('NOT_AT_TEMPERATURE', text, actual, setpointC, eta, soakSeconds, need));
    }
    const single = numberOf(zone.sensor.channel.raw);
    if (single >= minimumC && zone.sensor.channel.isGood) continue;
    const hint = setpointC >= minimumC ? '' : `. Its setpoint is ${numberText(setpointC)} °C: raise it`;
    const text = `The screw turns only above ${numberText(minimumC)} °C in ${title}`;
    reasons.push(temperatureReason('COLD_EXTRUSION', text, rounded(single), minimumC, null, 0, hint));
  }
  const leftSeconds = Math.ceil(readiness.soakLeftSeconds(situation.nowMs));
  if (readiness.inBand && leftSeconds > 0) {
    const text = `The barrel soaks at temperature for ${soakSeconds} s; ${leftSeconds} s are left.`;
    const actual = soakSeconds - leftSeconds;
    reasons.push({ code: 'SOAKING', text, actual, required: soakSeconds, unit: 's', etaSeconds: leftSeconds });
  }
  blockedByMotor(ground, reasons);
}

export function staleReason(title: string, quality: string): Reason {
  return {
    code: 'TEMP_DATA_STALE',
    text: `${title}: the temperature is not known (${quality}). Check the sensor and its module.`,
    actual: quality,
    required: 'Good',
  };
}

function blockedByMotor({ equipment, declaration }: PermissiveGround, reasons: Reason[]): void {
  const { channel } = equipment.motor;
  const { startBelowC } = declaration.motor;
  if (!channel.isGood || !(numberOf(channel.raw) >= startBelowC)) return;
  const actual = rounded(numberOf(channel.raw));
  const text = `The main motor must be below ${numberText(startBelowC)} °C; it is at ${numberText(actual)} °C. Let it cool and check the fan.`;
  reasons.push({ code: 'MOTOR_TOO_WARM', text, actual, required: startBelowC, unit: '°C' });
}

function blockedByDrives({ equipment }: PermissiveGround, reasons: Reason[]): void {
  for (const drive of equipment.drives) {
    const { title, neededToStart } = drive.declaration;
    const fault = drive.fault.raw.sample;
    if (fault.quality !== 'Good' || fault.value !== 0) reasons.push(driveReason(title, fault.value, fault.quality));
    if (neededToStart && !(numberOf(drive.setpoint) > 0)) {
      const text = `The speed setpoint of ${title} is ${numberText(numberOf(drive.setpoint))} rpm. Set a speed of at least 1 rpm.`;
      reasons.push({ code: 'NO_SPEED_SETPOINT', text, actual: numberOf(drive.setpoint), required: 1, unit: 'rpm' });
    }
  }
}

export function driveReason(title: string, code: number | boolean | string | null, quality: string): Reason {
  const text =
    quality === 'Good'
      ? `${title} reports fault ${code}. Mend its cause and clear the alarms.`
      : `Whether ${title} has a fault is not known (${quality}). Check the drive and its cable.`;
  return { code: 'DRIVE_FAULT', text, actual: quality === 'Good' ? code : null, required: 0 };
}
