import type { EventEmitter } from 'node:events';
import {
  DataType,
  type DataValue,
  type LocalizedTextOptions,
  type Namespace,
  NodeId,
  NodeIdType,
  PermissionFlag,
  Range,
  type RolePermissionTypeOptions,
  type UAObject,
  type UAVariable,
  Variant,
  VariantArrayType,
  WellKnownRoles,
  coerceLocalizedText,
} from 'node-opcua';
import type { MachineView } from '../../machine/ports.ts';
import { type Role, includesRole, roles } from '../../machine/commands/role.ts';
import type { CommandAction } from '../../machine/commands/command.ts';
import type { Sample, SignalDeclaration, SignalValue } from '../../machine/signal.ts';
import { dataTypeOf, dataValueOf } from './data-values.ts';
import { standardRole } from '../security/identities.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { engineeringUnits } from './units.ts';

/** One signal in the address space. */
export interface SignalNode {
  readonly declaration: SignalDeclaration;
  readonly variable: UAVariable;
  /** Who may write it at all; null: nobody. The gate decides each single write. */
  readonly writableBy: Role | null;
  /** Its history can be read. */
  readonly isRecorded: boolean;
  /** What a write on it asks of the machine; absent: to set the signal. */
  readonly actionFor?: (value: SignalValue) => CommandAction;
  /** Tells everyone who monitors it. */
  publish(sample: Sample): void;
}

const reading = PermissionFlag.Browse | PermissionFlag.Read | PermissionFlag.ReadHistory | PermissionFlag.ReceiveEvents;

/** Reading, and `more`, for everybody: what Anonymous may, every role may (when anonymous sessions are let in at all). */
export function permissionsOfAll(more = PermissionFlag.None): RolePermissionTypeOptions[] {
  return [{ roleId: new NodeId(NodeIdType.NUMERIC, WellKnownRoles.Anonymous), permissions: reading | more }];
}

/** Reading for everybody, writing for every role from `from` on. */
export function permissionsToWrite(from: Role): RolePermissionTypeOptions[] {
  const writers = roles.filter((role) => includesRole(role, from));
  return [
    ...permissionsOfAll(),
    ...writers.map((role) => ({
      roleId: new NodeId(NodeIdType.NUMERIC, standardRole[role]),
      permissions: reading | PermissionFlag.Write,
    })),
  ];
}

/** Who may write a signal at all; the gate decides by the machine's state. */
export function writableBy(declaration: SignalDeclaration): Role | null {
  if (declaration.direction === 'setting') return declaration.setting?.role ?? 'operator';
  return declaration.direction === 'output' && declaration.manual === true ? 'engineer' : null;
}

/** Every declared signal as a variable `s=<signal id>`, in folders by the parts of its id. */
export function addSignalNodes(
  namespace: Namespace,
  machine: UAObject,
  view: MachineView,
  hasHistory: boolean,
  log: AddressSpaceLog,
): ReadonlyMap<string, SignalNode> {
  const groups = new Groups(namespace, machine, new Set(view.declaration.signals.keys()));
  const nodes = new Map<string, SignalNode>();
  for (const declaration of view.declaration.signals.values()) {
    nodes.set(declaration.id, addSignalNode(namespace, groups, declaration, view, hasHistory, log));
  }
  return nodes;
}

function addSignalNode(
  namespace: Namespace,
  groups: Groups,
  declaration: SignalDeclaration,
  view: MachineView,
  hasHistory: boolean,
  log: AddressSpaceLog,
): SignalNode {
  const { group, name } = groups.placeOf(declaration.id);
  const role = writableBy(declaration);
  const isRecorded = hasHistory && declaration.history !== undefined;
  const access = ['CurrentRead', ...(role ? ['CurrentWrite'] : []), ...(isRecorded ? ['HistoryRead'] : [])].join(' | ');
  const description = declaration.description ?? declaration.title;
  const variable = namespace.addVariable({
    nodeId: `s=${declaration.id}`,
    browseName: name,
    displayName: declaration.title,
    description: declaration.simulated ? `${description} (simulated, not measured)` : description,
    componentOf: group,
    typeDefinition: typeOf(declaration),
    dataType: dataTypeOf[declaration.type],
    accessLevel: access,
    userAccessLevel: access,
    historizing: isRecorded,
    minimumSamplingInterval: 0,
    rolePermissions: role === null ? permissionsOfAll() : permissionsToWrite(role),
  });
  addSemantics(namespace, variable, declaration);
  const neverRead: Sample = { value: null, quality: 'BadNotConnected', sourceTimeMs: Date.now() };
  readFrom(variable, () => dataValueOf(declaration, view.samples.get(declaration.id) ?? neverRead));
  const about = { signal: declaration.id };
  const publish = (sample: Sample): void => tell(variable, () => dataValueOf(declaration, sample), about, log);
  return { declaration, variable, writableBy: role, isRecorded, publish };
}

/**
 * Lets a variable be read from where the value is kept, so that no copy of ours can grow stale. Only for a variable that is
 * made already: with a getter at birth the library would want a sampling interval.
 */
export function readFrom(variable: UAVariable, read: () => DataValue): void {
  variable.bindVariable({ timestamped_get: read }, true);
  // Without this the library would "refresh" the node for every new item and every read, and tell it as a change.
  (variable as UAVariable & { refreshFunc: unknown }).refreshFunc = undefined;
}

/**
 * Hands what a variable reads to each monitored item by itself: the library's items may throw, and one client's trouble must
 * neither cost another client its notification nor reach the machine view.
 */
export function tell(variable: UAVariable, read: () => DataValue, about: object, log: AddressSpaceLog): void {
  const listeners = (variable as unknown as EventEmitter).listeners('value_changed');
  if (listeners.length === 0) return;
  const dataValue = read();
  for (const listener of listeners) {
    try {
      listener.call(variable, dataValue);
    } catch (cause) {
      log.error({ ...about, cause: String(cause) }, 'a monitored item failed to take a new value');
    }
  }
}

function typeOf(declaration: SignalDeclaration): string {
  if (declaration.type === 'Enumeration') return 'MultiStateDiscreteType';
  if (declaration.type === 'Boolean') return 'TwoStateDiscreteType';
  if (declaration.type === 'String') return 'DataItemType';
  if (declaration.span) return declaration.unit === undefined ? 'AnalogItemType' : 'AnalogUnitRangeType';
  return declaration.unit === undefined ? 'DataItemType' : 'AnalogUnitType';
}

function addSemantics(namespace: Namespace, variable: UAVariable, declaration: SignalDeclaration): void {
  const property = (name: string, dataType: DataType | string, value: Variant, ofStandard = true): void => {
    namespace.addVariable({
      nodeId: `s=${declaration.id}/${name}`,
      propertyOf: variable,
      browseName: ofStandard ? { name, namespaceIndex: 0 } : name,
      typeDefinition: 'PropertyType',
      dataType,
      ...(value.arrayType === VariantArrayType.Array ? { valueRank: 1, arrayDimensions: [value.value.length] } : {}),
      value,
      minimumSamplingInterval: 0,
      rolePermissions: permissionsOfAll(),
    });
  };
  const { type, unit, span, states, decimals } = declaration;
  if (type === 'Boolean') {
    const [no, yes] = states ?? [];
    property('FalseState', DataType.LocalizedText, localized(no ?? 'off'));
    property('TrueState', DataType.LocalizedText, localized(yes ?? 'on'));
  } else if (type === 'Enumeration') {
    property('EnumStrings', DataType.LocalizedText, localizedList(states ?? []));
  } else if (type !== 'String') {
    if (span) {
      const range = () => new Range({ low: span[0], high: span[1] });
      property('EURange', 'Range', new Variant({ dataType: DataType.ExtensionObject, value: range() }));
      property('InstrumentRange', 'Range', new Variant({ dataType: DataType.ExtensionObject, value: range() }));
    }
    if (unit !== undefined) property('EngineeringUnits', 'EUInformation', unitVariant(unit));
    if (type === 'Double' && decimals !== undefined) {
      property('ValuePrecision', DataType.Double, new Variant({ dataType: DataType.Double, value: decimals }));
    }
  }
  property(
    'Simulated',
    DataType.Boolean,
    new Variant({ dataType: DataType.Boolean, value: declaration.simulated }),
    false,
  );
}

function localized(text: string): Variant {
  return new Variant({ dataType: DataType.LocalizedText, value: inEnglish(text) });
}

function localizedList(texts: readonly string[]): Variant {
  const value = texts.map((text) => inEnglish(text));
  return new Variant({ dataType: DataType.LocalizedText, arrayType: VariantArrayType.Array, value });
}

function inEnglish(text: string): LocalizedTextOptions | null {
  return coerceLocalizedText({ text, locale: 'en' });
}

function unitVariant(unit: string): Variant {
  return new Variant({ dataType: DataType.ExtensionObject, value: engineeringUnits(unit) });
}

/**
 * Folders by the parts of the ids: `heater.zone1.setpoint` is `setpoint` in Heater/Zone1. A part that is itself a signal
 * opens no folder: `temperature.zone1.raw` is `zone1.raw` in Temperature, beside `zone1`.
 */
class Groups {
  readonly #namespace: Namespace;
  readonly #root: UAObject;
  readonly #signals: ReadonlySet<string>;
  readonly #made = new Map<string, UAObject>();

  constructor(namespace: Namespace, root: UAObject, signals: ReadonlySet<string>) {
    this.#namespace = namespace;
    this.#root = root;
    this.#signals = signals;
  }

  placeOf(id: string): { group: UAObject; name: string } {
    const parts = id.split('.');
    let group = this.#root;
    let depth = 0;
    while (depth < parts.length - 1 && !this.#signals.has(parts.slice(0, depth + 1).join('.'))) {
      depth++;
      group = this.#groupOf(parts.slice(0, depth), group);
    }
    return { group, name: parts.slice(depth).join('.') };
  }

  #groupOf(path: readonly string[], parent: UAObject): UAObject {
    const key = path.join('.');
    const made = this.#made.get(key);
    if (made) return made;
    const last = path.at(-1) ?? key;
    const group = this.#namespace.addObject({
      nodeId: `s=group.${key}`,
      browseName: last.charAt(0).toUpperCase() + last.slice(1),
      componentOf: parent,
      typeDefinition: 'BaseObjectType',
      rolePermissions: permissionsOfAll(),
    });
    this.#made.set(key, group);
    return group;
  }
}

/** Node id → signal id, for requests that name nodes. */
export function signalIdOf(nodeId: NodeId, namespaceIndex: number): string | null {
  const isOurs = nodeId.namespace === namespaceIndex && nodeId.identifierType === NodeIdType.STRING;
  return isOurs ? String(nodeId.value) : null;
}
