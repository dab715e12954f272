import type { FieldReading, ModuleStatistics, ModuleStatus, OutputImage } from '../../machine/field.ts';
import type { BindingDeclaration, ModuleDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import type { ModulePlan } from '../plan/line-load.ts';
import type { Cell, RequestCost } from '../plan/read-plan.ts';
import type { RateLimitedLog } from '../rate-limited-log.ts';
import { ModbusExceptionError } from '../wire/errors.ts';
import type { Ask, BlockReader, Exchange } from './block-reader.ts';
import { ModuleLog } from './module-log.ts';
import { RequestStatistics } from './module-statistics.ts';
import { Outputs } from './outputs.ts';
import { nextDueMs, pollGroups, type PollGroup } from './poll-group.ts';
import { Probing, probePeriodMs } from './probing.ts';
import { SimpleReads } from './simple-reads.ts';
import { ModuleStanding, type Standing } from './standing.ts';
import { checkEveryMs, ModuleWatchdog } from './watchdog.ts';
import { WatchdogPart } from './watchdog-part.ts';
import { VisitOrder, type VisitPart } from './visit-order.ts';
import type { PendingWrite } from './write-queue.ts';

/** A module is taken to have lost its outputs after this share of its watchdog time without an answer. */
const watchdogMargin = 0.8;

/** One module: what is asked of it when, what it answered last, and how it stands. */
export class FieldModule {
  readonly declaration: ModuleDeclaration;
  readonly statistics: RequestStatistics;
  readonly probing: Probing;
  readonly outputs: Outputs;
  readonly simpleReads: SimpleReads;
  readonly #groups: readonly PollGroup[];
  readonly #watchdog: ModuleWatchdog;
  readonly #watchdogPart: WatchdogPart;
  readonly #visits: VisitOrder;
  readonly #clock: FieldClock;
  readonly #log: ModuleLog;
  readonly #standing: ModuleStanding;
  readonly #deliver: (readings: readonly FieldReading[]) => void;
  readonly #awayAfterMs: number;
  #lastAnswerAtMs: number | null = null;
  #isAway = true;
  #outputsDueMs = 0;
  /** When it is asked something at the latest, so that its silence is noticed and its watchdog fed. */
  #contactDueMs = 0;
  #restUntilMs = 0;

  constructor(
    declaration: ModuleDeclaration,
    bindings: readonly BindingDeclaration[],
    cost: RequestCost,
    clock: FieldClock,
    log: RateLimitedLog,
    deliver: (readings: readonly FieldReading[]) => void,
  ) {
    const own = bindings.filter((binding) => binding.module === declaration.id);
    this.declaration = declaration;
    this.#clock = clock;
    this.#log = new ModuleLog(declaration, log);
    this.#standing = new ModuleStanding(clock);
    this.#deliver = deliver;
    this.statistics = new RequestStatistics(clock);
    this.probing = new Probing(this.statistics, clock);
    this.#groups = pollGroups(
      declaration,
      own.filter((binding) => binding.direction === 'input'),
      cost,
      clock,
      { deliver, refused: this.#refused },
    );
    this.outputs = new Outputs(
      declaration,
      own.filter((binding) => binding.direction === 'output'),
      cost,
      clock,
    );
    this.#watchdog = new ModuleWatchdog(declaration.profile.watchdog, declaration.watchdogMs);
    this.simpleReads = new SimpleReads(() => [
      ...this.#groups.flatMap(({ inputs }) => inputs.reader.requests()),
      ...this.outputs.reader.requests(),
      ...this.#watchdog.addresses().map((address) => ({ kind: 'read', area: 'holding', address, count: 1 }) as const),
    ]);
    const owner = {
      away: () => this.#away(),
      wrote: (write: PendingWrite, answer: readonly number[]) => this.wrote(write, answer),
      readOutputs: async (ask: Ask) => await this.readOutputs(ask),
    };
    this.#watchdogPart = new WatchdogPart(this.#watchdog, this.outputs, owner, clock, this.#log);
    this.#visits = new VisitOrder([this.#watchdogPart, this.#readBackPart(), ...this.#groups]);
    const { watchdogMs, pollPeriodMs } = declaration;
    this.#awayAfterMs = watchdogMs === null ? Math.max(1_000, 4 * pollPeriodMs) : watchdogMargin * watchdogMs;
  }

  get standing(): Standing {
    return this.#standing.current;
  }

  /** Wall time at which it took this standing. */
  get standingSinceMs(): number {
    return this.#standing.sinceMs;
  }

  /** What reads its inputs, the fastest first. */
  get inputReaders(): readonly { readonly periodMs: number; readonly reader: BlockReader }[] {
    return this.#groups.map(({ periodMs, inputs: { reader } }) => ({ periodMs, reader }));
  }

  /** Its own watchdog as it was found last; `none`: it has none, or it is not used. */
  get watchdogState(): 'none' | 'verified' | 'unverified' {
    if (this.#watchdog.addresses().length === 0) return 'none';
    return this.#watchdog.isVerified(this.#clock.monotonicMs()) ? 'verified' : 'unverified';
  }

  /** What is asked of it, again and again. */
  plan(): ModulePlan {
    return {
      pollPeriodMs: this.declaration.pollPeriodMs,
      inputs: this.inputReaders.map(({ periodMs, reader }) => ({ periodMs, requests: reader.blocks })),
      outputs: this.outputs.reader.blocks,
      writes: this.outputs.writeCells(),
      watchdogRegisters: this.#watchdog.addresses().length,
      watchdogPeriodMs: checkEveryMs,
      feedPeriodMs: this.#watchdog.feedPeriodMs,
      contact: this.#plannedContact(),
    };
  }

  /** A read in each poll period of the module in which neither its inputs nor its watchdog are due. */
  #plannedContact(): ModulePlan['contact'] {
    const { pollPeriodMs } = this.declaration;
    const [request] = this.#groups.flatMap(({ inputs }) => inputs.reader.blocks);
    const othersMs = Math.min(
      ...this.#groups.map(({ periodMs }) => periodMs),
      this.#watchdog.feedPeriodMs ?? Number.POSITIVE_INFINITY,
    );
    if (request === undefined || !this.outputs.reader.isEmpty || othersMs <= pollPeriodMs) return null;
    return { periodMs: 1 / (1 / pollPeriodMs - 1 / othersMs), request };
  }

  /** Nothing is known of what it holds: it did not answer since it went, or since the line was opened. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Its watchdog was set since it was last away, or refused to be; or it has none. */
  get isGuarded(): boolean {
    return this.#watchdogPart.wasTended || this.#watchdog.addresses().length === 0;
  }

  /** Time-outs and nonsense in a row. */
  get silentInARow(): number {
    return this.#standing.silentInARow;
  }

  /** When it is to be visited next; infinite: nothing is ever asked of it. */
  get dueMs(): number {
    return Math.max(this.#restUntilMs, Math.min(this.readDueMs, this.outputs.writeDueAtMs()));
  }

  /** The same, but for its writes. */
  get readDueMs(): number {
    const groups = this.#groups.map(({ dueMs }) => dueMs);
    const outputs = this.outputs.reader.isEmpty ? [] : [this.#outputsDueMs];
    const contact = groups.length + outputs.length === 0 ? [] : [this.#contactDueMs];
    const dueMs = Math.min(...groups, ...outputs, ...contact, this.#visits.dueMs, this.#watchdog.dueMs);
    return Math.max(this.#restUntilMs, dueMs);
  }

  command(image: OutputImage): void {
    this.outputs.command(image);
  }

  /** The line is open again: everything is due, the watchdog first. */
  connected(): void {
    this.#away();
    this.#restUntilMs = 0;
    for (const group of this.#groups) group.connected();
    this.#outputsDueMs = 0;
    this.probing.begin();
  }

  disconnected(): void {
    this.#away();
  }

  /** Called before anything is asked: after a long silence the outputs may have been made safe by the module itself. */
  noticeSilence(): void {
    if (!this.#isAway && !this.#isInReach()) this.#away();
  }

  answered(latencyMs: number): void {
    const nowMs = this.#clock.monotonicMs();
    this.statistics.answered(latencyMs, nowMs);
    this.#heard(nowMs);
  }

  /** An exception is an answer too. */
  refused(error: ModbusExceptionError): void {
    this.statistics.failed(error);
    this.#heard(this.#clock.monotonicMs());
  }

  /**
   * No reply, or none that makes sense.
   *
   * @param askedAtMs  when it was asked: several requests that were under way together are one silence
   * @param restMs     how long nothing may be asked, lest a late reply is mistaken
   * @returns whether it is a silence of its own
   */
  silent(askedAtMs: number, restMs: number): boolean {
    const nowMs = this.#clock.monotonicMs();
    this.#restUntilMs = Math.max(this.#restUntilMs, nowMs + restMs);
    const { isNew, demotes } = this.#standing.silent(askedAtMs);
    if (isNew) this.#watchdog.suspect(nowMs);
    if (demotes) this.#demote(nowMs);
    return isNew;
  }

  heardLate(): void {
    this.statistics.late();
    if (this.standing === 'demoted' && this.probing.heardLate()) this.#restUntilMs = this.#clock.monotonicMs();
  }

  /**
   * All that is due. Throws what `ask` throws: the rest waits for the next visit, which begins with it.
   *
   * @param window  most reads that may be under way at a time
   */
  async visit(ask: Exchange, window: number): Promise<void> {
    this.noticeSilence();
    this.#contactDueMs = this.#clock.monotonicMs() + this.declaration.pollPeriodMs;
    const heardAtMs = this.#lastAnswerAtMs;
    await this.#visits.visit(ask, window, () => this.#clock.monotonicMs());
    if (this.#lastAnswerAtMs === heardAtMs) await this.#contact(ask);
  }

  async readOutputs(ask: Ask): Promise<void> {
    await this.outputs.poll(ask, this.#deliver, this.#refused, this.#stopped);
  }

  /**
   * A write went through: it is read back at once, unless that came with it, and the regular read-backs count from there.
   *
   * @param answer  what the module read after the write, where the request asked for it
   */
  wrote(write: PendingWrite, answer: readonly number[]): void {
    if (this.outputs.written(write, answer, this.#deliver, this.#stopped)) return;
    this.#outputsDueMs = Math.min(this.#outputsDueMs, this.#clock.monotonicMs());
  }

  /** It was asked although it does not answer: whatever comes of it, the next probe waits its time. */
  probed(isFull: boolean): void {
    this.probing.probed(isFull);
    this.#restUntilMs = Math.max(this.#restUntilMs, this.#clock.monotonicMs() + probePeriodMs);
  }

  status(): ModuleStatus {
    const { id, line, simulated, pollPeriodMs } = this.declaration;
    return {
      id,
      line,
      simulated,
      lastAnswerAtMs: this.#lastAnswerAtMs,
      pollPeriodMs,
      verified:
        !this.#isAway &&
        this.#isInReach() &&
        this.#watchdog.isVerified(this.#clock.monotonicMs()) &&
        this.outputs.areKnown,
      demoted: this.standing === 'demoted',
      lastError: this.statistics.lastError,
      mismatches: this.outputs.mismatches(),
    };
  }

  statisticsNow(): ModuleStatistics {
    const { id, line } = this.declaration;
    return {
      id,
      line,
      ...this.statistics.snapshot(this.#clock.monotonicMs()),
      demoted: this.standing === 'demoted',
    };
  }

  /** Nothing was due for a whole period of the module: any answer shows that it is there. */
  async #contact(ask: Ask): Promise<void> {
    const [read] = this.simpleReads.list();
    try {
      if (read !== undefined) await ask(read);
    } catch (error) {
      if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
    }
  }

  #readBackPart(): VisitPart {
    const { reader } = this.outputs;
    return {
      isDue: (nowMs) => reader.isInterrupted || nowMs >= this.#outputsDueMs,
      get isInterrupted() {
        return reader.isInterrupted;
      },
      visit: async (ask, _, nowMs) => {
        const { pollPeriodMs } = this.declaration;
        if (!reader.isInterrupted) this.#outputsDueMs = nextDueMs(this.#outputsDueMs, pollPeriodMs, nowMs);
        await this.readOutputs(ask);
        this.#complain(nowMs);
      },
    };
  }

  #demote(nowMs: number): void {
    this.#restUntilMs = Math.max(this.#restUntilMs, nowMs + probePeriodMs);
    this.#away();
    this.#log.demoted();
  }

  readonly #refused = (cell: Cell, error: ModbusExceptionError): void => this.#log.refused(cell, error);

  readonly #stopped = (signal: string): void => this.#log.stopped(signal);

  /** An output that reads otherwise than commanded may mean that the module restarted. */
  #complain(nowMs: number): void {
    for (const mismatch of this.outputs.mismatches()) {
      this.#watchdog.suspect(nowMs);
      this.#log.mismatch(mismatch);
    }
  }

  #isInReach(): boolean {
    const nowMs = this.#clock.monotonicMs();
    return this.#lastAnswerAtMs !== null && nowMs - this.#lastAnswerAtMs <= this.#awayAfterMs;
  }

  #heard(nowMs: number): void {
    const stoodBefore = this.#standing.heard();
    this.#restUntilMs = 0;
    this.#lastAnswerAtMs = nowMs;
    // What was commanded while it was away is judged by what it holds now.
    if (this.#isAway) this.outputs.away();
    this.#isAway = false;
    if (stoodBefore !== 'demoted') return;
    this.probing.begin();
    this.#log.back();
  }

  #away(): void {
    this.#isAway = true;
    this.outputs.away();
    for (const { inputs } of this.#groups) inputs.away();
    this.#watchdogPart.away();
    this.#outputsDueMs = 0;
  }
}
