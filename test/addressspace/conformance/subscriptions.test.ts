import assert from 'node:assert/strict';
import {
  AttributeIds,
  type ClientSession,
  CreateMonitoredItemsRequest,
  CreateSubscriptionRequest,
  type CreateSubscriptionRequestOptions,
  type CreateSubscriptionResponse,
  DataChangeNotification,
  DeleteSubscriptionsRequest,
  type DeleteSubscriptionsResponse,
  ModifySubscriptionRequest,
  type ModifySubscriptionResponse,
  MonitoringMode,
  PublishRequest,
  type PublishRequestOptions,
  type PublishResponse,
  RepublishRequest,
  type RepublishResponse,
  SetPublishingModeRequest,
  type SetPublishingModeResponse,
  StatusChangeNotification,
  TimestampsToReturn,
  TransferSubscriptionsRequest,
  type TransferSubscriptionsResponse,
} from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';
import { Clients, said } from '../clients.ts';
import { type TestServer, startTestServer } from '../plant.ts';
import { ask, refusalOf } from './asking.ts';

const quick = {
  requestedPublishingInterval: 50,
  requestedLifetimeCount: 10_000,
  requestedMaxKeepAliveCount: 10_000,
  maxNotificationsPerPublish: 0,
  publishingEnabled: true,
  priority: 0,
};

function changesOf({ notificationMessage }: PublishResponse | RepublishResponse): string[] {
  return (notificationMessage.notificationData ?? []).flatMap((data) =>
    data instanceof DataChangeNotification ? (data.monitoredItems ?? []).map(({ value }) => said(value)) : [],
  );
}

function endOf({ notificationMessage }: PublishResponse): string | null {
  const [data] = notificationMessage.notificationData ?? [];
  return data instanceof StatusChangeNotification ? data.status.name : null;
}

describe('OPC UA subscription services', function () {
  this.timeout(40_000);
  const clients = new Clients();
  const made: number[] = [];
  let server: TestServer;
  let session: ClientSession;
  let index: number;

  before(async () => {
    server = await startTestServer();
    session = await clients.connectedAs(server.endpointUrl, 'otto');
    index = (await session.readNamespaceArray()).indexOf(namespaceUri);
  });
  afterEach(async () => {
    const subscriptionIds = made.splice(0);
    if (subscriptionIds.length > 0) await ask(session, new DeleteSubscriptionsRequest({ subscriptionIds }));
  });
  after(async () => {
    await clients.close();
    await server?.dispose();
  });

  async function create(more: CreateSubscriptionRequestOptions = {}): Promise<CreateSubscriptionResponse> {
    const created = await ask<CreateSubscriptionResponse>(
      session,
      new CreateSubscriptionRequest({ ...quick, ...more }),
    );
    made.push(created.subscriptionId);
    return created;
  }
  async function watch(subscriptionId: number, signal = 'temperature.zone1'): Promise<void> {
    const itemToMonitor = { nodeId: `ns=${index};s=${signal}`, attributeId: AttributeIds.Value };
    const requestedParameters = { clientHandle: 7, samplingInterval: 0, queueSize: 20, discardOldest: true };
    const itemsToCreate = [{ itemToMonitor, monitoringMode: MonitoringMode.Reporting, requestedParameters }];
    await ask(
      session,
      new CreateMonitoredItemsRequest({ subscriptionId, timestampsToReturn: TimestampsToReturn.Both, itemsToCreate }),
    );
  }
  const publish = (more: PublishRequestOptions = {}, by = session) =>
    ask<PublishResponse>(by, new PublishRequest(more));

  it('create, modify and delete, with values revised to what is kept', async () => {
    const created = await create({
      requestedPublishingInterval: 0,
      requestedLifetimeCount: 1,
      requestedMaxKeepAliveCount: 0,
    });
    assert.ok(created.revisedPublishingInterval >= 50);
    assert.ok(created.revisedMaxKeepAliveCount >= 1);
    assert.ok(created.revisedLifetimeCount >= 3 * created.revisedMaxKeepAliveCount);
    const modified = await ask<ModifySubscriptionResponse>(
      session,
      new ModifySubscriptionRequest({
        ...quick,
        subscriptionId: created.subscriptionId,
        requestedPublishingInterval: 500,
      }),
    );
    assert.equal(modified.revisedPublishingInterval, 500);
    assert.ok(modified.revisedLifetimeCount >= 3 * modified.revisedMaxKeepAliveCount);
    const subscriptionIds = [created.subscriptionId, 4_000_000_000];
    const { results } = await ask<DeleteSubscriptionsResponse>(
      session,
      new DeleteSubscriptionsRequest({ subscriptionIds }),
    );
    assert.deepEqual(
      results?.map(({ name }) => name),
      ['Good', 'BadSubscriptionIdInvalid'],
    );
    const gone = new ModifySubscriptionRequest({ ...quick, subscriptionId: created.subscriptionId });
    assert.equal(await refusalOf(session, gone), 'BadSubscriptionIdInvalid');
    assert.equal(await refusalOf(session, new DeleteSubscriptionsRequest({ subscriptionIds: [] })), 'BadNothingToDo');
    made.length = 0;
  });

  it('refuse to publish where there is no subscription', async () => {
    assert.equal(await refusalOf(session, new PublishRequest({})), 'BadNoSubscription');
  });

  it('hold ten publish requests of a session and answer each with the next changes', async () => {
    server.plant.measure('temperature.zone1', 100);
    const { subscriptionId } = await create();
    await watch(subscriptionId);
    const outstanding = Array.from({ length: 10 }, () => publish());
    const seen: string[] = [];
    for (const [number, answer] of outstanding.entries()) {
      seen.push(...changesOf(await answer));
      server.plant.measure('temperature.zone1', 101 + number);
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 10 }, (_, number) => `Good ${100 + number}`),
    );
  });

  it('drop the oldest publish request, with word of it, when there are more than can wait', async () => {
    const { subscriptionId } = await create();
    await watch(subscriptionId);
    await publish();
    const refused: string[] = [];
    const waiting = Array.from({ length: 130 }, async (_, number) => {
      const status = await refusalOf(session, new PublishRequest({}));
      if (status === 'BadTooManyPublishRequests') refused.push(`${status} ${number}`);
    });
    await session.read({ nodeId: 'i=2258' });
    await ask(session, new DeleteSubscriptionsRequest({ subscriptionIds: made.splice(0) }));
    await Promise.all(waiting);
    assert.deepEqual(
      refused,
      Array.from({ length: 30 }, (_, number) => `BadTooManyPublishRequests ${number}`),
    );
  });

  it('send a keep-alive when nothing changes, which uses up no number', async () => {
    const { subscriptionId } = await create({ requestedMaxKeepAliveCount: 2 });
    const first = await publish();
    const second = await publish();
    for (const { notificationMessage } of [first, second]) {
      assert.deepEqual(notificationMessage.notificationData ?? [], []);
      assert.equal(notificationMessage.sequenceNumber, 1);
    }
    await watch(subscriptionId);
    const told = await publish();
    assert.equal(told.notificationMessage.sequenceNumber, 1);
    assert.equal(changesOf(told).length, 1);
  });

  it('publish a message again until it is acknowledged', async () => {
    server.plant.measure('temperature.zone1', 120);
    const { subscriptionId } = await create();
    await watch(subscriptionId);
    const told = await publish();
    const { sequenceNumber } = told.notificationMessage;
    assert.deepEqual(told.availableSequenceNumbers, [sequenceNumber]);
    const again = new RepublishRequest({ subscriptionId, retransmitSequenceNumber: sequenceNumber });
    assert.deepEqual(changesOf(await ask<RepublishResponse>(session, again)), ['Good 120']);
    server.plant.measure('temperature.zone1', 121);
    const acknowledgement = { subscriptionId, sequenceNumber };
    const next = await publish({
      subscriptionAcknowledgements: [acknowledgement, acknowledgement, { subscriptionId: 1, sequenceNumber }],
    });
    assert.deepEqual(
      next.results?.map(({ name }) => name),
      ['Good', 'BadSequenceNumberUnknown', 'BadSubscriptionIdInvalid'],
    );
    assert.equal(await refusalOf(session, again), 'BadMessageNotAvailable');
    const stray = new RepublishRequest({ subscriptionId: 1, retransmitSequenceNumber: 1 });
    assert.equal(await refusalOf(session, stray), 'BadSubscriptionIdInvalid');
  });

  it('say nothing but keep-alives while publishing is off, and everything once it is on', async () => {
    server.plant.measure('temperature.zone1', 130);
    const { subscriptionId } = await create({ publishingEnabled: false, requestedMaxKeepAliveCount: 2 });
    await watch(subscriptionId);
    server.plant.measure('temperature.zone1', 131);
    assert.deepEqual([...changesOf(await publish()), ...changesOf(await publish())], []);
    const on = new SetPublishingModeRequest({ publishingEnabled: true, subscriptionIds: [subscriptionId, 1] });
    const { results } = await ask<SetPublishingModeResponse>(session, on);
    assert.deepEqual(
      results?.map(({ name }) => name),
      ['Good', 'BadSubscriptionIdInvalid'],
    );
    assert.deepEqual(changesOf(await publish()), ['Good 130', 'Good 131']);
    const nothing = new SetPublishingModeRequest({ publishingEnabled: true, subscriptionIds: [] });
    assert.equal(await refusalOf(session, nothing), 'BadNothingToDo');
  });

  it('serve the subscription of the higher priority first', async () => {
    const low = await create({ priority: 1, requestedPublishingInterval: 100 });
    const high = await create({ priority: 200, requestedPublishingInterval: 100 });
    for (const { subscriptionId } of [low, high]) await watch(subscriptionId);
    for (const told of [await publish(), await publish()]) assert.equal(changesOf(told).length, 1);
    server.plant.measure('temperature.zone1', 140);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(
      [(await publish()).subscriptionId, (await publish()).subscriptionId],
      [high.subscriptionId, low.subscriptionId],
    );
  });

  it('serve five subscriptions of one session at once', async () => {
    server.plant.measure('temperature.zone1', 150);
    const ids: number[] = [];
    for (let number = 0; number < 5; number++) ids.push((await create()).subscriptionId);
    for (const id of ids) await watch(id);
    const told = await Promise.all(ids.map(() => publish()));
    assert.deepEqual(new Set(told.map(({ subscriptionId }) => subscriptionId)), new Set(ids));
    for (const answer of told) assert.deepEqual(changesOf(answer), ['Good 150']);
  });

  it('lead on with more notifications than one answer may carry', async () => {
    const { subscriptionId } = await create({ maxNotificationsPerPublish: 2 });
    await watch(subscriptionId);
    await publish();
    for (let value = 160; value < 165; value++) server.plant.measure('temperature.zone1', value);
    const pages = [await publish(), await publish(), await publish()];
    assert.deepEqual(pages.map(changesOf), [['Good 160', 'Good 161'], ['Good 162', 'Good 163'], ['Good 164']]);
    assert.deepEqual(
      pages.map(({ moreNotifications }) => moreNotifications),
      [true, true, false],
    );
  });

  it('end a subscription that nobody publishes for, and say so', async () => {
    const dying = await create({ requestedLifetimeCount: 3, requestedMaxKeepAliveCount: 1 });
    const living = await create();
    const lifetimeMs = dying.revisedLifetimeCount * dying.revisedPublishingInterval;
    assert.ok(lifetimeMs < 20_000, String(lifetimeMs));
    await new Promise((resolve) => setTimeout(resolve, lifetimeMs + 1_000));
    await watch(living.subscriptionId);
    const told = [await publish(), await publish()];
    assert.deepEqual(told.filter(({ subscriptionId }) => subscriptionId === dying.subscriptionId).map(endOf), [
      'BadTimeout',
    ]);
    made.splice(made.indexOf(dying.subscriptionId), 1);
  });

  it('transfer a subscription to another session of the same user, with its present values', async () => {
    server.plant.measure('temperature.zone1', 170);
    const { subscriptionId } = await create();
    const staying = await create();
    await watch(subscriptionId);
    await publish();
    const other = await clients.connectedAs(server.endpointUrl, 'otto');
    const stranger = await clients.connectedAs(server.endpointUrl, 'erna');
    const request = () =>
      new TransferSubscriptionsRequest({ subscriptionIds: [subscriptionId, 1], sendInitialValues: true });
    const refused = await ask<TransferSubscriptionsResponse>(stranger, request());
    assert.deepEqual(
      refused.results?.map(({ statusCode }) => statusCode.name),
      ['BadUserAccessDenied', 'BadSubscriptionIdInvalid'],
    );
    const taken = await ask<TransferSubscriptionsResponse>(other, request());
    assert.deepEqual(
      taken.results?.map(({ statusCode }) => statusCode.name),
      ['Good', 'BadSubscriptionIdInvalid'],
    );
    assert.deepEqual(changesOf(await publish({}, other)), ['Good 170']);
    assert.equal(endOf(await publish()), 'GoodSubscriptionTransferred');
    await other.close();
    await stranger.close();
    made.splice(0, made.length, staying.subscriptionId);
  });
});
