import {
  AttributeIds,
  ContentFilter,
  DataType,
  EventFilter,
  EventNotifierFlags,
  FilterOperator,
  LiteralOperand,
  type Namespace,
  type NodeId,
  type UAObject,
  type UAVariable,
  Variant,
  resolveNodeId,
} from 'node-opcua';
import type { SignalDeclaration } from '../../machine/signal.ts';
import { isStepped } from '../../operations/ports/history.ts';
import { type SignalNode, permissionsOfAll } from '../signals/signal-nodes.ts';
import { defaultSettings } from './aggregates/configuration.ts';
import { aggregates, nodeIdOf, suits } from './aggregates/functions.ts';
import { alarmType, keptFields } from './event-fields.ts';

/** Standard nodes: the folders of aggregate functions, and what a history has that says nothing else of itself. */
const functionFolders = ['i=2997', 'i=11201', 'i=32643'];
const defaults = 'i=32637';
const notKnown = ['i=32645', 'i=32646', 'i=32647', 'i=32648', 'i=32649', 'i=32650', 'i=32656', 'i=32752', 'i=32753'];
const eventDefaults = { types: 'i=32755', notKnown: ['i=32756', 'i=32757'] } as const;
const serverTimesKept = ['i=19091', 'i=32682'];

const settingsTypes = {
  TreatUncertainAsBad: [DataType.Boolean, defaultSettings.treatUncertainAsBad],
  PercentDataBad: [DataType.Byte, defaultSettings.percentDataBad],
  PercentDataGood: [DataType.Byte, defaultSettings.percentDataGood],
  UseSlopedExtrapolation: [DataType.Boolean, defaultSettings.useSlopedExtrapolation],
} as const;

/** Says in the address space which aggregates there are, how they are calculated and how each signal is recorded. */
export function describeHistory(namespace: Namespace, signals: ReadonlyMap<string, SignalNode>): void {
  const { addressSpace } = namespace;
  for (const nodeId of notKnown) addressSpace.deleteNode(resolveNodeId(nodeId));
  for (const nodeId of serverTimesKept) set(addressSpace.findNode(nodeId), DataType.Boolean, false);
  for (const folder of functionFolders) {
    for (const aggregate of aggregates) {
      const object = addressSpace.findNode(folder) as UAObject | null;
      object?.addReference({ referenceType: 'Organizes', nodeId: nodeIdOf(aggregate) });
    }
  }
  const standard = addressSpace.findNode(defaults) as UAObject | null;
  set(standard?.getChildByName('Stepped'), DataType.Boolean, false);
  const configuration = standard?.getChildByName('AggregateConfiguration') as UAObject | null | undefined;
  for (const [name, [dataType, value]] of Object.entries(settingsTypes)) {
    set(configuration?.getChildByName(name), dataType, value);
  }
  const known = new Map<string, UAObject>();
  for (const { declaration, variable, isRecorded } of signals.values()) {
    if (!isRecorded) continue;
    const nodeId = configurationIdOf(declaration);
    const object = known.get(nodeId) ?? addConfiguration(namespace, nodeId, declaration);
    known.set(nodeId, object);
    variable.addReference({ referenceType: 'HasHistoricalConfiguration', nodeId: object.nodeId });
  }
}

function set(node: unknown, dataType: DataType, value: unknown): void {
  (node as UAVariable | null | undefined)?.setValueFromSource({ dataType, value });
}

/** Signals that are recorded alike share one configuration, so that a large machine does not grow by ten nodes per signal. */
function configurationIdOf(declaration: SignalDeclaration): string {
  const { deadband = 0, atLeastEverySeconds = 0 } = declaration.history ?? {};
  const kind = declaration.type === 'Double' ? `deadband.${deadband}` : 'changes';
  const path = isStepped(declaration) ? 'stepped' : 'sloped';
  const aggregated = declaration.type === 'Boolean' || declaration.type === 'String' ? declaration.type : 'number';
  const sort = declaration.type === 'Enumeration' ? 'Enumeration' : aggregated;
  return `s=history.${path}.${sort}.${kind}.${atLeastEverySeconds}s`;
}

function addConfiguration(namespace: Namespace, nodeId: string, declaration: SignalDeclaration): UAObject {
  const { type, history } = declaration;
  const object = addObject(namespace, nodeId, 'HA Configuration', 'HistoricalDataConfigurationType');
  const property = (of: UAObject, name: string, dataType: string, value: Variant): void =>
    addProperty(namespace, of, name, dataType, value);
  property(object, 'Stepped', 'Boolean', boolean(isStepped(declaration)));
  property(object, 'ServerTimestampSupported', 'Boolean', boolean(false));
  property(object, 'MaxTimeInterval', 'Duration', double(1_000 * (history?.atLeastEverySeconds ?? 0)));
  if (type === 'Double') {
    property(object, 'ExceptionDeviation', 'Double', double(history?.deadband ?? 0));
    const absolute = new Variant({ dataType: DataType.Int32, value: 0 });
    property(object, 'ExceptionDeviationFormat', 'ExceptionDeviationFormat', absolute);
  }
  const settings = addObject(
    namespace,
    `${nodeId}/AggregateConfiguration`,
    'AggregateConfiguration',
    'AggregateConfigurationType',
    object,
  );
  for (const [name, [dataType, value]] of Object.entries(settingsTypes)) {
    property(settings, name, DataType[dataType], new Variant({ dataType, value }));
  }
  const functions = addObject(namespace, `${nodeId}/AggregateFunctions`, 'AggregateFunctions', 'FolderType', object);
  for (const aggregate of aggregates) {
    if (suits(aggregate, type)) functions.addReference({ referenceType: 'Organizes', nodeId: nodeIdOf(aggregate) });
  }
  return object;
}

/** Machine and Server offer the history of events; its fields and types are told as a filter (OPC 10000-11, 5.3.2). */
export function describeEventHistory(namespace: Namespace, machine: UAObject): void {
  const { addressSpace } = namespace;
  const { server } = addressSpace.rootFolder.objects;
  const types = addressSpace.findNode(eventDefaults.types) as UAObject | null;
  types?.addReference({ referenceType: 'Organizes', nodeId: alarmType });
  for (const nodeId of eventDefaults.notKnown) addressSpace.deleteNode(resolveNodeId(nodeId));
  for (const object of [machine, server]) {
    object.setEventNotifier(object.eventNotifier | EventNotifierFlags.HistoryRead);
    const filter = new Variant({ dataType: DataType.ExtensionObject, value: eventsKept() });
    addProperty(namespace, object, 'HistoricalEventFilter', 'EventFilter', filter);
  }
}

function eventsKept(): EventFilter {
  return new EventFilter({
    selectClauses: keptFields.map((path) => ({
      typeDefinitionId: alarmType,
      browsePath: path.map((name) => ({ name, namespaceIndex: 0 })),
      attributeId: AttributeIds.Value,
    })),
    whereClause: new ContentFilter({
      elements: [
        {
          filterOperator: FilterOperator.OfType,
          filterOperands: [new LiteralOperand({ value: { dataType: DataType.NodeId, value: alarmType } })],
        },
      ],
    }),
  });
}

function addObject(namespace: Namespace, nodeId: string, name: string, type: string, of?: UAObject): UAObject {
  return namespace.addObject({
    nodeId,
    browseName: { name, namespaceIndex: 0 },
    typeDefinition: type,
    ...(of ? { componentOf: of } : {}),
  });
}

function addProperty(namespace: Namespace, of: UAObject, name: string, dataType: string, value: Variant): void {
  namespace.addVariable({
    nodeId: `s=${nameOf(of.nodeId)}/${name}`,
    propertyOf: of,
    browseName: { name, namespaceIndex: 0 },
    typeDefinition: 'PropertyType',
    dataType,
    value,
    minimumSamplingInterval: 0,
    rolePermissions: permissionsOfAll(),
  });
}

/** Nodes of the standard namespace have numbers; their properties here bear the word `server`. */
function nameOf({ namespace, value }: NodeId): string {
  return namespace === 0 ? 'server' : String(value);
}

const boolean = (value: boolean): Variant => new Variant({ dataType: DataType.Boolean, value });
const double = (value: number): Variant => new Variant({ dataType: DataType.Double, value });
