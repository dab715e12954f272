import { Connection } from '../../../drivers/wire/connection.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import { SerialPair } from '../../interop/serial-pair.ts';
import { LineProgram, Programs } from './programs.ts';
import { median, rate } from './tcp-rates.ts';

/** Reads of one register per second, the median over the seconds, on a line that takes the time of its characters and gaps. */
export interface RtuRate {
  readonly baudRate: number;
  readonly perSecond: number;
  /** What the characters and the two silences of each exchange allow. */
  readonly possible: number;
  readonly goal: number;
  /** Requests that began before the silence after the reply was over. */
  readonly hasty: number;
}

const goals: readonly (readonly [baudRate: number, goal: number])[] = [
  [9_600, 0.9],
  [19_200, 0.9],
  [115_200, 0.75],
];

/** Start, eight data bits, even parity, stop. */
const bitsPerCharacter = 11;
/** Request and reply of a read of one register. */
const characters = 8 + 7;
const openMs = 5_000;
const timeoutMs = 1_000;

/** @param seconds  at each baud rate @throws Error when socat or gcc is missing, or a read brought anything but what the slave holds */
export async function benchRtuRates(seconds: number): Promise<readonly RtuRate[]> {
  const pair = await SerialPair.plug();
  const programs = new Programs();
  try {
    const rates: RtuRate[] = [];
    for (const [baudRate, goal] of goals) rates.push(await measure(programs, pair, baudRate, goal, seconds));
    return rates;
  } finally {
    await pair.remove();
    programs.remove();
  }
}

async function measure(
  programs: Programs,
  pair: SerialPair,
  baudRate: number,
  goal: number,
  seconds: number,
): Promise<RtuRate> {
  const slave = new LineProgram(programs.compiled('paced-slave'), [pair.slave, `${baudRate}`, `${bitsPerCharacter}`]);
  const ready = await slave.line();
  if (ready !== 'ready') throw new Error(`the paced slave did not start: ${ready}`);
  const connection = await connect(pair.master, baudRate);
  try {
    await rate(connection, 1, Math.min(1, seconds));
    const rates: number[] = [];
    for (let second = 0; second < seconds; second++) rates.push(await rate(connection, 1, 1));
    return {
      baudRate,
      perSecond: median(rates),
      possible: possibleRate(baudRate),
      goal,
      hasty: Number(await slave.ask('')),
    };
  } finally {
    await connection.close();
    await slave.end();
  }
}

async function connect(near: string, baudRate: number): Promise<Connection> {
  const line = {
    id: 'bench',
    transport: 'rtu',
    path: near,
    timeoutMs,
    connectTimeoutMs: openMs,
    baudRate,
    // a pseudo-terminal refuses parity; a second stop bit takes as long
    parity: 'none',
    stopBits: 2,
    turnaroundMs: 0,
    reconnectMs: 100,
    reconnectCapMs: 1_000,
  } as const;
  const connection = new Connection(line, new OwedReplies(timeoutMs), () => {});
  await connection.open();
  return connection;
}

function possibleRate(baudRate: number): number {
  const characterMs = (1_000 * bitsPerCharacter) / baudRate;
  const gapMs = baudRate > 19_200 ? 1.75 : 3.5 * characterMs;
  return 1_000 / (characters * characterMs + 2 * gapMs);
}
