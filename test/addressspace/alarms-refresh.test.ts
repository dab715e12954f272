import assert from 'node:assert/strict';
import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  type ClientSubscription,
  DataType,
  type DataValue,
  TimestampsToReturn,
} from 'node-opcua';
import { mostWaiting } from '../../addressspace/alarms/alarm-feed.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import type { AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { Listener, called, subscriptionSettings } from './alarm-client.ts';
import { AlarmGate, AlarmPlant, alarm, alarms } from './alarm-plant.ts';
import { Clients, until } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';

const start = 'ns=0;i=2787';
const end = 'ns=0;i=2788';
const required = 'ns=0;i=2789';

/** Names of the conditions told, and types of what is no condition. */
function kinds({ told }: Listener): unknown[] {
  return told.map(({ EventType, ConditionName }) => ConditionName ?? String(EventType));
}

const many = Array.from({ length: 500 }, (_, place) => alarm(`PLANT_${place}`, { priority: 4 }));

describe('OPC UA alarms, asked for anew', function () {
  this.timeout(60_000);
  const clients = new Clients();
  let plant: AlarmPlant;
  let server: TestServer;
  let session: ClientSession;
  let index: number;
  let subscription: ClientSubscription;

  before(async () => {
    plant = new AlarmPlant();
    server = await startTestServer({}, { machine: plant, gate: new AlarmGate(plant) });
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(async () => {
    subscription = await session.createSubscription2(subscriptionSettings);
  });
  afterEach(async () => {
    await subscription.terminate();
    plant.comeToRest();
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  const refresh = async (id: number): Promise<string> => called(session, 'i=2782', 'i=3875', [DataType.UInt32, id]);

  it('tell all that is retained between start and end, to the subscription that asked and to no other', async () => {
    plant.report(['DISK_LOW', true], ['PROBE_FAILED', true]).report(['PROBE_FAILED', false]);
    await until('all is told', async () => true);
    const [asks, beside] = [new Listener(subscription, index), new Listener(subscription, index)];
    const other = await session.createSubscription2(subscriptionSettings);
    const bystander = new Listener(other, index);
    for (const listener of [asks, beside, bystander]) await listener.ready();
    assert.equal(await refresh(subscription.subscriptionId), 'Good');
    await asks.first(4);
    assert.deepEqual(kinds(asks), [start, 'PROBE_FAILED', 'DISK_LOW', end]);
    await beside.first(4);
    assert.equal(bystander.told.length, 0);
    asks.told.length = 0;
    const { monitoredItemId = 0 } = beside.item;
    const status = await called(
      session,
      'i=2782',
      'i=12912',
      [DataType.UInt32, subscription.subscriptionId],
      [DataType.UInt32, monitoredItemId],
    );
    assert.equal(status, 'Good');
    await beside.first(8);
    assert.deepEqual([asks.told.length, bystander.told.length], [0, 0]);
    await other.terminate();
  });

  it('tell with the id of the event that told it first, so that it can be acknowledged', async () => {
    const listener = await new Listener(subscription, index).ready();
    plant.report(['DISK_LOW', true]);
    const [rang] = await listener.first(1);
    await refresh(subscription.subscriptionId);
    const again = (await listener.first(4)).find(
      ({ ConditionName, Retain }, place) => place > 0 && ConditionName && Retain,
    );
    assert.deepEqual(again?.EventId, rang?.EventId);
    assert.deepEqual([again?.Time, again?.Message], [rang?.Time, rang?.Message]);
  });

  it('refuse a subscription or an item that is not the session’s own', async () => {
    assert.equal(await refresh(subscription.subscriptionId + 1_000), 'BadSubscriptionIdInvalid');
    const stranger = await clients.connectedAs(server.endpointUrl, null);
    const others = await stranger.createSubscription2(subscriptionSettings);
    assert.equal(await refresh(others.subscriptionId), 'BadSubscriptionIdInvalid');
    const status = await called(
      session,
      'i=2782',
      'i=12912',
      [DataType.UInt32, subscription.subscriptionId],
      [DataType.UInt32, 4_711],
    );
    assert.equal(status, 'BadMonitoredItemIdInvalid');
  });

  it('are taken over as they stand when the control process is back, and clients asked to refresh', async () => {
    const listener = await new Listener(subscription, index).ready();
    plant.controlAlive = false;
    plant.changed();
    plant.engine.point('DISK_LOW').report(true, false);
    plant.engine.settle({ monotonicMs: performance.now(), wallMs: Date.now() });
    plant.engine.takeEvents();
    plant.controlAlive = true;
    plant.changed();
    const nodeId = `ns=${index};s=alarm.DISK_LOW-ActiveState-Id`;
    const { value: atOnce } = await session.read({ nodeId, attributeId: AttributeIds.Value });
    assert.equal(atOnce.value, true);
    await listener.first(1);
    assert.deepEqual(kinds(listener), [required]);
    await refresh(subscription.subscriptionId);
    await listener.first(4);
    assert.deepEqual(kinds(listener), [required, start, 'DISK_LOW', end]);
  });

  it('agree with what stands though an event was lost on its way', async () => {
    const listener = await new Listener(subscription, index).ready();
    plant.engine.point('DISK_LOW').report(true, false);
    plant.engine.settle({ monotonicMs: performance.now(), wallMs: Date.now() });
    plant.engine.takeEvents();
    plant.changed();
    await listener.first(1);
    assert.deepEqual(kinds(listener), [required]);
  });

  it('stand after a restart as the engine has them, and nothing is told anew', async () => {
    plant.report(['ESTOP', true, { trips: true }], ['AI1_COMMS_LOST', true], ['DISK_LOW', true]);
    plant.report(['PROBE_FAILED', true, { cause: 'AI1_COMMS_LOST' }], ['DISK_LOW', false], ['ESTOP', false]);
    const { engine } = plant;
    const now = { monotonicMs: performance.now(), wallMs: Date.now() };
    engine.acknowledge('ESTOP', undefined, { name: 'otto' }, now);
    engine.point('DISK_LOW').putAside({ kind: 'shelved', minutes: 5, reason: 'known' }, now, { name: 'otto' });
    plant.publish();
    const retained = JSON.parse(JSON.stringify(engine.standing())) as AlarmOccurrence[];
    const next = new AlarmPlant(alarms, retained);
    const again = await startTestServer({}, { machine: next, gate: new AlarmGate(next) });
    try {
      const anew = await clients.connectedAs(again.endpointUrl, null);
      const ofNext = await anew.createSubscription2(subscriptionSettings);
      const listener = await new Listener(ofNext, index).ready();
      next.settle();
      await called(anew, 'i=2782', 'i=3875', [DataType.UInt32, ofNext.subscriptionId]);
      await listener.first(retained.length + 2);
      const inside = listener.told.slice(1, -1);
      assert.deepEqual(
        inside.map((told) => [
          told.OccurrenceId,
          told['ActiveState.Id'],
          told['AckedState.Id'],
          told['LatchedState.Id'],
          told.FirstInGroupFlag,
          told.SuppressedBy,
          told['ShelvingState.CurrentState'],
          told.Message,
          told.Count,
          told.Retain,
        ]),
        retained.map((one) => [
          one.occurrenceId,
          one.active,
          one.acknowledged,
          one.latched,
          one.firstOut,
          one.suppressedBy,
          one.shelf === null ? 'Unshelved' : 'TimedShelved',
          one.explanation,
          one.count,
          true,
        ]),
      );
      const disk = inside.find(({ ConditionName }) => ConditionName === 'DISK_LOW');
      assert.deepEqual([disk?.Comment, disk?.ClientUserId], ['known', 'otto']);
      assert.equal(next.journal.length, 0);
    } finally {
      await again.dispose();
    }
  });

  it('show what stands though no configuration declares it any more', async () => {
    plant.report(['ESTOP', true, { trips: true }]);
    const next = new AlarmPlant(
      alarms.filter(({ id }) => id !== 'ESTOP'),
      plant.engine.standing(),
    );
    const again = await startTestServer({}, { machine: next, gate: new AlarmGate(next) });
    try {
      const anew = await clients.connectedAs(again.endpointUrl, null);
      const { value } = await anew.read({
        nodeId: `ns=${index};s=alarm.ESTOP-LatchedState-Id`,
        attributeId: AttributeIds.Value,
      });
      assert.equal(value.value, true);
    } finally {
      await again.dispose();
    }
  });
});

describe('OPC UA alarms in a burst', function () {
  this.timeout(180_000);
  const clients = new Clients();
  let plant: AlarmPlant;
  let server: TestServer;
  let session: ClientSession;
  let index: number;

  before(async () => {
    plant = new AlarmPlant(many);
    server = await startTestServer({}, { machine: plant, gate: new AlarmGate(plant) });
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  it('of 500 are all told, in order, while values go on', async () => {
    const subscription = await session.createSubscription2(subscriptionSettings);
    const listener = await new Listener(subscription, index).ready();
    const values: number[] = [];
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId: `ns=${index};s=temperature.zone1`, attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 1_000 },
      TimestampsToReturn.Both,
    );
    item.on('changed', ({ value }: DataValue) => void values.push(Number(value.value)));
    await until('the first value', () => values.length > 0);
    const measuring = setInterval(() => plant.measure('temperature.zone1', values.length), 10);
    plant.report(...many.map(({ id }) => [id, true] as const));
    const valuesBefore = values.length;
    await until('all of them', () => listener.told.length >= many.length, 30_000);
    clearInterval(measuring);
    assert.deepEqual(
      listener.told.map(({ ConditionName }) => ConditionName),
      many.map(({ id }) => id),
    );
    assert.ok(values.length > valuesBefore, 'values came in between');
    await subscription.terminate();
  });

  it('beyond what can wait are taken over at once, and clients asked to refresh', async () => {
    const subscription = await session.createSubscription2(subscriptionSettings);
    const listener = await new Listener(subscription, index).ready();
    const [first] = plant.journal;
    for (let count = 0; count <= mostWaiting; count++) {
      for (const each of plant.listeners) if (first) each.alarm?.(first);
    }
    await until('the gap is told', () => listener.told.some(({ EventType }) => String(EventType) === required), 30_000);
    assert.ok(server.said.some(({ level, message }) => level === 'error' && /faster than/u.test(message)));
    await subscription.terminate();
  });
});
