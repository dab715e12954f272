import type { MachineControl } from '../control/machine-control.ts';
import { staleReason } from '../control/permissives.ts';
import { lowSetpointReason, standingDriveReason } from '../control/running-reasons.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { Equipment } from '../equipment.ts';
import type { Cell } from '../image.ts';
import type { Settings } from '../settings.ts';
import type { SignalValue } from '../signal.ts';
import type { Reason } from './command.ts';
import { refused, type Decision } from './decision.ts';
import { rangeFault, valueFault } from './value-fault.ts';

export interface SettingGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly settings: Settings;
  readonly control: MachineControl;
}

/** Changes a setting that is nothing but a value: setpoints and what else is declared. */
export function writeSetting(ground: SettingGround, cell: Cell, value: SignalValue): Decision {
  const { settings, control } = ground;
  const fault = valueFault(cell.declaration, value) ?? speedFault(ground, cell, value);
  if (fault !== null) return refused('invalid', fault);
  const reasons = [
    ...runningReasons(ground, cell, value),
    ...standstillReasons(ground, cell, value),
    ...staleReasons(ground, cell, value),
  ];
  if (reasons.length > 0) return refused('state', ...reasons);
  const before = cell.sample.value;
  settings.set(cell, value, control.situation.wallMs);
  return { accepted: true, before, after: value };
}

/** AUTO turns a drive forward only, up to its maximum. */
function speedFault({ equipment }: SettingGround, cell: Cell, value: SignalValue): Reason | null {
  const drive = equipment.drives.find((each) => each.setpoint === cell);
  if (drive === undefined || typeof value !== 'number') return null;
  return rangeFault(cell.declaration, value, [0, drive.maximumRpm]);
}

function runningReasons({ declaration, equipment, control }: SettingGround, cell: Cell, value: SignalValue): Reason[] {
  if (control.situation.state !== 'RUNNING' || typeof value !== 'number') return [];
  const { runningMarginK } = declaration.commands;
  return equipment.zones
    .filter((zone) => zone.setpoint === cell && value < zone.minimumC + runningMarginK)
    .map(({ minimumC, declaration: { title } }) => lowSetpointReason(title, value, minimumC + runningMarginK));
}

function standstillReasons({ equipment, control }: SettingGround, cell: Cell, value: SignalValue): Reason[] {
  if (value !== 0 || !isRunning(control)) return [];
  return equipment.drives
    .filter((drive) => drive.setpoint === cell && drive.declaration.neededToStart)
    .map(({ declaration: { title } }) => standingDriveReason(title));
}

function isRunning({ situation: { state } }: MachineControl): boolean {
  return state === 'STARTING' || state === 'RUNNING';
}

/** A turning drive takes no new speed, but 0, while a zone or motor temperature is not known. */
function staleReasons({ equipment, control }: SettingGround, cell: Cell, value: SignalValue): Reason[] {
  if (!isRunning(control) || value === 0 || !equipment.drives.some((drive) => drive.setpoint === cell)) return [];
  return equipment.vital
    .filter(({ channel }) => !channel.isGood)
    .map(({ channel, declaration: { title } }) => staleReason(title, channel.raw.sample.quality));
}
