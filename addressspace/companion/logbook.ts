import {
  DataType,
  NodeId,
  NodeIdType,
  PermissionFlag,
  type RolePermissionTypeOptions,
  type UAObject,
  Variant,
  WellKnownRoles,
} from 'node-opcua';
import type { Principal } from '../../machine/commands/command.ts';
import { type MachineMode, machineModes } from '../../machine/control/state.ts';
import type { DecidedCommand } from '../../machine/core.ts';
import type { SignalValue } from '../../machine/signal.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { dataTypeOf } from '../signals/data-values.ts';
import { engineeringUnits } from '../signals/units.ts';
import { choice, localized, structure, text, truth } from './instance.ts';
import {
  type ProductionStatus,
  blockedSignal,
  machineMode,
  productionStatusOf,
  stateSources,
} from './machine-states.ts';
import { objectType } from './models.ts';
import type { Views } from './views.ts';

/** LogbookEventsEnumeration of OPC 40083 for each type of event that is sent. */
const logbookEvents = {
  ParameterChangeLogType: 0,
  UserLogType: 1,
  MachineModeChangeLogType: 4,
  ProductionStatusChangeLogType: 5,
  ProductionDatasetChangeLogType: 6,
} as const;
type LogbookEvent = keyof typeof logbookEvents;

/** Exactly what is sent. */
export const supportedLogbookEvents: readonly number[] = Object.values(logbookEvents);

/** EventOriginatorEnumeration of OPC 40083. A token belongs to a program, which is what the model calls MES. */
const originator: Readonly<Record<Principal['kind'], number>> = { system: 1, person: 2, panel: 2, token: 3 };

/** UserChangeEnumeration of OPC 40083. */
const userChange = { logOn: 0, logOff: 1 } as const;

/** Low: it is there to be known, nobody has to act. */
const severity = 100;

export interface Logbook {
  readonly decided: (decided: DecidedCommand, atMs: number) => void;
  readonly userChanged: (principal: Principal, isOn: boolean) => void;
}

/**
 * The logbook events of OPC 40083, sent by the machine: who changed what, as the control process decided it. They name people,
 * so only engineers and administrators receive them.
 */
export function openLogbook(machine: UAObject, views: Views, log: AddressSpaceLog): Logbook {
  const { addressSpace } = machine;
  const types = Object.keys(logbookEvents) as LogbookEvent[];
  for (const name of ['LogbookEventType', ...types]) {
    objectType(addressSpace, 'plastics', name).setRolePermissions(receivedByEngineers);
  }
  const raise = (type: LogbookEvent, atMs: number, by: Principal | null, message: string, fields: Fields): void => {
    try {
      machine.raiseEvent(objectType(addressSpace, 'plastics', type), {
        time: { dataType: DataType.DateTime, value: new Date(atMs) },
        message: localized(message),
        severity: { dataType: DataType.UInt16, value: severity },
        eventOriginator: choice(by === null ? originator.system : originator[by.kind]),
        ...userFields(by),
        ...fields,
      });
    } catch (cause) {
      log.error({ event: type, cause: String(cause) }, 'a logbook event could not be sent');
    }
  };
  followProduction(views, (before, after) =>
    raise('ProductionStatusChangeLogType', Date.now(), null, 'The production status changed', {
      oldProductionStatus: choice(before),
      newProductionStatus: choice(after),
    }),
  );
  return {
    decided(decided, atMs) {
      const event = eventOf(decided, views);
      if (event) raise(event.type, atMs, decided.command.principal, event.message, event.fields);
    },
    userChanged(principal, isOn) {
      raise('UserLogType', Date.now(), principal, isOn ? 'A user logged on' : 'A user logged off', {
        userChange: choice(isOn ? userChange.logOn : userChange.logOff),
      });
    },
  };
}

type Fields = Readonly<Record<string, Variant>>;

const receivedByEngineers: RolePermissionTypeOptions[] = [
  permissionsFor(WellKnownRoles.Anonymous, PermissionFlag.Browse | PermissionFlag.Read),
  permissionsFor(WellKnownRoles.Engineer, PermissionFlag.Browse | PermissionFlag.Read | PermissionFlag.ReceiveEvents),
];

function permissionsFor(role: WellKnownRoles, permissions: number): RolePermissionTypeOptions {
  return { roleId: new NodeId(NodeIdType.NUMERIC, role), permissions };
}

function userFields(by: Principal | null): Fields {
  if (by === null) return {};
  return {
    'user.id': text(by.name),
    'user.name': text(by.name),
    'user.isPresent': truth(by.kind === 'person'),
    'user.userRole': text(by.role),
  };
}

interface Event {
  readonly type: LogbookEvent;
  readonly message: string;
  readonly fields: Fields;
}

/** null: the command changed nothing that the logbook has a type of event for. */
function eventOf({ command: { action }, outcome }: DecidedCommand, views: Views): Event | null {
  if (!outcome.accepted) return null;
  const { before = null, after = null } = outcome;
  if (before === after) return null;
  if (action.name === 'write') return parameterChange(views, action.signal, before, after);
  if (action.name === 'heat') return parameterChange(views, views.machine.declaration.heating.enabled, before, after);
  if (action.name === 'blockStart') return parameterChange(views, blockedSignal, before, after);
  if (action.name === 'setMode') return modeChange(before, after);
  return action.name === 'loadRecipe' ? recipeChange(before, after) : null;
}

function recipeChange(before: SignalValue, after: SignalValue): Event {
  return {
    type: 'ProductionDatasetChangeLogType',
    message: `Recipe ${String(after)} was loaded`,
    fields: {
      oldProductionDatasetName: text(before === null ? null : String(before)),
      newProductionDatasetName: text(after === null ? null : String(after)),
    },
  };
}

/** Settings only: what an engineer does to an output by hand is no parameter of the production. */
function parameterChange(views: Views, signal: string, before: SignalValue, after: SignalValue): Event | null {
  const declaration = views.declarationOf(signal);
  if (declaration?.direction !== 'setting') return null;
  const { type, unit, title } = declaration;
  const valueOf = (value: SignalValue): Variant =>
    value === null ? new Variant({ dataType: DataType.Null }) : new Variant({ dataType: dataTypeOf[type], value });
  const unitOf = (): Fields => {
    if (unit === undefined) return {};
    return { oldValueUnit: structure(engineeringUnits(unit)), newValueUnit: structure(engineeringUnits(unit)) };
  };
  return {
    type: 'ParameterChangeLogType',
    message: `${title} was changed`,
    fields: { parameterId: text(signal), oldValue: valueOf(before), newValue: valueOf(after), ...unitOf() },
  };
}

function modeChange(before: SignalValue, after: SignalValue): Event | null {
  if (!isMode(before) || !isMode(after)) return null;
  return {
    type: 'MachineModeChangeLogType',
    message: `The mode changed from ${before} to ${after}`,
    fields: { oldMachineMode: choice(machineMode[before]), newMachineMode: choice(machineMode[after]) },
  };
}

function isMode(value: SignalValue): value is MachineMode {
  return machineModes.some((mode) => mode === value);
}

function followProduction(views: Views, onChange: (before: ProductionStatus, after: ProductionStatus) => void): void {
  let before = productionStatusOf(views);
  views.watch(stateSources(views), () => {
    const after = productionStatusOf(views);
    if (after === before) return;
    const left = before;
    before = after;
    onChange(left, after);
  });
}
