import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import {
  AttributeIds,
  ClientSubscription,
  type ClientSession,
  DataType,
  MessageSecurityMode,
  OPCUAClient,
  SecurityPolicy,
  StatusCodes,
  TimestampsToReturn,
  UserTokenType,
} from 'node-opcua';
import type { Order, Told } from './server-process.ts';
import { idOf, password } from './served.ts';

/** What a second of the server's CPU time does, beside a server that is nothing but node-opcua, in the same run. */
export interface CpuRate {
  readonly what: string;
  readonly perCpuSecond: number;
  readonly barePerCpuSecond: number;
  /** Median over the rounds: each compares two neighbours in time. */
  readonly ratio: number;
}

export const goal = 0.9;
const values = 1_000;
const changesPerSecond = 10;

/** What is compared: something that is prepared, then done for a while. */
interface Work {
  /** @returns how often it was done */
  during(endsMs: number): Promise<number>;
  end(): Promise<void>;
}
type Prepare = (peer: Peer) => Work | Promise<Work>;

const works: readonly { readonly what: string; readonly prepare: Prepare }[] = [
  { what: 'reads of one value', prepare: (peer) => calls(1, () => read(peer, 1)) },
  { what: 'reads of 100 values', prepare: (peer) => calls(1, () => read(peer, 100)) },
  { what: 'writes of one value, 16 in flight', prepare: (peer) => calls(16, () => write(peer, 1)) },
  { what: 'writes of 100 values', prepare: (peer) => calls(1, () => write(peer, 100)) },
  { what: `notifications of ${values} values at ${changesPerSecond} Hz`, prepare: notifications },
];

/** @param seconds  of each of the two servers in each round */
export async function benchOpcua(rounds: number, seconds: number): Promise<readonly CpuRate[]> {
  const ours = await Peer.start('ours');
  const bare = await Peer.start('bare');
  const rates: CpuRate[] = [];
  try {
    for (const { what, prepare } of works) {
      const own: number[] = [];
      const theirs: number[] = [];
      // the first round warms up both
      for (let round = 0; round <= rounds; round++) {
        const a = await ours.perCpuSecond(prepare, seconds);
        const b = await bare.perCpuSecond(prepare, seconds);
        if (round === 0) continue;
        own.push(a);
        theirs.push(b);
      }
      const ratio = median(own.map((rate, round) => rate / (theirs[round] ?? rate)));
      rates.push({ what, perCpuSecond: median(own), barePerCpuSecond: median(theirs), ratio });
    }
    return rates;
  } finally {
    await ours.end();
    await bare.end();
  }
}

class Peer {
  readonly #child: ChildProcess;
  readonly #client: OPCUAClient;
  readonly session: ClientSession;
  readonly nodeIds: readonly string[];

  private constructor(child: ChildProcess, client: OPCUAClient, session: ClientSession, nodeIds: readonly string[]) {
    this.#child = child;
    this.#client = client;
    this.session = session;
    this.nodeIds = nodeIds;
  }

  static async start(kind: 'ours' | 'bare'): Promise<Peer> {
    const child = fork(path.join(import.meta.dirname, 'server-process.ts'), [kind, `${values}`], {
      execPath: process.execPath,
    });
    const [ready] = (await once(child, 'message')) as [Told];
    if (!('endpointUrl' in ready)) throw new Error('the server said something else before it was ready');
    const client = OPCUAClient.create({
      securityMode: MessageSecurityMode.None,
      securityPolicy: SecurityPolicy.None,
      endpointMustExist: false,
      connectionStrategy: { maxRetry: 0 },
    });
    await client.connect(ready.endpointUrl);
    const session = await client.createSession({ type: UserTokenType.UserName, userName: 'bench', password });
    const index = (await session.readNamespaceArray()).indexOf(ready.namespaceUri);
    return new Peer(
      child,
      client,
      session,
      Array.from({ length: values }, (_, n) => `ns=${index};s=${idOf(n)}`),
    );
  }

  async perCpuSecond(prepare: Prepare, seconds: number): Promise<number> {
    const work = await prepare(this);
    const before = await this.#cpuMicros();
    const done = await work.during(performance.now() + 1_000 * seconds);
    const usedMicros = (await this.#cpuMicros()) - before;
    await work.end();
    return (1e6 * done) / usedMicros;
  }

  change(value: number): void {
    this.#child.send({ order: 'change', value } satisfies Order);
  }

  async end(): Promise<void> {
    await this.#client.disconnect();
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }

  async #cpuMicros(): Promise<number> {
    this.#child.send({ order: 'cpu' } satisfies Order);
    const [told] = (await once(this.#child, 'message')) as [Told];
    return 'cpuMicros' in told ? told.cpuMicros : Number.NaN;
  }
}

/** One call after the other, so many side by side. */
function calls(lanes: number, once: () => Promise<number>): Work {
  return {
    async during(endsMs) {
      let done = 0;
      async function lane(): Promise<void> {
        while (performance.now() < endsMs) done += await once();
      }
      await Promise.all(Array.from({ length: lanes }, lane));
      return done;
    },
    async end() {},
  };
}

async function read({ session, nodeIds }: Peer, count: number): Promise<number> {
  const nodes = nodeIds.slice(0, count).map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value }));
  const answers = await session.read(nodes);
  if (answers.some(({ statusCode }) => statusCode.isNotGood())) throw new Error('a value was not Good');
  return count;
}

let written = 0;
async function write({ session, nodeIds }: Peer, count: number): Promise<number> {
  const value = { value: { dataType: DataType.Double, value: written++ } };
  const nodes = nodeIds.slice(0, count).map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value, value }));
  const answers = await session.write(nodes);
  if (answers.some((status) => !status.equals(StatusCodes.Good))) throw new Error('a write was refused');
  return count;
}

async function notifications(peer: Peer): Promise<Work> {
  const subscription = ClientSubscription.create(peer.session, {
    requestedPublishingInterval: 50,
    requestedMaxKeepAliveCount: 20,
    requestedLifetimeCount: 1_000,
    publishingEnabled: true,
  });
  const heard = { count: 0 };
  const group = await subscription.monitorItems(
    peer.nodeIds.map((nodeId) => ({ nodeId, attributeId: AttributeIds.Value })),
    { samplingInterval: 0, queueSize: 10, discardOldest: true },
    TimestampsToReturn.Both,
  );
  group.on('changed', () => heard.count++);
  async function hears(count: number): Promise<void> {
    while (heard.count < count) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  // what there is to begin with
  await hears(values);
  return {
    async during(endsMs) {
      const before = heard.count;
      let changes = 0;
      for (; performance.now() < endsMs; changes++) {
        peer.change(written++);
        await new Promise((resolve) => setTimeout(resolve, 1_000 / changesPerSecond));
      }
      await hears(before + changes * values);
      return heard.count - before;
    },
    end: () => subscription.terminate(),
  };
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
