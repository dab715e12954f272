import assert from 'node:assert/strict';
import { AttributeIds, type ClientSession, type ClientSubscription, TimestampsToReturn } from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { Clients, until } from '../clients.ts';
import { type TestServer, signals, startTestServer } from '../plant.ts';

/** What OPC 10000-7 asks of the Standard 2017 profile: half of 50 sessions with 5 subscriptions, half of these with 500 items. */
const busySessions = 25;
const subscriptionsEach = 5;
const itemsEach = 500;

describe('OPC UA subscriptions of the whole Standard profile', function () {
  this.timeout(180_000);
  const clients = new Clients();
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  it('are 5 in each of 25 sessions, every second of them with 500 items, all told of a change', async () => {
    const busy: ClientSubscription[] = [];
    let told = 0;
    let session: ClientSession | null = null;
    for (let number = 0; number < busySessions * subscriptionsEach; number++) {
      if (number % subscriptionsEach === 0) session = await clients.connectedAs(server.endpointUrl, null);
      assert.ok(session);
      const subscription = await session.createSubscription2({
        requestedPublishingInterval: 1_000,
        requestedLifetimeCount: 1_000,
        publishingEnabled: true,
      });
      if (number % 2 === 0) busy.push(subscription);
    }
    const index = (await session?.readNamespaceArray())?.indexOf(namespaceUri);
    const items = Array.from({ length: itemsEach }, (_, item) => ({
      nodeId: `ns=${index};s=${signals[item % signals.length]?.id}`,
      attributeId: AttributeIds.Value,
    }));
    for (const subscription of busy) {
      const parameters = { samplingInterval: 0, queueSize: 5, discardOldest: true };
      const group = await subscription.monitorItems(items, parameters, TimestampsToReturn.Neither);
      group.on('changed', () => told++);
    }
    const all = busy.length * itemsEach;
    await until('the first values', () => told >= all, 60_000);
    told = 0;
    for (const { id, type } of signals)
      server.plant.measure(id, type === 'Boolean' ? true : type === 'String' ? 'x' : 1);
    await until('the change', () => told >= all, 60_000);
    assert.equal(told, all);
  });
});
