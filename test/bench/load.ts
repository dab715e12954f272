import { parseArgs } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import {
  AttributeIds,
  MessageSecurityMode,
  OPCUAClient,
  OPCUACertificateManager,
  SecurityPolicy,
  TimestampsToReturn,
  UserTokenType,
  type ClientSession,
} from 'node-opcua';

/**
 * Load on the gateway, to be run niced in a process of its own: OPC UA sessions that each subscribe to many items and read as
 * many once a second, and REST requests at a steady rate. Prints one JSON line with what it moved.
 */
const { values } = parseArgs({
  options: {
    opcua: { type: 'string', default: '' },
    http: { type: 'string', default: '' },
    pki: { type: 'string', default: '' },
    username: { type: 'string', default: 'operator' },
    sessions: { type: 'string', default: '20' },
    items: { type: 'string', default: '500' },
    requests: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
  },
});
const password = process.env['TVE_PASSWORD'] ?? '';
const endMs = performance.now() + Number(values.seconds) * 1_000;
const moved = { notifications: 0, reads: 0, requests: 0, failures: 0 };

async function subscribe(): Promise<() => Promise<void>> {
  const client = OPCUAClient.create({
    clientCertificateManager: new OPCUACertificateManager({
      rootFolder: values.pki,
      automaticallyAcceptUnknownCertificate: true,
    }),
    securityMode: MessageSecurityMode.None,
    securityPolicy: SecurityPolicy.None,
    endpointMustExist: false,
  });
  await client.connect(values.opcua);
  const session = await client.createSession({ type: UserTokenType.UserName, userName: values.username, password });
  const nodes = await signalNodes(session);
  const wanted = Array.from({ length: Number(values.items) }, (_, n) => nodes[n % nodes.length] ?? '');
  const subscription = await session.createSubscription2({
    requestedPublishingInterval: 100,
    requestedMaxKeepAliveCount: 20,
    requestedLifetimeCount: 100,
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
    priority: 1,
  });
  const group = await subscription.monitorItems(
    wanted.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
    { samplingInterval: 0, queueSize: 5, discardOldest: true },
    TimestampsToReturn.Both,
  );
  group.on('changed', () => moved.notifications++);
  const reading = (async () => {
    while (performance.now() < endMs) {
      await session.read(wanted.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })));
      moved.reads += wanted.length;
      await pause(1_000);
    }
  })();
  return async () => {
    await reading;
    await session.close(true);
    await client.disconnect();
  };
}

async function signalNodes(session: ClientSession): Promise<string[]> {
  const { value } = (await session.read({ nodeId: 'i=2255', attributeId: AttributeIds.Value })).value as {
    value: string[];
  };
  const index = value.indexOf('urn:tvemicro:machine');
  const cookie = await signIn();
  const reply = await fetch(`${values.http}/api/v1/signals`, { headers: { cookie } });
  return ((await reply.json()) as { id: string }[]).map(({ id }) => `ns=${index};s=${id}`);
}

async function signIn(): Promise<string> {
  const reply = await fetch(`${values.http}/api/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username: values.username, password }),
  });
  return reply.headers.getSetCookie()[0]?.split(';')[0] ?? '';
}

async function fetchOnce(url: string, cookie: string): Promise<void> {
  try {
    const reply = await fetch(url, { headers: { cookie } });
    await reply.arrayBuffer();
    moved[reply.ok ? 'requests' : 'failures']++;
  } catch {
    moved.failures++;
  }
}

async function request(): Promise<void> {
  const cookie = await signIn();
  const startMs = performance.now();
  const open = new Set<Promise<void>>();
  for (let n = 0; performance.now() < endMs; n++) {
    const dueMs = startMs + (n * 1_000) / Number(values.requests);
    if (dueMs > performance.now()) await pause(dueMs - performance.now());
    const path = n % 4 === 0 ? 'signals' : 'machine';
    const one: Promise<void> = fetchOnce(`${values.http}/api/v1/${path}`, cookie).finally(() => open.delete(one));
    open.add(one);
    if (open.size > 100) await Promise.race(open);
  }
  await Promise.all(open);
}

const sessions: (() => Promise<void>)[] = [];
for (let n = 0; n < Number(values.sessions); n++) sessions.push(await subscribe());
await request();
for (const close of sessions) await close();
console.log(JSON.stringify(moved));
process.exit(0);
