import { once } from 'node:events';
import { Socket } from 'node:net';
import { Connection, largestWindow } from '../../../drivers/wire/connection.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import type { Request } from '../../../drivers/wire/request.ts';
import { LineProgram, Programs, startSlave } from './programs.ts';

/** Reads per second of the driver and of libmodbus' C client, on the same slave in the same run. */
export interface TcpRate {
  readonly what: string;
  readonly perSecond: number;
  readonly libmodbusPerSecond: number;
  /** Median over the rounds: each compares two neighbours in time. */
  readonly ratio: number;
  /** The same of a bare socket of Node's that counts the bytes of its replies and does nothing else; null: not compared. */
  readonly bareRatio: number | null;
  readonly goal: number;
}

interface Kind {
  readonly what: string;
  readonly registers: number;
  readonly window: number;
  readonly slave: 'plain' | 'pipelining';
  readonly goal: number;
}

/** What is compared, and the share of libmodbus' sequential rate that is the goal. */
const kinds: readonly Kind[] = [
  { what: 'one register, one after the other', registers: 1, window: 1, slave: 'plain', goal: 0.65 },
  { what: '125 registers, one after the other', registers: 125, window: 1, slave: 'plain', goal: 0.85 },
  {
    what: `one register, ${largestWindow} in flight`,
    registers: 1,
    window: largestWindow,
    slave: 'pipelining',
    goal: 3,
  },
];

const timeoutMs = 2_000;

/**
 * Rounds of the driver and of libmodbus in turn.
 *
 * @param roundSeconds  of each of the two in each round
 * @throws Error when gcc or libmodbus is missing, or a read brought anything but what the slave holds
 */
export async function benchTcpRates(rounds: number, roundSeconds: number): Promise<readonly TcpRate[]> {
  const programs = new Programs();
  const rates: TcpRate[] = [];
  try {
    for (const kind of kinds) {
      const { slave, port } = await startSlave(programs, kind.slave);
      const master = new LineProgram(programs.compiled('master'), [`${port}`]);
      try {
        rates.push(await compare(kind, port, master, rounds, roundSeconds));
      } finally {
        await master.end();
        await slave.end();
      }
    }
    return rates;
  } finally {
    programs.remove();
  }
}

async function compare(
  kind: Kind,
  port: number,
  master: LineProgram,
  rounds: number,
  seconds: number,
): Promise<TcpRate> {
  const { what, registers, window, goal } = kind;
  const connection = await connect(port, window);
  const bare = window === 1 ? await BareSocket.connect(port, registers) : null;
  const ours: number[] = [];
  const theirs: number[] = [];
  const bares: number[] = [];
  // the first round warms up both sides
  for (let round = 0; round <= rounds; round++) {
    const own = await rate(connection, registers, seconds);
    const libmodbus = Number(await master.ask(`${registers} ${seconds}`));
    const least = (await bare?.rate(seconds)) ?? 0;
    if (!(libmodbus > 0)) throw new Error('the client of libmodbus failed');
    if (round === 0) continue;
    ours.push(own);
    theirs.push(libmodbus);
    bares.push(least / libmodbus);
  }
  await connection.close();
  bare?.end();
  const ratio = median(ours.map((own, round) => own / (theirs[round] ?? own)));
  const bareRatio = bare === null ? null : median(bares);
  return { what, perSecond: median(ours), libmodbusPerSecond: median(theirs), ratio, bareRatio, goal };
}

/** The least that a request over a socket of Node's takes: what is beyond its rate no driver on it can reach. */
class BareSocket {
  readonly #socket: Socket;
  readonly #request: Buffer;
  readonly #state: { missing: number; answered: () => void };

  private constructor(socket: Socket, registers: number, state: { missing: number; answered: () => void }) {
    this.#socket = socket;
    this.#request = Buffer.from([0, 1, 0, 0, 0, 6, 1, 4, 0, 0, registers >> 8, registers & 0xff]);
    this.#state = state;
  }

  static async connect(port: number, registers: number): Promise<BareSocket> {
    const replyBytes = 9 + 2 * registers;
    const state = { missing: replyBytes, answered: () => {} };
    const buffer = Buffer.allocUnsafeSlow(8_192);
    const callback = (length: number): boolean => {
      state.missing -= length;
      if (state.missing > 0) return true;
      state.missing = replyBytes;
      state.answered();
      return true;
    };
    const socket = new Socket({ onread: { buffer, callback } });
    socket.setNoDelay(true);
    socket.connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new BareSocket(socket, registers, state);
  }

  /** Replies per second. */
  async rate(seconds: number): Promise<number> {
    const beganMs = performance.now();
    let replies = 0;
    await new Promise<void>((resolve) => {
      this.#state.answered = () => {
        replies++;
        if (performance.now() >= beganMs + 1_000 * seconds) resolve();
        else this.#socket.write(this.#request);
      };
      this.#socket.write(this.#request);
    });
    return (1_000 * replies) / (performance.now() - beganMs);
  }

  end(): void {
    this.#socket.destroy();
  }
}

export async function connect(port: number, window: number): Promise<Connection> {
  const line = {
    id: 'bench',
    transport: 'tcp',
    host: '127.0.0.1',
    port,
    timeoutMs,
    connectTimeoutMs: timeoutMs,
    baudRate: 115_200,
    parity: 'none',
    stopBits: 1,
    turnaroundMs: 0,
    reconnectMs: 100,
    reconnectCapMs: 1_000,
    window,
  } as const;
  const connection = new Connection(line, new OwedReplies(timeoutMs), () => {});
  await connection.open();
  return connection;
}

/** Reads per second, with as many in flight as the window takes. */
export async function rate(connection: Connection, registers: number, seconds: number): Promise<number> {
  const request: Request = { kind: 'read', area: 'input', address: 0, count: registers };
  const beganMs = performance.now();
  const endsMs = beganMs + 1_000 * seconds;
  let reads = 0;
  async function lane(): Promise<void> {
    while (performance.now() < endsMs) {
      const { values } = await connection.ask(1, request, timeoutMs);
      if (values.length !== registers || values[registers - 1] !== registers - 1)
        throw new Error(`${registers} registers read as ${values.join(' ')}`);
      reads++;
    }
  }
  await Promise.all(Array.from({ length: connection.window }, lane));
  return (1_000 * reads) / (performance.now() - beganMs);
}

export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[middle]];
  return (low + high) / 2;
}
