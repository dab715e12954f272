import type { EventEmitter } from 'node:events';
import {
  DataValue,
  type Namespace,
  StatusCodes,
  type UAObject,
  type UAObjectType,
  type UAVariable,
  type Variant,
} from 'node-opcua';
import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import { permissionsOfAll } from '../signals/signal-nodes.ts';
import { type Field, commonFields, ownFields } from './fields.ts';

/** The parts of AlarmConditionType that are optional and that we keep. */
const optionals = `
  SuppressedState OutOfServiceState LatchedState ShelvingState ConfirmedState Confirm MaxTimeShelved
  ActiveState.TransitionTime AckedState.TransitionTime EnabledState.EffectiveDisplayName
  ShelvingState.TimedShelve2 ShelvingState.OneShotShelve2 ShelvingState.Unshelve2
  RemoveFromService RemoveFromService2 PlaceInService PlaceInService2 OnDelay OffDelay FirstInGroupFlag`
  .trim()
  .split(/\s+/u);

export interface ConditionType {
  readonly type: UAObjectType;
  /** Fields that this alarm has beyond the common ones. */
  readonly fields: readonly Field[];
}

/** A field with the variable that shows it. */
export interface FieldNode {
  readonly field: Field;
  readonly variable: UAVariable;
  /** The variable's id, written out. */
  readonly key: string;
  /** Browse names from the condition down, as event filters give them. */
  readonly path: string;
}

/** The object `s=alarm.<id>` below `folder`, a condition of the machine. Its children are `s=alarm.<id>-<name>`. */
export function addConditionNode(
  namespace: Namespace,
  { folder, source }: { readonly folder: UAObject; readonly source: UAObject },
  declaration: AlarmDeclaration,
  { type, fields }: ConditionType,
): { readonly node: UAObject; readonly fieldNodes: readonly FieldNode[] } {
  const nodeId = `s=alarm.${declaration.id}`;
  const node = type.instantiate({
    namespace,
    nodeId,
    browseName: { name: declaration.id, namespaceIndex: namespace.index },
    displayName: declaration.text,
    description: `${declaration.consequence} ${declaration.response}`,
    componentOf: folder,
    optionals: [...optionals, ...fields.map(({ path }) => path.join('.'))],
  });
  source.addReference({ referenceType: 'HasCondition', nodeId: node });
  addMissingOwnFields(namespace, node);
  const fieldNodes = [...commonFields, ...ownFields, ...fields].flatMap((field) => {
    const variable = variableOf(node, field);
    if (variable === null) return [];
    const path = field.isOwn === true ? variable.browseName.toString() : field.path.join('.');
    return [{ field, variable, key: variable.nodeId.toString(), path }];
  });
  return { node, fieldNodes };
}

/** A type that is not ours, as that of the emergency stop by OPC 40083, does not bring them along. */
function addMissingOwnFields(namespace: Namespace, node: UAObject): void {
  for (const { path, dataType } of ownFields) {
    const [name = ''] = path;
    if (node.getChildByName(name) !== null) continue;
    namespace.addVariable({
      nodeId: `${node.nodeId.toString()}-${name}`,
      browseName: name,
      propertyOf: node,
      typeDefinition: 'PropertyType',
      dataType,
      minimumSamplingInterval: 0,
      rolePermissions: permissionsOfAll(),
    });
  }
}

/** @throws when the type lacks what every alarm is declared to have */
function variableOf(node: UAObject, { path, isOptional }: Field): UAVariable | null {
  let child: ReturnType<UAObject['getChildByName']> = node;
  for (const name of path) child = (child as UAObject | null)?.getChildByName(name) ?? null;
  if (child !== null) return child as UAVariable;
  if (isOptional === true) return null;
  throw new Error(`the alarm ${node.browseName.name} has no ${path.join('.')}`);
}

/** Lets a variable show what `value` gives when it is asked. */
export function showLive(variable: UAVariable, value: () => Variant, sinceMs: () => number | null): void {
  const timestamped_get = (): DataValue => {
    const now = new Date();
    const atMs = sinceMs();
    return new DataValue({
      statusCode: StatusCodes.Good,
      value: value(),
      sourceTimestamp: atMs === null ? now : new Date(atMs),
      serverTimestamp: now,
    });
  };
  variable.bindVariable({ timestamped_get }, true);
  // Without this the library would "refresh" the node for every new item and every read, and tell it as a change.
  (variable as UAVariable & { refreshFunc: unknown }).refreshFunc = undefined;
}

/** Tells those who monitor a variable. What fails for one of them is handed to `onFailure` and costs the others nothing. */
export function tellMonitors(variable: UAVariable, onFailure: (cause: unknown) => void): void {
  const listeners = (variable as unknown as EventEmitter).listeners('value_changed');
  if (listeners.length === 0) return;
  const dataValue = variable.readValue();
  for (const listener of listeners) {
    try {
      listener.call(variable, dataValue);
    } catch (cause) {
      onFailure(cause);
    }
  }
}
