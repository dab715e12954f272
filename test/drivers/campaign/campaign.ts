import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { linkPseudoTerminal, type PseudoTerminal } from '../../../simulator/pseudo-terminal.ts';
import { type Outcome, runSchedule } from './run-schedule.ts';
import { drawSchedule, type Transport } from './schedule.ts';
import type { Place } from './strike.ts';

export interface CampaignFigures {
  schedules: number;
  requests: number;
  goodReadings: number;
  lateFrames: number;
  timeouts: number;
  mismatches: number;
  stalls: number;
  /** Of each schedule, in ms. */
  readonly recoveriesMs: number[];
}

/** Below the ports that the operating system gives away by itself, so that one stays ours while nobody listens on it. */
const firstPort = 14_000 + (process.pid % 80) * 200;
let nextPort = firstPort;

/** A port that nobody listens on. */
export async function ownPort(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!isFree) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}

/**
 * Runs `count` schedules, one seed after the other, so many at a time. The first law that is broken ends it.
 *
 * @throws BrokenLawError
 */
export async function campaign(
  transport: Transport,
  firstSeed: number,
  count: number,
  lanes: number,
  onOutcome: (done: number) => void = () => {},
): Promise<CampaignFigures> {
  const figures: CampaignFigures = {
    schedules: 0,
    requests: 0,
    goodReadings: 0,
    lateFrames: 0,
    timeouts: 0,
    mismatches: 0,
    stalls: 0,
    recoveriesMs: [],
  };
  let next = 0;
  const abort = new AbortController();
  const pace = new Pace(lanes);
  const lane = async (): Promise<void> => {
    const { place, clear } = await openPlace(transport);
    try {
      while (next < count && !abort.signal.aborted) {
        const schedule = drawSchedule(firstSeed + next++, transport);
        const outcome = await pace.inTurn(() => runSchedule(schedule, place));
        add(figures, outcome);
        onOutcome(figures.schedules);
      }
    } catch (error) {
      abort.abort();
      throw error;
    } finally {
      await clear();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: Math.min(lanes, count) }, lane));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return figures;
}

/** So often the computer may stand still in one schedule before fewer are run at a time. */
const stallsBorne = 4;

/** As many at a time as the computer keeps up with: fewer after it stood still, slowly more while it does not. */
class Pace {
  readonly #most: number;
  #allowed: number;
  #active = 0;

  constructor(most: number) {
    this.#most = most;
    this.#allowed = most;
  }

  async inTurn(run: () => Promise<Outcome>): Promise<Outcome> {
    while (this.#active >= Math.floor(this.#allowed)) await sleep(20);
    this.#active++;
    try {
      const outcome = await run();
      this.#allowed =
        outcome.stalls > stallsBorne ? Math.max(2, this.#allowed - 0.5) : Math.min(this.#most, this.#allowed + 0.25);
      return outcome;
    } finally {
      this.#active--;
    }
  }
}

function add(figures: CampaignFigures, outcome: Outcome): void {
  figures.schedules++;
  figures.requests += outcome.requests;
  figures.goodReadings += outcome.goodReadings;
  figures.lateFrames += outcome.lateFrames;
  figures.timeouts += outcome.timeouts;
  figures.mismatches += outcome.mismatchesSeen;
  figures.stalls += outcome.stalls;
  figures.recoveriesMs.push(outcome.recoveryMs);
}

export async function openPlace(transport: Transport): Promise<{ place: Place; clear: () => Promise<void> }> {
  const port = await ownPort();
  if (transport !== 'rtu') return { place: { port, path: null }, clear: async () => {} };
  const folder = await mkdtemp(path.join(tmpdir(), 'tve-campaign-'));
  const terminalPath = path.join(folder, 'tty');
  // somebody has to listen while it is made; from then on it comes and goes with the slave
  const doorkeeper = createServer((socket) => socket.on('error', () => socket.destroy()));
  const visitors = new Set<Socket>();
  doorkeeper.on('connection', (socket) => visitors.add(socket));
  doorkeeper.listen(port, '127.0.0.1');
  await once(doorkeeper, 'listening');
  const terminal: PseudoTerminal = await linkPseudoTerminal(terminalPath, port);
  const left = once(doorkeeper, 'close');
  doorkeeper.close();
  for (const visitor of visitors) visitor.destroy();
  await left;
  return {
    place: { port, path: terminalPath },
    async clear() {
      await terminal.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export function wordingOf(transport: string, figures: CampaignFigures, tookMs: number): string {
  const { schedules, requests, goodReadings, lateFrames, timeouts, mismatches, stalls, recoveriesMs } = figures;
  const sorted = recoveriesMs.toSorted((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return (
    `  ${transport}: ${schedules} schedules in ${Math.round(tookMs / 1000)} s, ${requests} requests, ${goodReadings} good readings, ` +
    `${timeouts} time-outs, ${lateFrames} late frames, ${mismatches} mismatches; ` +
    `recovery in ms: median ${at(0.5)}, 99 % ${at(0.99)}, longest ${at(1)}; the computer stood still ${stalls} times`
  );
}
