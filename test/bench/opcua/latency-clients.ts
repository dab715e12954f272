import {
  AttributeIds,
  ClientSubscription,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from 'node-opcua';
import { type ChangingRegisters, changedMs, wallMs } from './changing-registers.ts';

/**
 * Clients in a process of their own that note how old each value is when its callback is called. Arguments: a JSON of `Task`.
 * It tells its parent an array of ages in ms, and ends.
 */
export interface Task {
  readonly endpointUrl: string;
  readonly clients: number;
  readonly registers: ChangingRegisters;
  readonly signal: string;
  readonly seconds: number;
}

const task = JSON.parse(process.argv[2] ?? '') as Task;
/** From when all clients listen until everything has found its pace. */
const settleMs = 3_000;
/** What changed last is given so long to come. */
const lateMs = 3_000;
const ages: number[] = [];
let [fromMs, untilMs] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

async function listen(): Promise<OPCUAClient> {
  const client = OPCUAClient.create({
    securityMode: MessageSecurityMode.None,
    securityPolicy: SecurityPolicy.None,
    endpointMustExist: false,
  });
  await client.connect(task.endpointUrl);
  const session = await client.createSession();
  const index = (await session.readNamespaceArray()).indexOf('urn:tvemicro:machine');
  const subscription = ClientSubscription.create(session, {
    requestedPublishingInterval: 50,
    requestedMaxKeepAliveCount: 20,
    requestedLifetimeCount: 1_000,
    publishingEnabled: true,
  });
  const nodes = Array.from({ length: task.registers.count }, (_, n) => ({
    nodeId: `ns=${index};s=${task.signal}${n}`,
    attributeId: AttributeIds.Value,
  }));
  const group = await subscription.monitorItems(
    nodes,
    { samplingInterval: 0, queueSize: 10, discardOldest: true },
    TimestampsToReturn.Both,
  );
  group.on('changed', (_: unknown, { statusCode, value }: DataValue, n: number) => {
    const nowMs = wallMs();
    if (!statusCode.isGood()) return;
    const sinceMs = changedMs(task.registers, n, Number(value.value));
    if (sinceMs >= fromMs && sinceMs < untilMs) ages.push(nowMs - sinceMs);
  });
  return client;
}

const clients = await Promise.all(Array.from({ length: task.clients }, listen));
fromMs = wallMs() + settleMs;
untilMs = fromMs + 1_000 * task.seconds;
await new Promise((resolve) => setTimeout(resolve, untilMs + lateMs - wallMs()));
process.send?.(ages);
for (const client of clients) await client.disconnect();
process.disconnect();
