import type { Draft } from '../draft.ts';
import type { Report } from '../fault.ts';
import type { Profiles } from '../profiles.ts';
import { checkAlarms } from './alarms.ts';
import { checkAuxiliaries } from './auxiliaries.ts';
import { contextOf } from './context.ts';
import { checkDrives } from './drives.ts';
import { checkField } from './field.ts';
import { checkModbusServer } from './modbus-server.ts';
import { checkOperation } from './operation.ts';
import type { Owners } from './parts.ts';
import { checkSequences } from './sequences.ts';
import { checkShifts } from './shifts.ts';
import { checkSignals } from './signals.ts';
import { checkZones } from './zones.ts';

/** Everything that one entry alone cannot tell: references, uniqueness, limits against each other. */
export function crossCheck(draft: Draft, profiles: Profiles, report: Report): void {
  const context = contextOf(draft, profiles, report);
  checkField(context);
  checkSignals(context);
  const owners: Owners = new Map();
  checkZones(context, owners);
  checkDrives(context, owners);
  checkAuxiliaries(context, owners);
  checkSequences(context);
  checkAlarms(context);
  checkOperation(context);
  checkModbusServer(context);
  checkShifts(context);
}
