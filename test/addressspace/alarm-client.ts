import {
  AttributeIds,
  type ClientSession,
  ClientMonitoredItem,
  type ClientSubscription,
  type DataType,
  TimestampsToReturn,
  Variant,
  constructEventFilter,
} from 'node-opcua';
import { until } from './clients.ts';

export const subscriptionSettings = {
  requestedPublishingInterval: 50,
  requestedLifetimeCount: 1_000,
  requestedMaxKeepAliveCount: 10,
  maxNotificationsPerPublish: 0,
  publishingEnabled: true,
  priority: 1,
};

const fields = [
  'EventId',
  'EventType',
  'SourceNode',
  'SourceName',
  'Time',
  'ReceiveTime',
  'Message',
  'Severity',
  'ConditionId',
  'ConditionName',
  'BranchId',
  'Retain',
  'Quality',
  'Comment',
  'ClientUserId',
  'EnabledState.Id',
  'ActiveState.Id',
  'AckedState.Id',
  'ConfirmedState.Id',
  'LatchedState.Id',
  'SuppressedState.Id',
  'OutOfServiceState.Id',
  'ShelvingState.CurrentState',
  'ShelvingState.UnshelveTime',
  'SuppressedOrShelved',
  'FirstInGroupFlag',
] as const;

const ownFields = ['HelpText', 'OccurrenceId', 'Count', 'Trip', 'SuppressedBy'] as const;

type Name = (typeof fields)[number] | (typeof ownFields)[number];

/** One notification, by the names of its fields. */
export type Told = Readonly<Record<Name, unknown>>;

/** What a client that monitors a notifier is told. */
export class Listener {
  readonly told: Told[] = [];
  readonly item: ClientMonitoredItem;

  constructor(subscription: ClientSubscription, index: number, nodeId = 'i=2253') {
    const names: readonly Name[] = [...fields, ...ownFields];
    const paths = [...fields, ...ownFields.map((name) => `${index}:${name}`)];
    this.item = ClientMonitoredItem.create(
      subscription,
      { nodeId, attributeId: AttributeIds.EventNotifier },
      { filter: constructEventFilter(paths), queueSize: 5_000, discardOldest: true, samplingInterval: 0 },
      TimestampsToReturn.Neither,
    );
    this.item.on('changed', (values: unknown) => {
      const variants = values as Variant[];
      this.told.push(Object.fromEntries(names.map((name, at) => [name, plain(variants[at])])) as Told);
    });
  }

  async ready(): Promise<this> {
    await until('the event item', () => this.item.monitoredItemId !== undefined);
    return this;
  }

  /** The first `count` notifications, of one alarm or of all. */
  async first(count: number, alarm?: string): Promise<readonly Told[]> {
    const those = (): readonly Told[] =>
      this.told.filter(({ ConditionName }) => alarm === undefined || ConditionName === alarm);
    await until(`${count} events, have ${those().length}`, () => those().length >= count);
    return those();
  }
}

function plain(variant: Variant | undefined): unknown {
  const value: unknown = variant?.value ?? null;
  if (value !== null && typeof value === 'object' && 'text' in value) return value.text;
  return value;
}

/** Calls a method with typed arguments. @returns its status */
export async function called(
  session: ClientSession,
  objectId: string,
  methodId: string,
  ...inputs: readonly (readonly [DataType, unknown])[]
): Promise<string> {
  const inputArguments = inputs.map(([dataType, value]) => new Variant({ dataType, value }));
  const { statusCode } = await session.call({ objectId, methodId, inputArguments });
  return statusCode.name;
}
