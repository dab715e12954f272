import assert from 'node:assert/strict';
import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  ClientSubscription,
  DataChangeFilter,
  DataChangeTrigger,
  DataValue,
  DeadbandType,
  type MonitoringParametersOptions,
  TimestampsToReturn,
} from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Clients, said, until } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';

interface Watch {
  readonly item: ClientMonitoredItem;
  /** Since the first notification. */
  readonly seen: string[];
  readonly all: string[];
  readonly values: DataValue[];
}

describe('OPC UA subscriptions', function () {
  this.timeout(20_000);
  const clients = new Clients();
  let server: TestServer;
  let session: ClientSession;
  let subscription: ClientSubscription;
  let index: number;

  before(async () => {
    server = await startTestServer();
    session = await clients.connectedAs(server.endpointUrl, null);
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  beforeEach(async () => {
    for (const { id } of server.plant.declaration.signals.values()) server.plant.measure(id, null, 'BadNotConnected');
    server.said.length = 0;
    subscription = await session.createSubscription2({
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 1_000,
      requestedMaxKeepAliveCount: 10,
      maxNotificationsPerPublish: 0,
      publishingEnabled: true,
      priority: 1,
    });
  });
  afterEach(() => subscription.terminate());
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  async function watch(signal: string, parameters: MonitoringParametersOptions): Promise<Watch> {
    const item = ClientMonitoredItem.create(
      subscription,
      { nodeId: `ns=${index};s=${signal}`, attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 100, discardOldest: true, ...parameters },
      TimestampsToReturn.Both,
    );
    const seen: string[] = [];
    const all: string[] = [];
    const values: DataValue[] = [];
    item.on('changed', (dataValue: DataValue) => {
      seen.push(said(dataValue));
      all.push(said(dataValue));
      values.push(dataValue);
    });
    await until('the first notification', () => seen.length > 0);
    seen.length = 0;
    values.length = 0;
    return { item, seen, all, values };
  }

  for (const samplingInterval of [0, 100, 1_000, 10_000, -1]) {
    it(`lose no short failure of a sensor when the client asks for a sampling interval of ${samplingInterval} ms`, async () => {
      const { item, seen } = await watch('temperature.zone1', { samplingInterval });
      assert.equal(item.result?.revisedSamplingInterval, 0);
      for (let pulse = 0; pulse < 3; pulse++) {
        server.plant.measure('temperature.zone1', 180 + pulse);
        server.plant.measure('temperature.zone1', 180 + pulse, 'BadSensorFailure');
      }
      server.plant.measure('temperature.zone1', 183);
      await until('all notifications', () => seen.length >= 7);
      assert.deepEqual(seen, [
        'Good 180',
        'BadSensorFailure',
        'Good 181',
        'BadSensorFailure',
        'Good 182',
        'BadSensorFailure',
        'Good 183',
      ]);
    });
  }

  it('begin with the present value, told once, whoever else watches or reads', async () => {
    server.plant.measure('temperature.zone1', 55);
    const first = await watch('temperature.zone1', { samplingInterval: 1_000 });
    const filter = new DataChangeFilter({ trigger: DataChangeTrigger.StatusValueTimestamp });
    const second = await watch('temperature.zone1', { filter });
    await session.read({ nodeId: `ns=${index};s=temperature.zone1`, attributeId: AttributeIds.Value }, 0);
    server.plant.measure('temperature.zone1', 56);
    await until('the change', () => first.seen.length > 0 && second.seen.length > 0);
    assert.deepEqual(
      [first.all, second.all],
      [
        ['Good 55', 'Good 56'],
        ['Good 55', 'Good 56'],
      ],
    );
  });

  it('stay event-driven when the client modifies the item', async () => {
    const { item, seen } = await watch('temperature.zone1', { samplingInterval: 250 });
    await item.modify({ samplingInterval: 5_000, queueSize: 50, discardOldest: true });
    server.plant.measure('temperature.zone1', 20);
    server.plant.measure('temperature.zone1', 20, 'BadSensorFailure');
    server.plant.measure('temperature.zone1', 21);
    await until('three notifications', () => seen.length >= 3, 2_000);
    assert.deepEqual(seen, ['Good 20', 'BadSensorFailure', 'Good 21']);
  });

  it('carry the time of the reading as source time and the present as server time', async () => {
    const { values } = await watch('temperature.zone1', {});
    const readAtMs = Date.now() - 7_000;
    server.plant.measure('temperature.zone1', 99.5, 'Good', readAtMs);
    await until('the notification', () => values.length > 0);
    assert.equal(values[0]?.sourceTimestamp?.getTime(), readAtMs);
    assert.ok(Math.abs((values[0]?.serverTimestamp?.getTime() ?? 0) - Date.now()) < 2_000);
  });

  for (const discardOldest of [true, false]) {
    it(`end on the failure when the queue overflows with failed readings, discarding the ${discardOldest ? 'oldest' : 'newest'}`, async () => {
      const { item, seen, values } = await watch('temperature.zone1', { queueSize: 2, discardOldest });
      assert.equal(item.result?.revisedQueueSize, 2);
      for (let reading = 0; reading < 5; reading++) {
        server.plant.measure('temperature.zone1', 100 + reading);
        server.plant.measure('temperature.zone1', 100 + reading, 'BadSensorFailure');
      }
      await until('both notifications', () => seen.length >= 2);
      assert.equal(values.length, 2);
      assert.equal(values.at(-1)?.statusCode.isBad(), true, seen.join());
      assert.match(values.at(-1)?.statusCode.name ?? '', /^BadSensorFailure/);
      assert.equal(
        values.some(({ statusCode }) => statusCode.hasOverflowBit),
        true,
        seen.join(),
      );
      assert.deepEqual(
        server.said.filter(({ level }) => level === 'error'),
        [],
      );
    });
  }

  for (const deadbandType of [DeadbandType.Absolute, DeadbandType.Percent]) {
    it(`with a ${DeadbandType[deadbandType]} deadband show the failure and the return at the old value`, async () => {
      const filter = new DataChangeFilter({ trigger: DataChangeTrigger.StatusValue, deadbandType, deadbandValue: 5 });
      const { seen } = await watch('temperature.zone1', { filter });
      for (const value of [100, 101, 140]) server.plant.measure('temperature.zone1', value);
      server.plant.measure('temperature.zone1', 140, 'BadSensorFailure');
      server.plant.measure('temperature.zone1', 140);
      await until('four notifications', () => seen.length >= 4);
      assert.deepEqual(seen, ['Good 100', 'Good 140', 'BadSensorFailure', 'Good 140']);
      assert.deepEqual(
        server.said.filter(({ level }) => level === 'error'),
        [],
      );
    });
  }

  it('turn Bad at once for every signal when the control process is lost', async () => {
    const watched = await Promise.all(
      ['temperature.zone1', 'machine.state', 'heater.enabled'].map((id) => watch(id, {})),
    );
    server.plant.measure('temperature.zone1', 200);
    server.plant.measure('machine.state', 4);
    server.plant.measure('heater.enabled', true);
    server.plant.loseControl();
    await until('the loss', () => watched.every(({ seen }) => seen.at(-1) === 'BadCommunicationError'), 1_000);
    assert.deepEqual(
      watched.map(({ seen }) => seen),
      [
        ['Good 200', 'BadCommunicationError'],
        ['Good 4', 'BadCommunicationError'],
        ['Good true', 'BadCommunicationError'],
      ],
    );
  });

  it('leave no listener behind when they end', async () => {
    const before = server.plant.listeners.size;
    const other = await session.createSubscription2({ requestedPublishingInterval: 50, publishingEnabled: true });
    const monitored = await other.monitor(
      { nodeId: `ns=${index};s=heater.power`, attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 1, discardOldest: true },
      TimestampsToReturn.Both,
    );
    await until('the item', () => monitored.statusCode.isGood());
    await other.terminate();
    server.plant.measure('heater.power', 1.5);
    assert.equal(server.plant.listeners.size, before);
    assert.deepEqual(
      server.said.filter(({ level }) => level === 'error'),
      [],
    );
  });
});
