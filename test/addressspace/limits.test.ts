import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import {
  AttributeIds,
  ClientMonitoredItem,
  type ClientSession,
  type ClientSessionRawSubscriptionService,
  ClientSubscription,
  CreateMonitoredItemsRequest,
  type DataValue,
  OPCUAClient,
  TimestampsToReturn,
  Variant,
} from 'node-opcua';
import { leastSessions } from '../../addressspace/server-settings.ts';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { Clients, refusal, until } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';

const many = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

/** A Hello of OPC 10000-6, 7.1.2.3, that sets no limits of its own. */
function hello(endpointUrl: string): Buffer {
  const url = Buffer.from(endpointUrl);
  const body = Buffer.alloc(24 + url.length);
  [0, 65_536, 65_536, 0, 0, url.length].forEach((value, index) => body.writeUInt32LE(value, index * 4));
  url.copy(body, 24);
  const head = Buffer.from('HELF____');
  head.writeUInt32LE(head.length + body.length, 4);
  return Buffer.concat([head, body]);
}

async function subscribe(by: ClientSessionRawSubscriptionService): Promise<unknown> {
  return by.createSubscription({
    requestedPublishingInterval: 1_000,
    requestedLifetimeCount: 1_000,
    requestedMaxKeepAliveCount: 10,
    publishingEnabled: true,
  });
}

describe('OPC UA limits', function () {
  this.timeout(30_000);
  const clients = new Clients();
  const sockets: Socket[] = [];
  let server: TestServer;
  let session: ClientSession;
  let zone1: string;
  let seen: DataValue[] = [];

  before(async () => {
    server = await startTestServer();
    const watcher = await clients.connectedAs(server.endpointUrl, 'olga');
    const index = (await watcher.readNamespaceArray()).indexOf(namespaceUri);
    zone1 = `ns=${index};s=temperature.zone1`;
    const subscription = ClientSubscription.create(watcher, {
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 1_000,
      requestedMaxKeepAliveCount: 10,
      publishingEnabled: true,
    });
    const item = { nodeId: zone1, attributeId: AttributeIds.Value };
    const watched = ClientMonitoredItem.create(subscription, item, { queueSize: 10 }, TimestampsToReturn.Both);
    watched.on('changed', (value: DataValue) => seen.push(value));
    await until('the watcher sees the present value', () => seen.length > 0);
  });
  beforeEach(async () => {
    session = await clients.connectedAs(server.endpointUrl, 'otto');
  });
  afterEach(async () => {
    // Whoever was refused, the one who watches goes on to see every change.
    seen = [];
    const value = Math.round(Math.random() * 1e6) / 1e4;
    server.plant.measure('temperature.zone1', value);
    await until('the watcher sees the change', () => seen.some((each) => each.value.value === value));
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  /** The services as they are, without what the client library makes of them. */
  const raw = (): ClientSessionRawSubscriptionService => session as unknown as ClientSessionRawSubscriptionService;
  after(async () => {
    await clients.close();
    await server.dispose();
  });

  const read = () => ({ nodeId: zone1, attributeId: AttributeIds.Value });
  const browse = () => ({
    nodeId: zone1,
    referenceTypeId: 'i=33',
    browseDirection: 0,
    includeSubtypes: true,
    resultMask: 63,
  });
  const write = () => ({ ...read(), value: { value: { dataType: 'Double', value: 1 } } });
  const method = { objectId: 'i=2253', methodId: 'i=11492', inputArguments: [] };
  const path = { startingNode: 'i=84', relativePath: { elements: [] } };
  const tooMany: readonly (readonly [string, (session: ClientSession) => Promise<unknown>])[] = [
    ['5,001 reads', (by) => by.read(many(5_001, read()))],
    ['501 writes', (by) => by.write(many(501, write()))],
    ['51 calls', (by) => by.call(many(51, method))],
    ['2,001 browses', (by) => by.browse(many(2_001, browse()))],
    ['2,001 paths', (by) => by.translateBrowsePath(many(2_001, path))],
    ['5,001 registrations', (by) => by.registerNodes(many(5_001, zone1))],
    [
      'history of 101 nodes',
      (by) =>
        by.readHistoryValue(
          many(101, zone1).map((nodeId) => ({ nodeId })),
          new Date(0),
          new Date(),
        ),
    ],
  ];
  for (const [what, ask] of tooMany) {
    it(`${what} in one request are refused with BadTooManyOperations`, async () => {
      assert.match(await refusal(ask(session)), /BadTooManyOperations/);
    });
  }

  it('the eleventh subscription of a session is refused with BadTooManySubscriptions', async () => {
    for (let count = 0; count < 10; count++) assert.equal(await refusal(subscribe(raw())), 'it was let in');
    assert.match(await refusal(subscribe(raw())), /BadTooManySubscriptions/);
  });

  it('a subscription takes 5,000 items, each with a queue of 5,000 at most, and no more', async () => {
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 1_000,
      requestedLifetimeCount: 100,
      requestedMaxKeepAliveCount: 10,
    });
    const ask = async (count: number) =>
      raw().createMonitoredItems(
        new CreateMonitoredItemsRequest({
          subscriptionId: subscription.subscriptionId,
          itemsToCreate: many(count, {
            itemToMonitor: read(),
            monitoringMode: 0,
            requestedParameters: { clientHandle: 1, samplingInterval: 0, queueSize: 1_000_000 },
          }),
        }),
      );
    assert.match(await refusal(ask(5_001)), /BadTooManyOperations/);
    const { results } = await ask(5_000);
    assert.deepEqual([...new Set(results?.map(({ statusCode }) => statusCode.name))], ['Good']);
    assert.deepEqual([...new Set(results?.map(({ revisedQueueSize }) => revisedQueueSize))], [5_000]);
    const beyond = await ask(1);
    assert.equal(beyond.results?.[0]?.statusCode.name, 'BadTooManyMonitoredItems');
    await subscription.terminate();
  });

  it('text and arrays beyond what is announced are taken by nothing', async () => {
    const index = zone1.slice(3, zone1.indexOf(';'));
    const long = new Variant({ dataType: 'String', value: 'x'.repeat(65_537) });
    const { statusCode } = await session.call({
      objectId: `ns=${index};s=machine`,
      methodId: `ns=${index};s=method.blockStart`,
      inputArguments: [new Variant({ dataType: 'Boolean', value: true }), long],
    });
    assert.equal(statusCode.name, 'BadInvalidArgument');
    const setpoint = { nodeId: `ns=${index};s=heater.zone1.setpoint`, attributeId: AttributeIds.Value };
    const array = { dataType: 'Double', arrayType: 'Array', value: new Float64Array(10_001) } as const;
    assert.equal((await session.write({ ...setpoint, value: { value: array } })).name, 'BadTypeMismatch');
    assert.equal((await session.write({ ...setpoint, value: { value: long } })).name, 'BadTypeMismatch');
  });

  it('a message beyond 4 MB is refused, and ends the connection of who sent it alone', async () => {
    const huge = new Variant({ dataType: 'ByteString', value: Buffer.alloc(5 * 1024 * 1024) });
    const asked = session.write({ nodeId: zone1, attributeId: AttributeIds.Value, value: { value: huge } });
    assert.match(await refusal(asked), /TooLarge|too large|LimitsExceeded|exceed/i);
  });

  it('a chunk beyond 64 kB is refused with BadTcpMessageTooLarge and the connection closed', async () => {
    const socket = connect(Number(new URL(server.endpointUrl).port), '127.0.0.1');
    sockets.push(socket);
    socket.write(hello(server.endpointUrl));
    const [acknowledged] = (await once(socket, 'data')) as [Buffer];
    assert.equal(acknowledged.toString('latin1', 0, 4), 'ACKF');
    const [, receive, send, message, chunks] = [0, 1, 2, 3, 4].map((at) => acknowledged.readUInt32LE(8 + at * 4));
    assert.deepEqual(
      { receive, send, message, chunks },
      { receive: 65_536, send: 65_536, message: 4_194_304, chunks: 64 },
    );
    const head = Buffer.from('OPNF____');
    head.writeUInt32LE(0x7fff_ffff, 4);
    socket.write(head);
    const [refused] = (await once(socket, 'data')) as [Buffer];
    assert.equal(refused.toString('latin1', 0, 4), 'ERRF');
    assert.equal(refused.readUInt32LE(8).toString(16), '80800000');
    await once(socket, 'close');
  });

  it(`beyond ${leastSessions} sessions the next is refused with BadTooManySessions, and one that ends makes room`, async () => {
    const client = OPCUAClient.create({ endpointMustExist: false, connectionStrategy: { maxRetry: 0 } });
    await client.connect(server.endpointUrl);
    const open: ClientSession[] = [];
    while (server.sessions() < leastSessions) open.push(await client.createSession());
    assert.match(await refusal(client.createSession()), /BadTooManySessions/);
    await open.pop()?.close();
    open.push(await client.createSession());
    for (const each of open) await each.close();
    await client.disconnect();
  });

  it('more connections than are kept, all of them silent, leave a client who means it its way in', async () => {
    for (let count = 0; count < leastSessions + 40; count++) {
      const socket = connect(Number(new URL(server.endpointUrl).port), '127.0.0.1');
      socket.on('error', () => undefined); // being turned away is what they are for
      sockets.push(socket.resume());
    }
    await until('they have come', () => sockets.every(({ connecting }) => !connecting));
    const another = await clients.connectedAs(server.endpointUrl, 'erna');
    assert.ok((await another.readNamespaceArray()).length > 0);
    await until('the oldest of them are closed', () => sockets.filter(({ closed }) => closed).length >= 20);
    assert.equal(sockets.at(-1)?.closed, false);
  });
});
