import assert from 'node:assert/strict';
import {
  AttributeIds,
  type ClientSession,
  type ClientSubscription,
  ContentFilter,
  ContentFilterElement,
  CreateMonitoredItemsRequest,
  type CreateMonitoredItemsResponse,
  DataChangeFilter,
  DataChangeTrigger,
  DataType,
  type DataValue,
  DeadbandType,
  DeleteMonitoredItemsRequest,
  type DeleteMonitoredItemsResponse,
  ElementOperand,
  EventFilter,
  FilterOperator,
  LiteralOperand,
  ModifyMonitoredItemsRequest,
  type ModifyMonitoredItemsResponse,
  type MonitoredItemCreateRequestOptions,
  MonitoringMode,
  ObjectIds,
  ObjectTypeIds,
  type MonitoringParametersOptions,
  SetMonitoringModeRequest,
  type SetMonitoringModeResponse,
  SetTriggeringRequest,
  type SetTriggeringResponse,
  TimestampsToReturn,
  Variant,
  constructEventFilter,
  makeNodeId,
} from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { Clients, said, until } from '../clients.ts';
import { type TestServer, startTestServer } from '../plant.ts';
import { ask, refusalOf } from './asking.ts';

interface Watch {
  readonly id: number;
  readonly seen: string[];
  readonly values: DataValue[];
}

const deadband = (deadbandType: DeadbandType, deadbandValue: number) =>
  new DataChangeFilter({ trigger: DataChangeTrigger.StatusValue, deadbandType, deadbandValue });

/** An event filter whose work doubles with each of so many elements. */
const events = (elements: number) => {
  const doubling = Array.from({ length: elements }, (_, i) => {
    const next = new ElementOperand({ index: i + 1 });
    return new ContentFilterElement({ filterOperator: FilterOperator.And, filterOperands: [next, next] });
  });
  const last = new ContentFilterElement({
    filterOperator: FilterOperator.OfType,
    filterOperands: [
      new LiteralOperand({ value: { dataType: DataType.NodeId, value: makeNodeId(ObjectTypeIds.BaseEventType) } }),
    ],
  });
  return new EventFilter({
    selectClauses: constructEventFilter(['Message']).selectClauses ?? [],
    whereClause: new ContentFilter({ elements: [...doubling, last] }),
  });
};

describe('OPC UA monitored item services', function () {
  this.timeout(40_000);
  const clients = new Clients();
  let server: TestServer;
  let session: ClientSession;
  let subscription: ClientSubscription;
  let index: number;

  before(async () => {
    server = await startTestServer();
    session = await clients.connectedAs(server.endpointUrl, 'otto');
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(async () => {
    server.plant.measure('temperature.zone1', 100);
    server.plant.measure('motor.main.speed', 0);
    subscription = await session.createSubscription2({
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 1_000,
      requestedMaxKeepAliveCount: 10,
      publishingEnabled: true,
    });
  });
  afterEach(() => subscription.terminate());
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  const valueOf = (signal: string) => ({ nodeId: `ns=${index};s=${signal}`, attributeId: AttributeIds.Value });

  async function watch(
    signal: string,
    parameters: MonitoringParametersOptions = {},
    mode = MonitoringMode.Reporting,
  ): Promise<Watch> {
    const item = await subscription.monitor(
      valueOf(signal),
      { samplingInterval: 0, queueSize: 50, discardOldest: true, ...parameters },
      TimestampsToReturn.Both,
      mode,
    );
    const seen: string[] = [];
    const values: DataValue[] = [];
    item.on('changed', (dataValue: DataValue) => {
      seen.push(said(dataValue));
      values.push(dataValue);
    });
    assert.equal(item.statusCode.name, 'Good');
    if (mode === MonitoringMode.Reporting) {
      await until('the first notification', () => seen.length > 0);
      seen.length = 0;
      values.length = 0;
    }
    return { id: item.monitoredItemId ?? 0, seen, values };
  }

  async function create(...items: readonly Partial<MonitoredItemCreateRequestOptions>[]) {
    const itemsToCreate = items.map((item) => ({
      itemToMonitor: valueOf('temperature.zone1'),
      monitoringMode: MonitoringMode.Reporting,
      ...item,
      requestedParameters: { clientHandle: 9_000, samplingInterval: 0, queueSize: 5, ...item.requestedParameters },
    }));
    const request = new CreateMonitoredItemsRequest({
      subscriptionId: subscription.subscriptionId,
      timestampsToReturn: TimestampsToReturn.Both,
      itemsToCreate,
    });
    return (await ask<CreateMonitoredItemsResponse>(session, request)).results ?? [];
  }
  const filtered = (filter: DataChangeFilter | EventFilter, signal = 'temperature.zone1') => ({
    itemToMonitor: valueOf(signal),
    requestedParameters: { filter },
  });
  it('create each item of a request by itself, and say what cannot be monitored', async () => {
    const results = await create(
      {},
      { itemToMonitor: valueOf('no.such.signal') },
      { itemToMonitor: { ...valueOf('temperature.zone1'), attributeId: AttributeIds.Executable } },
      { itemToMonitor: { ...valueOf('temperature.zone1'), attributeId: AttributeIds.DisplayName } },
      { itemToMonitor: { ...valueOf('temperature.zone1'), dataEncoding: { name: 'DefaultXYZ' } } },
    );
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode.name),
      ['Good', 'BadNodeIdUnknown', 'BadAttributeIdInvalid', 'Good', 'BadDataEncodingUnsupported'],
    );
    assert.equal(results[0]?.revisedQueueSize, 5);
    assert.equal(results[0]?.revisedSamplingInterval, 0);
  });

  it('refuse filters that do not fit what is monitored', async () => {
    const results = await create(
      filtered(new EventFilter({ selectClauses: [] })),
      filtered(deadband(DeadbandType.Percent, 101)),
      filtered(deadband(DeadbandType.Absolute, -1)),
      filtered(deadband(DeadbandType.Absolute, 1), 'heater.enabled'),
      filtered(deadband(DeadbandType.Percent, 5), 'heater.energy'),
      {
        itemToMonitor: { ...valueOf('temperature.zone1'), attributeId: AttributeIds.DisplayName },
        requestedParameters: { filter: deadband(DeadbandType.Absolute, 1) },
      },
    );
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode.name),
      [
        'BadFilterNotAllowed',
        'BadDeadbandFilterInvalid',
        'BadDeadbandFilterInvalid',
        'BadFilterNotAllowed',
        'BadMonitoredItemFilterUnsupported',
        'BadFilterNotAllowed',
      ],
    );
  });

  it('refuse an event filter that doubles its work with each element, made or changed', async () => {
    const eventNotifier = { nodeId: makeNodeId(ObjectIds.Server), attributeId: AttributeIds.EventNotifier };
    const results = await create(
      { itemToMonitor: eventNotifier, requestedParameters: { filter: events(60) } },
      { itemToMonitor: eventNotifier, requestedParameters: { filter: events(3) } },
    );
    assert.deepEqual(
      results.map(({ statusCode }) => statusCode.name),
      ['BadTooManyOperations', 'Good'],
    );
    const modified = await ask<ModifyMonitoredItemsResponse>(
      session,
      new ModifyMonitoredItemsRequest({
        subscriptionId: subscription.subscriptionId,
        timestampsToReturn: TimestampsToReturn.Both,
        itemsToModify: [
          { monitoredItemId: results[1]?.monitoredItemId ?? 0, requestedParameters: { filter: events(60) } },
        ],
      }),
    );
    assert.equal(modified.results?.[0]?.statusCode.name, 'BadTooManyOperations');
  });

  it('refuse requests of nothing, for no subscription, and for times that there are not', async () => {
    const items = [{ itemToMonitor: valueOf('temperature.zone1') }];
    const { subscriptionId } = subscription;
    const both = { timestampsToReturn: TimestampsToReturn.Both };
    for (const [request, expected] of [
      [{ ...both, subscriptionId, itemsToCreate: [] }, 'BadNothingToDo'],
      [{ ...both, subscriptionId: 1, itemsToCreate: items }, 'BadSubscriptionIdInvalid'],
      [
        { timestampsToReturn: TimestampsToReturn.Invalid, subscriptionId, itemsToCreate: items },
        'BadTimestampsToReturnInvalid',
      ],
    ] as const) {
      const status = await refusalOf(
        session,
        new CreateMonitoredItemsRequest({ ...request, itemsToCreate: [...request.itemsToCreate] }),
      );
      assert.equal(status, expected);
    }
  });

  it('modify and delete items, and say of others that they are not there', async () => {
    const { id } = await watch('temperature.zone1', { queueSize: 5 });
    const { subscriptionId } = subscription;
    const requestedParameters = { clientHandle: 1, samplingInterval: 0, queueSize: 9, discardOldest: false };
    const modified = await ask<ModifyMonitoredItemsResponse>(
      session,
      new ModifyMonitoredItemsRequest({
        subscriptionId,
        timestampsToReturn: TimestampsToReturn.Source,
        itemsToModify: [
          { monitoredItemId: id, requestedParameters },
          { monitoredItemId: 4_000_000, requestedParameters },
        ],
      }),
    );
    assert.deepEqual(
      modified.results?.map(({ statusCode }) => statusCode.name),
      ['Good', 'BadMonitoredItemIdInvalid'],
    );
    assert.equal(modified.results?.[0]?.revisedQueueSize, 9);
    const monitoredItemIds = [id, id, 4_000_000];
    const { results } = await ask<DeleteMonitoredItemsResponse>(
      session,
      new DeleteMonitoredItemsRequest({ subscriptionId, monitoredItemIds }),
    );
    assert.deepEqual(
      results?.map(({ name }) => name),
      ['Good', 'BadMonitoredItemIdInvalid', 'BadMonitoredItemIdInvalid'],
    );
    const nothing = new DeleteMonitoredItemsRequest({ subscriptionId, monitoredItemIds: [] });
    assert.equal(await refusalOf(session, nothing), 'BadNothingToDo');
  });

  for (const [trigger, expected] of [
    [DataChangeTrigger.Status, ['BadSensorFailure', 'Good 102']],
    [DataChangeTrigger.StatusValue, ['Good 101', 'BadSensorFailure', 'Good 102']],
    [DataChangeTrigger.StatusValueTimestamp, ['Good 101', 'Good 101', 'BadSensorFailure', 'Good 102']],
  ] as const) {
    it(`report by the trigger ${DataChangeTrigger[trigger]}`, async () => {
      const atMs = Date.now();
      const { seen } = await watch('temperature.zone1', { filter: new DataChangeFilter({ trigger }) });
      server.plant.measure('temperature.zone1', 101, 'Good', atMs + 1);
      server.plant.measure('temperature.zone1', 101, 'Good', atMs + 2);
      server.plant.measure('temperature.zone1', 101, 'BadSensorFailure', atMs + 3);
      server.plant.measure('temperature.zone1', 102, 'Good', atMs + 4);
      await until('the last change', () => seen.includes('Good 102'));
      assert.deepEqual(seen, expected);
    });
  }

  for (const [type, deadbandValue, expected] of [
    // Of −20…400 °C, 5 % are 21 K.
    [DeadbandType.Percent, 5, ['Good 122', 'Good 100']],
    [DeadbandType.Absolute, 10, ['Good 111', 'Good 122', 'Good 100']],
    [DeadbandType.None, 0, ['Good 111', 'Good 122', 'Good 117', 'Good 100']],
  ] as const) {
    it(`keep changes within a deadband of kind ${DeadbandType[type]} to themselves`, async () => {
      const { seen } = await watch('temperature.zone1', { filter: deadband(type, deadbandValue) });
      for (const value of [111, 122, 117, 100]) server.plant.measure('temperature.zone1', value);
      await until('the last change', () => seen.includes('Good 100'));
      assert.deepEqual(seen, expected);
    });
  }

  it('keep five changes of an item, and mark the gap where more came', async () => {
    const { values } = await watch('temperature.zone1', { queueSize: 5 });
    for (let value = 201; value <= 205; value++) server.plant.measure('temperature.zone1', value);
    await until('five notifications', () => values.length >= 5);
    assert.equal(
      values.some(({ statusCode }) => statusCode.hasOverflowBit),
      false,
    );
    values.length = 0;
    for (let value = 211; value <= 218; value++) server.plant.measure('temperature.zone1', value);
    await until('five notifications', () => values.length >= 5);
    assert.deepEqual(
      values.map(({ value, statusCode }) => [value.value, statusCode.hasOverflowBit]),
      [
        [214, true],
        [215, false],
        [216, false],
        [217, false],
        [218, false],
      ],
    );
  });

  it('are 500 in each of five subscriptions of a session, all told of a change', async () => {
    const subscriptions = [subscription];
    while (subscriptions.length < 5) {
      subscriptions.push(
        await session.createSubscription2({ requestedPublishingInterval: 50, publishingEnabled: true }),
      );
    }
    let told = 0;
    for (const each of subscriptions) {
      const items = Array.from({ length: 500 }, () => valueOf('temperature.zone1'));
      const parameters = { samplingInterval: 0, queueSize: 5, discardOldest: true };
      const group = await each.monitorItems(items, parameters, TimestampsToReturn.Both);
      group.on('changed', () => told++);
    }
    await until('the first values', () => told >= 2_500, 20_000);
    told = 0;
    server.plant.measure('temperature.zone1', 222);
    await until('the change', () => told >= 2_500, 20_000);
    for (const each of subscriptions.slice(1)) await each.terminate();
  });

  it('sample without reporting, or not at all, by the mode that is set', async () => {
    const { id, seen } = await watch('temperature.zone1');
    const { subscriptionId } = subscription;
    const set = async (monitoringMode: MonitoringMode) => {
      const request = new SetMonitoringModeRequest({
        subscriptionId,
        monitoringMode,
        monitoredItemIds: [id, 4_000_000],
      });
      const { results } = await ask<SetMonitoringModeResponse>(session, request);
      assert.deepEqual(
        results?.map(({ name }) => name),
        ['Good', 'BadMonitoredItemIdInvalid'],
      );
    };
    await set(MonitoringMode.Sampling);
    server.plant.measure('temperature.zone1', 101);
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.equal(seen.length, 0);
    await set(MonitoringMode.Reporting);
    await until('what was sampled', () => seen.includes('Good 101'));
    await set(MonitoringMode.Disabled);
    seen.length = 0;
    server.plant.measure('temperature.zone1', 102);
    server.plant.measure('temperature.zone1', 103);
    await set(MonitoringMode.Reporting);
    await until('the present value', () => seen.includes('Good 103'));
    assert.equal(seen.includes('Good 102'), false, seen.join());
    const nothing = new SetMonitoringModeRequest({ subscriptionId, monitoringMode: 0, monitoredItemIds: [] });
    assert.equal(await refusalOf(session, nothing), 'BadNothingToDo');
  });

  it('report what was sampled when the item that triggers it changes', async () => {
    const trigger = await watch('motor.main.speed');
    const linked = await watch('temperature.zone1', {}, MonitoringMode.Sampling);
    const { subscriptionId } = subscription;
    const link = async (linksToAdd: number[], linksToRemove: number[]) => {
      const request = new SetTriggeringRequest({
        subscriptionId,
        triggeringItemId: trigger.id,
        linksToAdd,
        linksToRemove,
      });
      const { addResults, removeResults } = await ask<SetTriggeringResponse>(session, request);
      return [...(addResults ?? []), ...(removeResults ?? [])].map(({ name }) => name);
    };
    assert.deepEqual(await link([linked.id, 4_000_000], []), ['Good', 'BadMonitoredItemIdInvalid']);
    server.plant.measure('temperature.zone1', 150);
    server.plant.measure('temperature.zone1', 151);
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.deepEqual(linked.seen, []);
    server.plant.measure('motor.main.speed', 500);
    await until('both', () => trigger.seen.includes('Good 500') && linked.seen.includes('Good 151'));
    linked.seen.length = 0;
    assert.deepEqual(await link([], [linked.id]), ['Good']);
    server.plant.measure('temperature.zone1', 152);
    server.plant.measure('motor.main.speed', 501);
    await until('the trigger', () => trigger.seen.includes('Good 501'));
    await new Promise((resolve) => setTimeout(resolve, 250));
    assert.deepEqual(linked.seen, []);
    const stray = new SetTriggeringRequest({ subscriptionId, triggeringItemId: 4_000_000, linksToAdd: [linked.id] });
    assert.equal(await refusalOf(session, stray), 'BadMonitoredItemIdInvalid');
  });

  const call = async (methodId: string, subscriptionId: number, by = session) =>
    by.call({
      objectId: 'i=2253',
      methodId,
      inputArguments: [new Variant({ dataType: DataType.UInt32, value: subscriptionId })],
    });

  it('are listed by GetMonitoredItems, to their own session alone', async () => {
    const own = [await watch('temperature.zone1'), await watch('motor.main.speed')];
    const { statusCode, outputArguments } = await call('i=11492', subscription.subscriptionId);
    assert.equal(statusCode.name, 'Good');
    const [serverHandles, clientHandles] = (outputArguments ?? []).map(({ value }) => [...value] as number[]);
    assert.deepEqual(new Set(serverHandles), new Set(own.map(({ id }) => id)));
    assert.equal(clientHandles?.length, 2);
    assert.equal((await call('i=11492', 4_000_000)).statusCode.name, 'BadSubscriptionIdInvalid');
    const other = await clients.connectedAs(server.endpointUrl, 'erna');
    assert.equal((await call('i=11492', subscription.subscriptionId, other)).statusCode.name, 'BadUserAccessDenied');
    await other.close();
  });

  it('are told again by ResendData', async () => {
    const { seen } = await watch('temperature.zone1');
    assert.equal((await call('i=12873', subscription.subscriptionId)).statusCode.name, 'Good');
    await until('the present value', () => seen.length > 0);
    assert.deepEqual(seen, ['Good 100']);
    assert.equal((await call('i=12873', 4_000_000)).statusCode.name, 'BadSubscriptionIdInvalid');
  });
});
