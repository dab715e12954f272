import { DataType, NodeId, type NodeIdLike, type UAObject, type UAVariable, Variant, resolveNodeId } from 'node-opcua';
import type { AlarmPriority } from '../../machine/alarms/alarm.ts';
import { historyQualityCodes } from '../../operations/ports/history.ts';
import type { AlarmJournalRecord } from '../../operations/ports/journal.ts';
import { eventIdOf } from '../event-id.ts';

export const severityOf: Readonly<Record<AlarmPriority, number>> = { 1: 900, 2: 700, 3: 500, 4: 300 };

/** Event type of alarms whose condition is not in the address space. */
export const alarmType = resolveNodeId('AlarmConditionType');

/** What the fields of an alarm's events refer to. */
export interface AlarmPlace {
  /** The live condition; null: the alarm is no longer declared. */
  readonly condition: UAObject | null;
  readonly machine: UAObject;
}

export interface AlarmFields {
  readonly eventType: NodeId;
  /** Values by browse path, its names joined by points. */
  readonly values: ReadonlyMap<string, Variant>;
}

const text = (value: string): Variant =>
  new Variant({ dataType: DataType.LocalizedText, value: { text: value, locale: 'en' } });
const string = (value: string): Variant => new Variant({ dataType: DataType.String, value });
const flag = (value: boolean): Variant => new Variant({ dataType: DataType.Boolean, value });
const node = (value: NodeId): Variant => new Variant({ dataType: DataType.NodeId, value });
const time = (atMs: number): Variant => new Variant({ dataType: DataType.DateTime, value: new Date(atMs) });

/** Fields that are the same for every event of a condition are taken from the live one. */
const standing = ['SourceNode', 'SourceName', 'ConditionName', 'ConditionClassId', 'ConditionClassName'] as const;

/** An entry of the journal as the event that it was when it happened. */
export function fieldsOf(record: AlarmJournalRecord, { condition, machine }: AlarmPlace): AlarmFields {
  const { occurrence, atMs, actor, comment } = record;
  const eventType = condition?.typeDefinition ?? alarmType;
  const { state, shelf } = occurrence;
  const isInService = shelf?.kind !== 'out-of-service';
  const shelving = shelf?.once === true ? 'OneShotShelved' : 'TimedShelved';
  const values = new Map<string, Variant>([
    ['EventId', new Variant({ dataType: DataType.ByteString, value: eventIdOf(record) })],
    ['EventType', node(eventType)],
    ['SourceNode', node(machine.nodeId)],
    ['SourceName', string(machine.browseName.name ?? '')],
    ['Time', time(atMs)],
    ['ReceiveTime', time(atMs)],
    ['Message', text(occurrence.explanation || occurrence.text)],
    ['Severity', new Variant({ dataType: DataType.UInt16, value: severityOf[occurrence.priority] })],
    ['ConditionName', string(occurrence.id)],
    ['ConditionClassId', node(resolveNodeId('ProcessConditionClassType'))],
    ['ConditionClassName', text('ProcessConditionClassType')],
    ['BranchId', node(NodeId.nullNodeId)],
    ['Retain', flag(state !== 'normal' && isInService)],
    ['Comment', text(comment ?? '')],
    ['ClientUserId', string(actor ?? '')],
    ['SuppressedOrShelved', flag(shelf !== null || state === 'suppressed')],
    ...twoState('EnabledState', isInService, ['Disabled', 'Enabled']),
    ...twoState('ActiveState', occurrence.active, ['Inactive', 'Active']),
    ...twoState('AckedState', occurrence.acknowledged, ['Unacknowledged', 'Acknowledged']),
    ...twoState('SuppressedState', state === 'suppressed', ['Unsuppressed', 'Suppressed']),
    ...twoState('OutOfServiceState', !isInService, ['In Service', 'Out of Service']),
    ...twoState('LatchedState', occurrence.latched, ['Unlatched', 'Latched']),
    ['ShelvingState.CurrentState', text(shelf?.kind === 'shelved' ? shelving : 'Unshelved')],
  ]);
  if (occurrence.quality !== null) {
    const value = historyQualityCodes[occurrence.quality];
    values.set('Quality', new Variant({ dataType: DataType.StatusCode, value: { value } }));
  }
  for (const name of standing) {
    const variable = condition?.getChildByName(name) as UAVariable | null | undefined;
    const value = variable?.readValue().value;
    if (value && value.dataType !== DataType.Null) values.set(name, value);
  }
  return { eventType, values };
}

function twoState(name: string, isTrue: boolean, texts: readonly [no: string, yes: string]): [string, Variant][] {
  return [
    [name, text(isTrue ? texts[1] : texts[0])],
    [`${name}.Id`, flag(isTrue)],
  ];
}

/** Fields that the history of events has, by browse path. */
export const keptFields: readonly (readonly string[])[] = [
  ['EventId'],
  ['EventType'],
  ['SourceNode'],
  ['SourceName'],
  ['Time'],
  ['ReceiveTime'],
  ['Message'],
  ['Severity'],
  ['ConditionName'],
  ['ConditionClassId'],
  ['ConditionClassName'],
  ['BranchId'],
  ['Retain'],
  ['Quality'],
  ['Comment'],
  ['ClientUserId'],
  ['SuppressedOrShelved'],
  ...['EnabledState', 'ActiveState', 'AckedState', 'SuppressedState', 'OutOfServiceState', 'LatchedState'].flatMap(
    (name) => [[name], [name, 'Id']],
  ),
  ['ShelvingState', 'CurrentState'],
];

export function conditionIdOf(alarm: string, namespaceIndex: number): NodeId {
  return resolveNodeId(`ns=${namespaceIndex};s=alarm.${alarm}` satisfies NodeIdLike);
}
