import { DataType, NodeId, type StatusCode, Variant, coerceLocalizedText, resolveNodeId } from 'node-opcua';
import type { AlarmDeclaration } from '../../machine/alarms/alarm.ts';
import {
  type Face,
  isRetained,
  isSuppressedOrShelved,
  messageOf,
  severityOf,
  shelvingOf,
  states,
  unshelvesInMs,
} from './face.ts';

/** What is the same for all that a condition ever shows. */
export interface Ground {
  readonly eventType: NodeId;
  readonly sourceNode: NodeId;
  readonly sourceName: string;
  readonly conditionClass: { readonly id: NodeId; readonly name: string };
  /** The signal that it watches, if it watches one; else null. */
  readonly inputNode: NodeId;
  readonly longestShelfMs: number;
  /** How good the value behind the alarm is at present. */
  readonly quality: (face: Face) => StatusCode;
}

/** One variable of a condition, which is also a field of its events. */
export interface Field {
  /** Names from the condition down. */
  readonly path: readonly string[];
  /** In our namespace instead of the standard one. */
  readonly isOwn?: true;
  /** It changes without an event: it is read when somebody asks. */
  readonly isLive?: true;
  /** Not every type has it. */
  readonly isOptional?: true;
  readonly value: (face: Face, ground: Ground, nowMs: number) => Variant;
}

/** The null time of OPC UA. */
const never = new Date(Date.UTC(1601, 0, 1));

const text = (value: string | null): Variant =>
  new Variant({ dataType: DataType.LocalizedText, value: coerceLocalizedText({ text: value, locale: 'en' }) });
const string = (value: string | null): Variant => new Variant({ dataType: DataType.String, value });
const node = (value: NodeId): Variant => new Variant({ dataType: DataType.NodeId, value });
const flag = (value: boolean): Variant => new Variant({ dataType: DataType.Boolean, value });
const double = (value: number): Variant => new Variant({ dataType: DataType.Double, value });
const small = (value: number): Variant => new Variant({ dataType: DataType.UInt16, value });
const time = (ms: number | null | undefined): Variant =>
  new Variant({ dataType: DataType.DateTime, value: typeof ms === 'number' ? new Date(ms) : never });

function twoState(name: string, is: (face: Face) => boolean, no: string, yes: string): Field[] {
  return [
    { path: [name], value: (face) => text(is(face) ? yes : no) },
    { path: [name, 'Id'], value: (face) => flag(is(face)) },
    { path: [name, 'TransitionTime'], isOptional: true, value: ({ since }) => time(since.get(name)) },
  ];
}

const nowhere = new NodeId();

const identity: readonly Field[] = [
  { path: ['EventId'], value: ({ eventId }) => new Variant({ dataType: DataType.ByteString, value: eventId }) },
  { path: ['EventType'], value: (_, { eventType }) => node(eventType) },
  { path: ['SourceNode'], value: (_, { sourceNode }) => node(sourceNode) },
  { path: ['SourceName'], value: (_, { sourceName }) => string(sourceName) },
  { path: ['Time'], value: ({ atMs }) => time(atMs) },
  { path: ['ReceiveTime'], value: ({ receivedAtMs }) => time(receivedAtMs) },
  { path: ['Message'], value: (face) => text(messageOf(face)) },
  { path: ['Severity'], value: (face) => small(severityOf(face)) },
  { path: ['ConditionClassId'], value: (_, { conditionClass }) => node(conditionClass.id) },
  { path: ['ConditionClassName'], value: (_, { conditionClass }) => text(conditionClass.name) },
  { path: ['ConditionName'], value: ({ declaration }) => string(declaration.id) },
  { path: ['BranchId'], value: () => node(nowhere) },
  { path: ['Retain'], value: (face) => flag(isRetained(face)) },
];

const conditionVariables: readonly Field[] = [
  {
    path: ['Quality'],
    isLive: true,
    value: (face, { quality }) => new Variant({ dataType: DataType.StatusCode, value: quality(face) }),
  },
  { path: ['Quality', 'SourceTimestamp'], value: ({ atMs }) => time(atMs) },
  // an alarm's severity follows from its declaration and never changes; 0 says that there was no other before
  { path: ['LastSeverity'], value: () => small(0) },
  { path: ['LastSeverity', 'SourceTimestamp'], value: () => time(null) },
  { path: ['Comment'], value: ({ comment }) => text(comment?.text ?? null) },
  { path: ['Comment', 'SourceTimestamp'], value: ({ comment }) => time(comment?.atMs) },
  { path: ['ClientUserId'], value: ({ actor }) => string(actor) },
];

/** Number of each state's node in the standard ShelvedStateMachineType. */
const shelvedStates = { Unshelved: 'i=2930', TimedShelved: 'i=2932', OneShotShelved: 'i=2933' } as const;

const alarmStates: readonly Field[] = [
  ...twoState('EnabledState', states.EnabledState, 'Disabled', 'Enabled'),
  {
    path: ['EnabledState', 'EffectiveDisplayName'],
    value: ({ occurrence }) => text(occurrence?.state ?? 'normal'),
  },
  ...twoState('ActiveState', states.ActiveState, 'Inactive', 'Active'),
  ...twoState('AckedState', states.AckedState, 'Unacknowledged', 'Acknowledged'),
  ...twoState('ConfirmedState', states.ConfirmedState, 'Unconfirmed', 'Confirmed'),
  ...twoState('SuppressedState', states.SuppressedState, 'Unsuppressed', 'Suppressed'),
  ...twoState('OutOfServiceState', states.OutOfServiceState, 'In Service', 'Out of Service'),
  ...twoState('LatchedState', states.LatchedState, 'Unlatched', 'Latched'),
  { path: ['ShelvingState', 'CurrentState'], value: (face) => text(shelvingOf(face)) },
  {
    path: ['ShelvingState', 'CurrentState', 'Id'],
    value: (face) => node(resolveNodeId(shelvedStates[shelvingOf(face)])),
  },
  {
    path: ['ShelvingState', 'UnshelveTime'],
    isLive: true,
    value: (face, _, nowMs) => double(unshelvesInMs(face, nowMs)),
  },
  { path: ['SuppressedOrShelved'], value: (face) => flag(isSuppressedOrShelved(face)) },
  { path: ['MaxTimeShelved'], value: (_, { longestShelfMs }) => double(longestShelfMs) },
  { path: ['FirstInGroupFlag'], value: ({ occurrence }) => flag(occurrence?.firstOut ?? false) },
  { path: ['InputNode'], value: (_, { inputNode }) => node(inputNode) },
  { path: ['OnDelay'], value: ({ declaration }) => double(declaration.onDelaySeconds * 1_000) },
  { path: ['OffDelay'], value: ({ declaration }) => double(declaration.offDelaySeconds * 1_000) },
  { path: ['NormalState'], isOptional: true, value: () => node(nowhere) },
];

/** What we tell beyond the standard. */
export const ownFields: readonly (Field & { readonly dataType: 'String' | 'LocalizedText' | 'UInt32' | 'Boolean' })[] =
  [
    {
      path: ['HelpText'],
      isOwn: true,
      dataType: 'LocalizedText',
      value: ({ declaration }) => text(`${declaration.response} ${declaration.consequence}`),
    },
    {
      path: ['OccurrenceId'],
      isOwn: true,
      dataType: 'String',
      value: ({ occurrence }) => string(occurrence?.occurrenceId ?? null),
    },
    {
      path: ['Count'],
      isOwn: true,
      dataType: 'UInt32',
      value: ({ occurrence }) => new Variant({ dataType: DataType.UInt32, value: occurrence?.count ?? 0 }),
    },
    { path: ['Trip'], isOwn: true, dataType: 'Boolean', value: ({ occurrence }) => flag(occurrence?.trip ?? false) },
    {
      path: ['SuppressedBy'],
      isOwn: true,
      dataType: 'String',
      value: ({ occurrence }) => string(occurrence?.suppressedBy ?? null),
    },
  ];

/** The sides of a limit that an alarm has, by its declaration. */
export function limitFields({ limit }: Pick<AlarmDeclaration, 'limit'>): readonly Field[] {
  if (limit === undefined) return [];
  const side = (name: 'High' | 'Low', bound: number | undefined, isBeyond: (value: number) => boolean): Field[] => {
    if (bound === undefined) return [];
    const is = ({ occurrence }: Face): boolean =>
      occurrence?.active === true && typeof occurrence.value === 'number' && isBeyond(occurrence.value);
    return [
      { path: [`${name}Limit`], value: () => double(bound) },
      { path: [`${name}Deadband`], value: () => double(limit.deadband) },
      ...twoState(`${name}State`, is, `${name} inactive`, `${name} active`),
    ];
  };
  const { above, below } = limit;
  // what the signal read when the alarm rang lies beyond one of them: of two limits, beyond the nearer
  const isHigh = (value: number): boolean =>
    below === undefined || (above !== undefined && Math.abs(value - above) <= Math.abs(value - below));
  return [...side('High', above, isHigh), ...side('Low', below, (value) => above === undefined || !isHigh(value))];
}

export const commonFields: readonly Field[] = [...identity, ...conditionVariables, ...alarmStates];
