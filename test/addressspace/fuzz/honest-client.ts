import assert from 'node:assert/strict';
import {
  AttributeIds,
  type ClientSession,
  type DataValue,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  TimestampsToReturn,
} from 'node-opcua';
import { namespaceUri } from '../../../addressspace/start-address-space.ts';

/** The longest time that a value may be old, or a client wait, on a computer that is busy with attacking. */
const freshMs = 3_000;
const readEveryMs = 100;

/** A client that watches the machine's heartbeat and reads it too, all along, and notes what it missed. */
export class HonestClient {
  readonly session: ClientSession;
  readonly index: number;
  readonly #client: OPCUAClient;
  readonly #complaints: string[] = [];
  #last: number | null = null;
  #lastAtMs = performance.now();
  #longestMs = 0;
  #reading: Promise<void> | null = null;
  #isWatching = true;
  notifications = 0;
  reads = 0;

  private constructor(client: OPCUAClient, session: ClientSession, index: number) {
    this.#client = client;
    this.session = session;
    this.index = index;
  }

  static async watching(endpointUrl: string): Promise<HonestClient> {
    const client = OPCUAClient.create({
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
      endpointMustExist: false,
      connectionStrategy: { maxRetry: 0, initialDelay: 50, maxDelay: 100 },
    });
    await client.connect(endpointUrl);
    const session = await client.createSession();
    const index = (await session.readNamespaceArray()).indexOf(namespaceUri);
    const honest = new HonestClient(client, session, index);
    const subscription = await session.createSubscription2({
      requestedPublishingInterval: 100,
      requestedLifetimeCount: 100,
      requestedMaxKeepAliveCount: 10,
      publishingEnabled: true,
    });
    const item = await subscription.monitor(
      { nodeId: honest.#heartbeat, attributeId: AttributeIds.Value },
      { samplingInterval: 0, queueSize: 1_000, discardOldest: true },
      TimestampsToReturn.Both,
    );
    item.on('changed', (value) => honest.#notice(value));
    honest.#lastAtMs = performance.now();
    honest.#reading = honest.#read();
    return honest;
  }

  /** One figure of the server's own diagnostics, such as `i=2285`, the subscriptions there are. */
  async count(nodeId: string): Promise<number> {
    return Number((await this.session.read({ nodeId, attributeId: AttributeIds.Value })).value.value);
  }

  /** Ends the watching. Every value came, in order and fresh, up to now. */
  async assertServed(): Promise<void> {
    this.#isWatching = false;
    await this.#reading;
    this.#noteWait();
    await this.#client.disconnect();
    assert.deepEqual(this.#complaints, []);
    assert.ok(this.#longestMs < freshMs, `nothing came for ${Math.round(this.#longestMs)} ms`);
    assert.ok(this.notifications > 10 && this.reads > 5, `${this.notifications} notifications, ${this.reads} reads`);
  }

  get longestMs(): number {
    return this.#longestMs;
  }

  /** Whatever it has seen. */
  async leave(): Promise<void> {
    this.#isWatching = false;
    await this.#reading;
    await this.#client.disconnect();
  }

  get #heartbeat(): string {
    return `ns=${this.index};s=machine.heartbeat`;
  }

  #noteWait(): void {
    const nowMs = performance.now();
    this.#longestMs = Math.max(this.#longestMs, nowMs - this.#lastAtMs);
    this.#lastAtMs = nowMs;
  }

  #notice({ value, statusCode }: DataValue): void {
    this.#noteWait();
    this.notifications++;
    const beat = Number(value.value);
    if (!statusCode.isGood()) this.#complaints.push(`notified of ${statusCode.name}`);
    else if (this.#last !== null && beat !== this.#last + 1) this.#complaints.push(`${beat} after ${this.#last}`);
    this.#last = beat;
  }

  async #read(): Promise<void> {
    let newest = 0;
    while (this.#isWatching) {
      try {
        const { value, statusCode, sourceTimestamp } = await this.session.read({
          nodeId: this.#heartbeat,
          attributeId: AttributeIds.Value,
        });
        const ageMs = Date.now() - (sourceTimestamp?.getTime() ?? 0);
        if (!statusCode.isGood() || value.value < newest || ageMs > freshMs)
          this.#complaints.push(`read ${value.value} after ${newest}, ${ageMs} ms old, ${statusCode.name}`);
        newest = value.value as number;
        this.reads++;
      } catch (cause) {
        this.#complaints.push(String(cause));
        return;
      }
      await new Promise((resolve) => setTimeout(resolve, readEveryMs));
    }
  }
}
