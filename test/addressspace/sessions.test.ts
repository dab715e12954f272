import assert from 'node:assert/strict';
import { AttributeIds, type ClientSession, ServerState, TimestampsToReturn } from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Clients, said, until } from './clients.ts';
import { type TestServer, signals, startTestServer } from './plant.ts';

describe('OPC UA sessions', function () {
  this.timeout(40_000);
  const clients = new Clients();
  const open: ClientSession[] = [];
  let server: TestServer;

  before(async () => {
    server = await startTestServer({ maxSessions: 1 });
  });
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  it('may be 60 at once, each with its own live items, even where fewer are configured', async () => {
    const seen = new Map<number, string>();
    for (let number = 0; number < 60; number++) {
      const session = await clients.connectedAs(server.endpointUrl, null);
      open.push(session);
      const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
      const subscription = await session.createSubscription2({
        requestedPublishingInterval: 100,
        publishingEnabled: true,
      });
      const item = await subscription.monitor(
        { nodeId: `ns=${index};s=temperature.zone1`, attributeId: AttributeIds.Value },
        { samplingInterval: 0, queueSize: 5, discardOldest: true },
        TimestampsToReturn.Both,
      );
      item.on('changed', (dataValue) => seen.set(number, said(dataValue)));
    }
    assert.equal(server.sessions(), 60);
    server.plant.measure('temperature.zone1', 123);
    await until('60 notifications', () => seen.size === 60 && [...seen.values()].every((text) => text === 'Good 123'));
    await assert.rejects(clients.connectedAs(server.endpointUrl, null), /BadTooManySessions/);
  });

  it('give their place back when they are closed', async () => {
    for (const session of open.splice(0)) await session.close();
    await until('all places are free', () => server.sessions() === 0);
    const session = await clients.connectedAs(server.endpointUrl, null);
    assert.equal(server.sessions(), 1);
    await session.close();
  });

  it('monitor 500 items in one subscription at a publishing interval of 50 ms', async () => {
    const session = await clients.connectedAs(server.endpointUrl, null);
    const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 50,
      publishingEnabled: true,
    });
    assert.equal(subscription.publishingInterval, 50);
    const group = await subscription.monitorItems(
      Array.from({ length: 500 }, (_, item) => ({
        nodeId: `ns=${index};s=${signals[item % signals.length]?.id}`,
        attributeId: AttributeIds.Value,
      })),
      { samplingInterval: 50, queueSize: 5, discardOldest: true },
      TimestampsToReturn.Both,
    );
    let notified = 0;
    group.on('changed', () => notified++);
    await until('the first values', () => notified >= 500);
    notified = 0;
    for (const { id, type } of signals)
      server.plant.measure(id, type === 'Boolean' ? true : type === 'String' ? 'x' : 1);
    await until('500 changes', () => notified >= 500);
    await session.close();
  });

  it('hear of the end before it comes, and are closed within two seconds', async () => {
    const session = await clients.connectedAs(server.endpointUrl, null);
    const closing = server.close();
    const startedMs = performance.now();
    const status = async () => (await session.read({ nodeId: 'i=2256', attributeId: AttributeIds.Value })).value.value;
    const { state, secondsTillShutdown, shutdownReason } = await status();
    assert.equal(ServerState[state], 'Shutdown');
    assert.ok(secondsTillShutdown >= 1, String(secondsTillShutdown));
    assert.match(shutdownReason.text, /stopped/);
    await closing;
    assert.ok(performance.now() - startedMs < 4_000);
    assert.equal(server.plant.listeners.size, 0);
  });
});
