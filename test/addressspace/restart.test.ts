import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AttributeIds,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from 'node-opcua';
import { namespaceUri } from '../../addressspace/start-address-space.ts';
import { until } from './clients.ts';
import { type TestServer, startTestServer } from './plant.ts';

const clientCount = 10;
/** Clients find out by themselves, and come back one after the other. */
const comeBackMs = 30_000;

/** A client that comes back by itself, as SCADA systems do, and writes down what it is told. */
class Subscriber {
  readonly seen: string[] = [];
  readonly #client: OPCUAClient;

  private constructor(client: OPCUAClient) {
    this.#client = client;
  }

  static async of(endpointUrl: string): Promise<Subscriber> {
    const client = OPCUAClient.create({
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
      endpointMustExist: false,
      keepSessionAlive: true,
      connectionStrategy: { initialDelay: 100, maxDelay: 500, maxRetry: -1 },
    });
    await client.connect(endpointUrl);
    const session = await client.createSession();
    const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 50,
      requestedLifetimeCount: 1_000,
      requestedMaxKeepAliveCount: 10,
      publishingEnabled: true,
    });
    const subscriber = new Subscriber(client);
    const item = await subscription.monitor(
      { nodeId: `ns=${index};s=temperature.zone1`, attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 1_000, discardOldest: true },
      TimestampsToReturn.Both,
    );
    item.on('changed', ({ statusCode, value }: DataValue) => {
      subscriber.seen.push(statusCode.isGood() ? String(value.value) : statusCode.name);
    });
    return subscriber;
  }

  async leave(): Promise<void> {
    await this.#client.disconnect();
  }
}

describe('a restart of the OPC UA server under ten subscribed clients', function () {
  this.timeout(60_000);
  const pkiDir = mkdtempSync(join(tmpdir(), 'tve-pki-'));
  const subscribers: Subscriber[] = [];
  let server: TestServer;

  after(async () => {
    for (const subscriber of subscribers) await subscriber.leave();
    await server.dispose();
    rmSync(pkiDir, { recursive: true, force: true });
  });

  function measure(from: number, to: number): void {
    for (let value = from; value <= to; value++) server.plant.measure('temperature.zone1', value);
  }

  async function everyoneSees(value: number): Promise<void> {
    await until(
      `${value} with every client: ${subscribers.map(({ seen }) => seen.at(-1)).join()}`,
      () => subscribers.every(({ seen }) => seen.at(-1) === String(value)),
      comeBackMs,
    );
  }

  it('costs none of them a value but those of the outage, and tells none twice', async () => {
    server = await startTestServer({ pkiDir });
    const port = Number(new URL(server.endpointUrl).port);
    measure(1, 1);
    for (let number = 0; number < clientCount; number++) subscribers.push(await Subscriber.of(server.endpointUrl));
    await everyoneSees(1);
    measure(2, 50);
    await everyoneSees(50);
    await server.close();
    server = await startTestServer({ pkiDir, port });
    // what the outage costs: the machine goes on, and nobody is there to tell
    measure(51, 60);
    await everyoneSees(60);
    measure(61, 110);
    await everyoneSees(110);
    const before = Array.from({ length: 50 }, (_, n) => String(n + 1));
    const after = Array.from({ length: 51 }, (_, n) => String(n + 60));
    for (const { seen } of subscribers) {
      const resumedAt = seen.lastIndexOf('50') + 1;
      assert.deepEqual(seen.slice(0, resumedAt), before);
      // a client that is back early sees the end of the outage too, each value once
      const resumed = seen.slice(resumedAt).filter((each) => each !== 'BadNotConnected');
      assert.deepEqual(resumed.slice(resumed.indexOf('60')), after);
      assert.deepEqual(resumed, [...new Set(resumed)]);
    }
    assert.equal(server.sessions(), clientCount);
  });

  // Alarm events over a restart: a client that was away asks for a ConditionRefresh and has what stands. To be told here,
  // with the same ten clients, by whoever raises alarms as conditions.
});
