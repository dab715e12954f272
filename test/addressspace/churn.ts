import {
  AttributeIds,
  type ClientSession,
  CreateMonitoredItemsRequest,
  CreateSubscriptionRequest,
  type CreateMonitoredItemsResponse,
  type CreateSubscriptionResponse,
  MessageSecurityMode,
  MonitoringMode,
  OPCUAClient,
  PublishRequest,
  type PublishResponse,
  SecurityPolicy,
  type StatusCode,
  TimestampsToReturn,
  TransferSubscriptionsRequest,
  type TransferSubscriptionsResponse,
  UserTokenType,
} from 'node-opcua';
import { type Door, HostileConnection } from './fuzz/hostile-connection.ts';
import { passwordOf } from './plant.ts';

const channelLifetimeMs = 20_000;
const lanes = 8;

/** Where a client leaves. */
export const stages = ['connected', 'greeted', 'channel', 'session', 'subscribed', 'closed'] as const;
export type LeavingStage = (typeof stages)[number];

/** CreateSubscription and Publish in binary (OPC 10000-6, A.3). */
const types = { createSubscription: 787, publish: 826, closeSession: 473 } as const;

/**
 * One client's life up to the stage, and its end: in order when it is `closed`, by a broken connection otherwise.
 *
 * @param sessionTimeoutMs  after which the server gives a session up that nobody closes
 * @returns whether the client came as far as it wanted
 */
export async function liveUpTo(stage: LeavingStage, door: Door, sessionTimeoutMs: number): Promise<boolean> {
  const client = await HostileConnection.to(door);
  const rank = stages.indexOf(stage);
  try {
    if (rank >= 1 && !(await client.sayHello())) return false;
    if (rank >= 2 && !(await client.openChannel(channelLifetimeMs))) return false;
    if (rank >= 3 && !(await client.openSession(sessionTimeoutMs, null))) return false;
    if (rank >= 4) {
      client.request(types.createSubscription, subscriptionWish());
      if ((await client.answer()) === null) return false;
    }
    if (stage !== 'closed') return true;
    client.request(types.closeSession, Buffer.from([1]));
    return (await client.answer()) !== null;
  } finally {
    client.destroy();
  }
}

/** Publishing interval 100 ms, life 30 intervals, keep-alive 10, no limit, enabled, priority 0. */
function subscriptionWish(): Buffer {
  const wish = Buffer.alloc(8 + 4 + 4 + 4 + 1 + 1);
  wish.writeDoubleLE(100, 0);
  wish.writeUInt32LE(30, 8);
  wish.writeUInt32LE(10, 12);
  wish.writeUInt8(1, 20);
  return wish;
}

/** So many lives, several at a time. @returns how many of each came as far as they wanted */
export async function churn(
  door: Door,
  count: number,
  stageOf: (number: number) => LeavingStage,
  sessionTimeoutMs: number,
): Promise<ReadonlyMap<LeavingStage, number>> {
  let next = 0;
  const lived = new Map<LeavingStage, number>();
  const lane = async (): Promise<void> => {
    while (next < count) {
      const stage = stageOf(next++);
      if (await liveUpTo(stage, door, sessionTimeoutMs)) lived.set(stage, (lived.get(stage) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  return lived;
}

/** A client of the library, for what takes more than bytes. It does not publish by itself. @param user  null: anonymous */
export async function openSession(
  endpointUrl: string,
  user: string | null = null,
): Promise<{ session: ClientSession; close(): Promise<void> }> {
  const client = OPCUAClient.create({
    securityMode: MessageSecurityMode.None,
    securityPolicy: SecurityPolicy.None,
    endpointMustExist: false,
    requestedSessionTimeout: 30_000,
    connectionStrategy: { maxRetry: 0 },
  });
  await client.connect(endpointUrl);
  try {
    const session = await client.createSession(
      user === null
        ? { type: UserTokenType.Anonymous }
        : { type: UserTokenType.UserName, userName: user, password: passwordOf(user) },
    );
    return { session, close: () => client.disconnect() };
  } catch (cause) {
    await client.disconnect();
    throw cause;
  }
}

interface Asking {
  createSubscription(request: CreateSubscriptionRequest): Promise<CreateSubscriptionResponse>;
  createMonitoredItems(request: CreateMonitoredItemsRequest): Promise<CreateMonitoredItemsResponse>;
  transferSubscriptions(request: TransferSubscriptionsRequest): Promise<TransferSubscriptionsResponse>;
  publish(request: PublishRequest): Promise<PublishResponse>;
}

/**
 * A subscription that nobody publishes for by itself.
 *
 * @param lifeMs  after which it runs out; the server gives 5 s at least
 * @returns its id
 * @throws with the server's refusal
 */
export async function subscribe(session: ClientSession, lifeMs = 60_000): Promise<number> {
  const intervalMs = lifeMs / 60;
  const request = new CreateSubscriptionRequest({
    requestedPublishingInterval: intervalMs,
    requestedLifetimeCount: lifeMs / intervalMs,
    requestedMaxKeepAliveCount: 10,
    publishingEnabled: true,
  });
  return (await (session as unknown as Asking).createSubscription(request)).subscriptionId;
}

/** @returns how taking it over into this session went */
export async function takeOver(session: ClientSession, subscriptionId: number): Promise<StatusCode | undefined> {
  const request = new TransferSubscriptionsRequest({ subscriptionIds: [subscriptionId], sendInitialValues: true });
  return (await (session as unknown as Asking).transferSubscriptions(request)).results?.[0]?.statusCode;
}

/** Asks once for what there is to tell. @returns of which subscription that is, and what: the notifications' type names */
export async function publish(session: ClientSession): Promise<{ subscriptionId: number; told: string[] }> {
  const { subscriptionId, notificationMessage } = await (session as unknown as Asking).publish(new PublishRequest({}));
  const told = (notificationMessage.notificationData ?? []).map((one) => one?.constructor.name ?? 'nothing');
  return { subscriptionId, told };
}

/** @returns the status of each item @throws with the server's refusal of them all */
export async function monitor(
  session: ClientSession,
  subscriptionId: number,
  nodeId: string,
  count: number,
): Promise<StatusCode[]> {
  const request = new CreateMonitoredItemsRequest({
    subscriptionId,
    timestampsToReturn: TimestampsToReturn.Both,
    itemsToCreate: Array.from({ length: count }, (_, clientHandle) => ({
      itemToMonitor: { nodeId, attributeId: AttributeIds.Value },
      monitoringMode: MonitoringMode.Reporting,
      requestedParameters: { clientHandle, samplingInterval: 0, queueSize: 2, discardOldest: true },
    })),
  });
  const { results } = await (session as unknown as Asking).createMonitoredItems(request);
  return (results ?? []).map(({ statusCode }) => statusCode);
}
