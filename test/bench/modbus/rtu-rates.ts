import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../../drivers/wire/connection.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
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
  const programs = new Programs();
  const folder = mkdtempSync(path.join(tmpdir(), 'tve-rtu-bench-'));
  const [near, far] = [path.join(folder, 'near'), path.join(folder, 'far')];
  const socat = spawn('socat', [`pty,raw,echo=0,link=${near}`, `pty,raw,echo=0,link=${far}`], { stdio: 'ignore' });
  try {
    await present(socat, near, far);
    const rates: RtuRate[] = [];
    for (const [baudRate, goal] of goals) rates.push(await measure(programs, near, far, baudRate, goal, seconds));
    return rates;
  } finally {
    socat.kill();
    rmSync(folder, { recursive: true, force: true });
    programs.remove();
  }
}

async function measure(
  programs: Programs,
  near: string,
  far: string,
  baudRate: number,
  goal: number,
  seconds: number,
): Promise<RtuRate> {
  const slave = new LineProgram(programs.compiled('paced-slave'), [far, `${baudRate}`, `${bitsPerCharacter}`]);
  const ready = await slave.line();
  if (ready !== 'ready') throw new Error(`the paced slave did not start: ${ready}`);
  const connection = await connect(near, baudRate);
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

async function present(socat: ChildProcess, ...links: readonly string[]): Promise<void> {
  const endsMs = performance.now() + openMs;
  while (!links.every((link) => existsSync(link))) {
    if (performance.now() > endsMs || socat.exitCode !== null) throw new Error('socat made no pseudo-terminals');
    await sleep(5);
  }
}
