import { setTimeout as sleep } from 'node:timers/promises';
import type { LineDeclaration } from '../../../drivers/declaration.ts';
import type { Field } from '../../../drivers/field.ts';
import { openField } from '../../../drivers/open-field.ts';
import type { FieldReading } from '../../../machine/field.ts';
import { networkLine, serialLine } from '../wire/lines.ts';
import { BrokenLawError } from './broken-law.ts';
import { type Asked, CampaignSlave } from './campaign-slave.ts';
import { Dice } from './dice.ts';
import type { Schedule } from './schedule.ts';
import { StallWatch } from './stall-watch.ts';
import {
  type Commanded,
  control,
  declareStation,
  everythingOff,
  plainOutputs,
  type Signal,
  signals,
  speed,
  units,
} from './station.ts';
import { type Place, strikeAt } from './strike.ts';

export interface Outcome {
  readonly requests: number;
  readonly goodReadings: number;
  /** From the end of the last fault until every module was healthy again and held what was commanded. */
  readonly recoveryMs: number;
  readonly lateFrames: number;
  readonly timeouts: number;
  readonly mismatchesSeen: number;
  /** How often the computer stood still for about a time-out. */
  readonly stalls: number;
}

export const reconnectCapMs = 200;
/** What a line is given to recover, after the last fault has ended. */
export const recoveryLimitMs = reconnectCapMs + 2_000;
/** On a computer that stands still again and again, recovery is given up after this. */
const longestStalledMs = 60_000;
/** An output that goes on ignoring writes is called a mismatch, and one that is mended is written, within this. */
const verdictLimitMs = 2_500;

const signalsById: ReadonlyMap<string, Signal> = new Map(signals.map((signal) => [signal.id, signal]));

/** Runs one schedule on a line of its own, from its opening to its close, and checks every law on the way. @throws BrokenLawError */
export async function runSchedule(schedule: Schedule, place: Place): Promise<Outcome> {
  const run = new ScheduleRun(schedule, place);
  try {
    return await run.toTheEnd();
  } finally {
    await run.clear();
  }
}

class ScheduleRun {
  readonly #schedule: Schedule;
  readonly #place: Place;
  readonly #slave: CampaignSlave;
  readonly #field: Field;
  readonly #told: string[] = [];
  readonly #broken: string[] = [];
  readonly #lastGood = new Map<string, FieldReading>();
  readonly #decideAnew: Dice;
  #commanded: Commanded = everythingOff;
  #commandedAtMs = 0;
  #goodReadings = 0;
  #isStriking = false;
  #isClosed = false;
  #mismatchesSeen = 0;
  readonly #stalls: StallWatch;

  constructor(schedule: Schedule, place: Place) {
    const { seed, transport, timeoutMs, pollPeriodMs } = schedule;
    this.#schedule = schedule;
    this.#stalls = new StallWatch(timeoutMs / 3);
    this.#place = place;
    this.#decideAnew = new Dice(seed ^ 0x5eed);
    this.#slave = new CampaignSlave(transport === 'tcp' ? 'tcp' : 'rtu-over-tcp', new Dice(seed ^ 0x51a7e), timeoutMs);
    this.#slave.faultOf = ({ unit }) => {
      const { spoiltUnits, spoiltShare, replyFaults } = schedule;
      const isSpoilt = this.#decideAnew.chance(spoiltShare);
      return this.#isStriking && isSpoilt && spoiltUnits.includes(unit) ? this.#decideAnew.choose(replyFaults) : null;
    };
    const say = (level: string) => (_: object, message: string) => {
      this.#told.push(`  ${performance.now().toFixed(1)} ${level} ${message}`);
      if (/unexpected error|a listener failed/.test(message)) this.#broken.push(message);
    };
    this.#field = openField(
      declareStation(lineTo(schedule, place), pollPeriodMs),
      { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
      { info: say('info'), warn: say('warn') },
    );
    this.#slave.completed = () => this.#field.statistics().reduce((sum, { requests }) => sum + requests, 0);
    this.#field.onReadings((readings) => {
      for (const reading of readings) this.#judge(reading);
    });
  }

  async toTheEnd(): Promise<Outcome> {
    const { faultsMs, fromTheStart, stubborn, initialRpm } = this.#schedule;
    await this.#slave.listen(this.#place.port);
    if (this.#place.path !== null) await this.#until('the serial line is there', 5_000, () => this.#slave.open > 0);
    this.#isStriking = fromTheStart;
    this.#field.command(imageOf(everythingOff));
    this.#field.open();
    if (!fromTheStart) {
      await this.#until('the first readings', recoveryLimitMs, () => this.#isHealthy(0));
      this.#command({ 'drive3.command': initialRpm });
      await this.#until('the drive at its speed', recoveryLimitMs, () => this.#isAsCommanded());
    }
    this.#isStriking = true;
    await this.#strikes(faultsMs);
    this.#isStriking = false;
    if (stubborn !== null) await this.#stayStubborn(stubborn);
    await this.#slave.idle();
    this.#slave.lagNoMore();
    if (this.#place.path !== null) await this.#until('the serial line is back', 5_000, () => this.#slave.open > 0);
    const recoveryMs = await this.#recovery();
    this.#mustHold();
    await this.#startAnew();
    await this.#close();
    const statistics = this.#field.statistics();
    return {
      requests: this.#slave.requests,
      goodReadings: this.#goodReadings,
      recoveryMs,
      lateFrames: statistics.reduce((sum, { lateFrames }) => sum + lateFrames, 0),
      timeouts: statistics.reduce((sum, { timeouts }) => sum + timeouts, 0),
      mismatchesSeen: this.#mismatchesSeen,
      stalls: this.#stalls.count,
    };
  }

  async clear(): Promise<void> {
    this.#stalls.end();
    if (!this.#isClosed) await this.#field.close(new Map(), 100);
    await this.#slave.refuse();
    await this.#slave.idle();
  }

  /** A good value is that of the newest request that arrived, which read it, and as it was sent. */
  #judge(reading: FieldReading): void {
    const { signal: id, value, quality } = reading;
    if ((value === null) !== (quality !== 'Good')) this.#broken.push(`${id} is ${quality} and ${value}`);
    if (quality !== 'Good') return;
    this.#goodReadings++;
    this.#lastGood.set(id, reading);
    const signal = signalsById.get(id);
    const { newest, recent } = this.#slave;
    if (signal === undefined || newest === undefined) throw new RangeError(`${id} was never asked for`);
    // control word and speed of a drive may have come one after the other, where one of them is refused now and then
    const asked = id === 'drive3.command' ? recent : [newest];
    const isOf = (request: Asked, address: number) =>
      request.unit === signal.unit &&
      areas[request.functionCode] === signal.area &&
      address >= request.address &&
      address < request.address + request.argument;
    const readOf = (address: number) => asked.findLast((request) => isOf(request, address))?.served?.get(address);
    const sent = newest.unit === signal.unit && areas[newest.functionCode] === signal.area && signal.decode(readOf);
    if (id === 'drive3.command' && value !== 0) this.#slave.seenRunning();
    if (sent === value) return;
    const { unit, functionCode, address, argument } = newest;
    const last = `unit ${unit} FC${functionCode} ${address} ${argument}`;
    this.#broken.push(`${id} is Good with ${value}, but what was asked last is ${last}, and that read ${sent}`);
  }

  async #strikes(faultsMs: number): Promise<void> {
    const { strikes, commands } = this.#schedule;
    const [startMs, under] = [performance.now(), [] as Promise<void>[]];
    const events = [
      ...strikes.map((strike) => ({
        atMs: strike.atMs,
        act: () =>
          void under.push(
            strikeAt(this.#slave, this.#place, strike).catch((error: unknown) => void this.#broken.push(String(error))),
          ),
      })),
      ...commands.map(({ atMs, outputs }) => ({ atMs, act: () => this.#command(outputs) })),
    ].toSorted((a, b) => a.atMs - b.atMs);
    for (const { atMs, act } of [...events, { atMs: faultsMs, act: () => {} }]) {
      await sleep(Math.max(0, startMs + atMs - performance.now()));
      this.#check();
      act();
    }
    await Promise.all(under);
  }

  #command(outputs: Commanded): void {
    this.#commanded = { ...this.#commanded, ...outputs };
    this.#commandedAtMs = performance.now();
    if (this.#commanded['drive3.command'] === 0) this.#slave.stopOrdered();
    this.#field.command(imageOf(this.#commanded));
  }

  /** An output that takes no write is a mismatch after three tries at least, and is right soon after it takes them again. */
  async #stayStubborn({ area, address }: NonNullable<Schedule['stubborn']>): Promise<void> {
    const output = plainOutputs.find((each) => each.area === area && each.address === address);
    if (output === undefined) throw new RangeError(`no output at ${area} ${address}`);
    const held = this.#slave.held(units.outputs, area, address);
    const key = `${units.outputs} ${area} ${address}`;
    this.#slave.ignoring.add(key);
    await this.#slave.idle();
    this.#command({ [output.id]: area === 'coil' ? held === 0 : (held + 1) & 0xffff });
    const tries = () => this.#mismatches().find(({ signal }) => signal === output.id)?.tries ?? 0;
    await this.#until(
      `${output.id} ignores writes and is a mismatch`,
      recoveryLimitMs + verdictLimitMs,
      () => tries() >= 3,
    );
    this.#slave.ignoring.delete(key);
  }

  /** Time until everything is well again, or since the computer last stood still, whichever is less. */
  async #recovery(): Promise<number> {
    const healedMs = performance.now();
    await this.#until('recovery', recoveryLimitMs, () => this.#isHealthy(healedMs) && this.#isAsCommanded());
    return performance.now() - Math.max(healedMs, this.#stalls.lastMs);
  }

  /** Every module is verified, and every signal was read since. */
  #isHealthy(sinceMs: number): boolean {
    return (
      this.#field.modules().every(({ verified, demoted }) => verified && !demoted) &&
      signals.every(({ id }) => (this.#lastGood.get(id)?.atMs ?? -1) > sinceMs)
    );
  }

  /** Everything was read back as commanded since, but for a drive that waits to be told to stop. */
  #isAsCommanded(): boolean {
    const mismatches = this.#mismatches();
    const reads = (id: string) => {
      const reading = this.#lastGood.get(id);
      return reading !== undefined && reading.atMs > this.#commandedAtMs && reading.value === this.#commanded[id];
    };
    const isDriveRight = reads('drive3.command') || mismatches.some(({ readBack }) => readBack === 0);
    return (
      isDriveRight &&
      mismatches.every(({ signal }) => signal === 'drive3.command') &&
      plainOutputs.every(({ id }) => reads(id))
    );
  }

  #mismatches() {
    const found = this.#field.modules().flatMap(({ mismatches }) => mismatches);
    this.#mismatchesSeen = Math.max(this.#mismatchesSeen, found.length);
    return found;
  }

  /** Verified without a mismatch: then the slave holds what was commanded. */
  #mustHold(): void {
    for (const { id, decode, area } of plainOutputs) {
      const held = decode((address) => this.#slave.held(units.outputs, area === 'coil' ? 'coil' : 'holding', address));
      const commanded = this.#commanded[id];
      if (held !== commanded) this.#broken.push(`${id} holds ${held}, commanded is ${commanded}, and nothing says so`);
    }
    const rpm = this.#heldRpm();
    const mismatch = this.#mismatches().find(({ signal }) => signal === 'drive3.command');
    const wanted = this.#commanded['drive3.command'];
    // with a mismatch it waits to be told to stop, or was told to run and has not been read since
    if (rpm !== wanted && !(rpm === 0 && mismatch !== undefined))
      this.#broken.push(`the drive holds ${rpm} rpm instead of ${wanted}, mismatch: ${mismatch !== undefined}`);
    this.#check();
  }

  /** A drive that waits is told to stop, then to run, and runs; once more when its restart was noticed only after that. */
  async #startAnew(): Promise<void> {
    if (this.#mismatches().length === 0) return;
    let orderedMs = Number.NEGATIVE_INFINITY;
    await this.#until('the drive runs again', recoveryLimitMs, () => {
      if (this.#heldRpm() === 77) return true;
      if (performance.now() > orderedMs + 500 && this.#mismatches().length > 0) {
        this.#command({ 'drive3.command': 0 });
        this.#command({ 'drive3.command': 77 });
        orderedMs = performance.now();
      }
      return false;
    });
  }

  #heldRpm(): number {
    const [word, rpm] = [control, speed].map((address) => this.#slave.held(units.drive, 'holding', address));
    if (((word ?? 0) & 1) === 0) return 0;
    return ((word ?? 0) & 2) === 0 ? (rpm ?? 0) : -(rpm ?? 0);
  }

  /** Closing makes everything safe and leaves no connection. */
  async #close(): Promise<void> {
    this.#isClosed = true;
    const closingMs = performance.now();
    this.#command(everythingOff);
    await this.#field.close(imageOf(everythingOff), 1_000);
    await this.#slave.idle();
    // a computer that stands still takes the few tries that closing has
    if (this.#stalls.lastMs < closingMs) this.#mustHold();
    if (this.#place.path === null) await this.#until('the connections are closed', 1_000, () => this.#slave.open === 0);
  }

  /** @throws BrokenLawError as soon as a law is broken */
  #check(): void {
    const { misdeeds } = this.#slave;
    // what a serial line holds when it is cut may be half a frame
    const counted = this.#place.path === null ? misdeeds : misdeeds.filter((misdeed) => misdeed.includes('drive'));
    const [first] = [...this.#broken, ...counted];
    if (first !== undefined) throw new BrokenLawError(first, this.#schedule, this.#slave, this.#told);
  }

  /**
   * Waits until it holds. A computer that stands still for about a time-out is a fault by itself, which nobody drew: the limit
   * counts from its end then.
   */
  async #until(what: string, limitMs: number, holds: () => boolean): Promise<void> {
    const beganMs = performance.now();
    while (!holds()) {
      this.#check();
      const nowMs = performance.now();
      if (nowMs > Math.max(beganMs, this.#stalls.lastMs) + limitMs || nowMs > beganMs + longestStalledMs) {
        const state = JSON.stringify(this.#field.modules());
        const missing = signals.filter(({ id }) => (this.#lastGood.get(id)?.atMs ?? -1) < beganMs).map(({ id }) => id);
        const law = `not within ${limitMs} ms: ${what}; not read since: ${missing.join(' ') || 'none'}; ${state}`;
        throw new BrokenLawError(law, this.#schedule, this.#slave, this.#told);
      }
      await sleep(4);
    }
    this.#check();
  }
}

const areas: Readonly<Record<number, Signal['area']>> = { 1: 'coil', 2: 'discrete', 3: 'holding', 4: 'input' };

function imageOf(outputs: Commanded): ReadonlyMap<string, number | boolean> {
  return new Map(Object.entries(outputs));
}

export function lineTo(
  { transport, timeoutMs }: Pick<Schedule, 'transport' | 'timeoutMs'>,
  { port, path }: Place,
): LineDeclaration {
  const timing = { timeoutMs, connectTimeoutMs: 300, reconnectMs: 15, reconnectCapMs };
  return transport === 'rtu' ? serialLine(transport, path ?? '', timing) : networkLine(transport, port, timing);
}
