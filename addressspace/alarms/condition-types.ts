import type { Namespace, UAObjectType } from 'node-opcua';
import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import { alarmNames, gatewayAlarmIds, guardAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import { permissionsOfAll } from '../signals/signal-nodes.ts';
import type { ConditionType } from './condition-node.ts';
import { limitFields, ownFields } from './fields.ts';

const plasticsUri = 'http://opcfoundation.org/UA/PlasticsRubber/GeneralTypes/';

/** Our alarm types: the standard ones, with our own properties, so that a client finds these by browsing the types. */
const ownTypes = {
  OffNormalAlarmType: 'MachineAlarmType',
  TripAlarmType: 'MachineTripAlarmType',
  NonExclusiveLevelAlarmType: 'MachineLevelAlarmType',
} as const;

type Base = keyof typeof ownTypes;

/**
 * Which type an alarm is of. A guard's is OffNormalAlarmType, or TripAlarmType when it stops the machine; what only watches
 * a limit is a NonExclusiveLevelAlarmType with that limit. The emergency stop has the type that OPC 40083 makes for it,
 * where that model is loaded.
 */
export function conditionTypes(
  namespace: Namespace,
  machine: MachineDeclaration,
): (alarm: AlarmDeclaration) => ConditionType {
  const { addressSpace } = namespace;
  const made = new Map<Base, UAObjectType>();
  const typeOf = (base: Base): UAObjectType => {
    const type = made.get(base) ?? addOwnType(namespace, base);
    made.set(base, type);
    return type;
  };
  const help = helpType(addressSpace);
  const guarded = machine.alarms.some(({ limit }) => limit !== undefined) ? new Set(guardAlarmIds(machine)) : null;
  return (alarm) => {
    if (alarm.id === alarmNames.estop && help !== null) return { type: help, fields: [] };
    if (alarm.limit !== undefined && guarded?.has(alarm.id) === false) {
      return { type: typeOf('NonExclusiveLevelAlarmType'), fields: limitFields(alarm) };
    }
    return { type: typeOf(alarm.trip === undefined ? 'OffNormalAlarmType' : 'TripAlarmType'), fields: [] };
  };
}

function helpType(addressSpace: Namespace['addressSpace']): UAObjectType | null {
  const index = addressSpace.getNamespaceIndex(plasticsUri);
  return index < 0 ? null : addressSpace.findObjectType('HelpOffNormalAlarmType', index);
}

function addOwnType(namespace: Namespace, base: Base): UAObjectType {
  const standard = namespace.addressSpace.findObjectType(base);
  if (standard === null) throw new Error(`the standard nodeset has no ${base}`);
  const name = ownTypes[base];
  const type = namespace.addObjectType({ nodeId: `s=type.${name}`, browseName: name, subtypeOf: standard });
  for (const { path, dataType } of ownFields) {
    const [property = ''] = path;
    namespace.addVariable({
      nodeId: `s=type.${name}/${property}`,
      browseName: property,
      propertyOf: type,
      typeDefinition: 'PropertyType',
      dataType,
      modellingRule: 'Mandatory',
      minimumSamplingInterval: 0,
      rolePermissions: permissionsOfAll(),
    });
  }
  return type;
}

/** Whether an alarm is about the control system itself, or about the machine. */
export function conditionClassOf(addressSpace: Namespace['addressSpace'], alarm: AlarmDeclaration) {
  const name = gatewayAlarmIds.includes(alarm.id) ? 'SystemConditionClassType' : 'ProcessConditionClassType';
  const type = addressSpace.findObjectType(name);
  if (type === null) throw new Error(`the standard nodeset has no ${name}`);
  return { id: type.nodeId, name };
}
