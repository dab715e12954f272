import assert from 'node:assert/strict';
import {
  AttributeIds,
  CancelRequest,
  type CancelResponse,
  type ClientSession,
  CreateSessionRequest,
  CreateSubscriptionRequest,
  type CreateSubscriptionResponse,
  DeleteSubscriptionsRequest,
  MessageSecurityMode,
  type NodeId,
  OPCUAClient,
  PublishRequest,
  QueryFirstRequest,
  ReadRequest,
  type ReadResponse,
  SecurityPolicy,
  TimestampsToReturn,
  UserTokenType,
  makeNodeId,
} from 'node-opcua';
import { Clients, until } from '../clients.ts';
import { passwordOf, type TestServer, startTestServer } from '../plant.ts';
import { ask, refusalOf } from './asking.ts';

const reading = () =>
  new ReadRequest({
    maxAge: 0,
    timestampsToReturn: TimestampsToReturn.Both,
    nodesToRead: [{ nodeId: 'i=2258', attributeId: AttributeIds.Value }],
  });

const tokenOf = (session: ClientSession) => (session as unknown as { authenticationToken: NodeId }).authenticationToken;

describe('OPC UA session services', function () {
  this.timeout(40_000);
  const clients = new Clients();
  const open: OPCUAClient[] = [];
  let server: TestServer;

  before(async () => {
    server = await startTestServer();
  });
  afterEach(async () => {
    for (const client of open.splice(0)) await client.disconnect();
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  /** A client without a session. */
  async function channel(requestedSessionTimeout = 60_000): Promise<OPCUAClient> {
    const client = OPCUAClient.create({
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
      requestedSessionTimeout,
      keepSessionAlive: false,
      connectionStrategy: { maxRetry: 0 },
    });
    open.push(client);
    await client.connect(server.endpointUrl);
    return client;
  }
  it('answer with the handle of the request and the time', async () => {
    const session = await clients.connectedAs(server.endpointUrl, null);
    const request = reading();
    const { responseHeader } = await ask<ReadResponse>(session, request);
    assert.equal(responseHeader.requestHandle, request.requestHeader.requestHandle);
    assert.ok(Math.abs((responseHeader.timestamp?.getTime() ?? 0) - Date.now()) < 5_000);
    assert.equal(responseHeader.serviceResult.name, 'Good');
    await session.close();
  });

  it('refuse a token that is made up, of a closed session, or of another channel', async () => {
    const client = await channel();
    const request = (authenticationToken: NodeId) => {
      const made = reading();
      made.requestHeader.authenticationToken = authenticationToken;
      return made;
    };
    assert.equal(await refusalOf(client, request(makeNodeId(4_711, 2))), 'BadSessionIdInvalid');
    assert.equal(await refusalOf(client, reading()), 'BadSessionIdInvalid');
    const session = await client.createSession({ type: UserTokenType.Anonymous });
    const token = tokenOf(session);
    assert.equal(await refusalOf(client, request(token)), 'Good');
    assert.equal(await refusalOf(await channel(), request(token)), 'BadSecureChannelIdInvalid');
    await session.close();
    assert.match(await refusalOf(client, request(token)), /^BadSession(IdInvalid|Closed)$/);
  });

  it('refuse everything on a session that nobody has activated', async () => {
    const client = await channel();
    const { authenticationToken } = await ask<{ authenticationToken: NodeId }>(
      client,
      new CreateSessionRequest({
        sessionName: 'never activated',
        clientNonce: Buffer.alloc(32, 7),
        endpointUrl: server.endpointUrl,
        requestedSessionTimeout: 60_000,
        clientDescription: { applicationUri: 'urn:test:client' },
      }),
    );
    const request = reading();
    request.requestHeader.authenticationToken = authenticationToken;
    assert.equal(await refusalOf(client, request), 'BadSessionNotActivated');
  });

  it('end a session that says nothing for as long as was agreed', async () => {
    const client = await channel(1_000);
    const before = server.sessions();
    const session = await client.createSession({ type: UserTokenType.Anonymous });
    assert.equal(session.timeout, 1_000);
    assert.equal(server.sessions(), before + 1);
    await until('the end of the session', () => server.sessions() === before);
    const request = reading();
    request.requestHeader.authenticationToken = tokenOf(session);
    assert.match(await refusalOf(client, request), /^BadSession(IdInvalid|Closed)$/);
  });

  it('agree on a longest time that a session may say nothing', async () => {
    const client = await channel(1_000_000_000);
    const session = await client.createSession({ type: UserTokenType.Anonymous });
    assert.ok(session.timeout <= 3_600_000, String(session.timeout));
    await session.close();
  });

  it('refuse services that there are not, and go on', async () => {
    const session = await clients.connectedAs(server.endpointUrl, 'otto');
    assert.equal(await refusalOf(session, new QueryFirstRequest({})), 'BadServiceUnsupported');
    assert.equal(await refusalOf(session, reading()), 'Good');
    await session.close();
  });

  it('cancel the publish requests of a handle, and no others', async () => {
    const session = await clients.connectedAs(server.endpointUrl, 'otto');
    const cancelled = async (requestHandle: number) =>
      (await ask<CancelResponse>(session, new CancelRequest({ requestHandle }))).cancelCount;
    const { subscriptionId } = await ask<CreateSubscriptionResponse>(
      session,
      new CreateSubscriptionRequest({
        requestedPublishingInterval: 100,
        requestedMaxKeepAliveCount: 10_000,
        publishingEnabled: true,
      }),
    );
    await ask(session, new PublishRequest({}));
    const one = new PublishRequest({});
    const other = new PublishRequest({});
    const outcomes = [refusalOf(session, one), refusalOf(session, other)];
    await ask(session, reading());
    assert.equal(await cancelled(4_000_000), 0);
    assert.equal(await cancelled(one.requestHeader.requestHandle), 1);
    assert.equal(await outcomes[0], 'BadRequestCancelledByClient');
    assert.equal(await cancelled(one.requestHeader.requestHandle), 0);
    await ask(session, new DeleteSubscriptionsRequest({ subscriptionIds: [subscriptionId] }));
    assert.equal(await outcomes[1], 'BadNoSubscription');
    assert.match(await refusalOf(await channel(), new CancelRequest({ requestHandle: 1 })), /^BadSession/);
    await session.close();
  });

  it('change the user of a session, whose rights then count, and keep it when the new one is refused', async () => {
    const session = await clients.connectedAs(server.endpointUrl, null);
    const signIn = (userName: string, password: string) =>
      session.changeUser({ type: UserTokenType.UserName, userName, password });
    const index = (await session.readNamespaceArray()).indexOf('urn:tvemicro:machine');
    const rights = async () =>
      (await session.read({ nodeId: `ns=${index};s=heater.zone1.setpoint`, attributeId: AttributeIds.UserAccessLevel }))
        .value.value;
    assert.equal(await rights(), 1);
    assert.equal((await signIn('otto', passwordOf('otto'))).name, 'Good');
    assert.equal(await rights(), 3);
    assert.notEqual((await signIn('erna', 'a guess')).name, 'Good');
    assert.equal(await rights(), 3);
    await session.close();
  });
});
