import type { FieldReading, ModuleStatistics, ModuleStatus, OutputImage } from '../../machine/field.ts';
import type { BindingDeclaration, ModuleDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import type { ModulePlan } from '../plan/line-load.ts';
import type { RequestCost } from '../plan/read-plan.ts';
import type { RateLimitedLog } from '../rate-limited-log.ts';
import { ModbusExceptionError } from '../wire/errors.ts';
import { wordingOf } from '../wire/request.ts';
import type { Ask, BlockReader, Exchange } from './block-reader.ts';
import { RequestStatistics } from './module-statistics.ts';
import { Outputs } from './outputs.ts';
import { nextDueMs, pollGroups, type PollGroup } from './poll-group.ts';
import { Probing, probePeriodMs } from './probing.ts';
import { SimpleReads } from './simple-reads.ts';
import { checkEveryMs, ModuleWatchdog } from './watchdog.ts';
import { VisitOrder, type VisitPart } from './visit-order.ts';
import type { PendingWrite } from './write-queue.ts';

/** Time-outs in a row after which a module is only probed. */
const demotedAfter = 3;
/** A module is taken to have lost its outputs after this share of its watchdog time without an answer. */
const watchdogMargin = 0.8;

/** `suspect`: its last request was not answered. `demoted`: several in a row were not. */
export type Standing = 'healthy' | 'suspect' | 'demoted';

/** One module: what is asked of it when, what it answered last, and how it stands. */
export class FieldModule {
  readonly declaration: ModuleDeclaration;
  readonly statistics: RequestStatistics;
  readonly probing: Probing;
  readonly outputs: Outputs;
  readonly simpleReads: SimpleReads;
  readonly #groups: readonly PollGroup[];
  readonly #watchdog: ModuleWatchdog;
  readonly #visits: VisitOrder;
  readonly #clock: FieldClock;
  readonly #log: RateLimitedLog;
  readonly #deliver: (readings: readonly FieldReading[]) => void;
  readonly #awayAfterMs: number;
  #lastAnswerAtMs: number | null = null;
  #isAway = true;
  #wasWatchdogTended = false;
  #silentInARow = 0;
  #silentAtMs = Number.NEGATIVE_INFINITY;
  #standingSinceMs: number;
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
    this.#log = log;
    this.#deliver = deliver;
    this.statistics = new RequestStatistics(clock);
    this.#standingSinceMs = clock.wallMs();
    this.probing = new Probing(this.statistics, clock);
    this.#groups = pollGroups(
      declaration,
      own.filter((binding) => binding.direction === 'input'),
      cost,
      clock,
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
    this.#visits = new VisitOrder([
      this.#watchdogPart(),
      this.#readBackPart(),
      ...this.#groups.map((group) => this.#inputPart(group)),
    ]);
    const { watchdogMs, pollPeriodMs } = declaration;
    this.#awayAfterMs = watchdogMs === null ? Math.max(1_000, 4 * pollPeriodMs) : watchdogMargin * watchdogMs;
  }

  get standing(): Standing {
    if (this.#silentInARow === 0) return 'healthy';
    return this.#silentInARow < demotedAfter ? 'suspect' : 'demoted';
  }

  /** Wall time at which it took this standing. */
  get standingSinceMs(): number {
    return this.#standingSinceMs;
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
    };
  }

  /** Nothing is known of what it holds: it did not answer since it went, or since the line was opened. */
  get isAway(): boolean {
    return this.#isAway;
  }

  /** Its watchdog was set since it was last away, or refused to be; or it has none. */
  get isGuarded(): boolean {
    return this.#wasWatchdogTended || this.#watchdog.addresses().length === 0;
  }

  /** Time-outs and nonsense in a row. */
  get silentInARow(): number {
    return this.#silentInARow;
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
    if (askedAtMs < this.#silentAtMs) return false;
    this.#silentAtMs = nowMs;
    this.#silentInARow++;
    if (this.#silentInARow === 1 || this.#silentInARow === demotedAfter) this.#standingSinceMs = this.#clock.wallMs();
    this.#watchdog.suspect(nowMs);
    if (this.#silentInARow === demotedAfter) this.#demote(nowMs);
    return true;
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

  #watchdogPart(): VisitPart {
    return {
      isDue: (nowMs) => nowMs >= this.#watchdog.dueMs,
      isInterrupted: false,
      visit: async (ask) => {
        await this.#tendWatchdog(ask);
        this.#wasWatchdogTended = true;
      },
    };
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

  #inputPart(group: PollGroup): VisitPart {
    const { reader } = group.inputs;
    return {
      isDue: (nowMs) => reader.isInterrupted || nowMs >= group.dueMs,
      get isInterrupted() {
        return reader.isInterrupted;
      },
      visit: async (ask, window, nowMs) => {
        if (!reader.isInterrupted) group.begin(nowMs);
        await group.inputs.poll(ask, window, this.#deliver, this.#refused);
      },
    };
  }

  async #tendWatchdog(ask: Exchange): Promise<void> {
    const { id } = this.declaration;
    const stopDrives = this.outputs.hasDrives ? async () => await this.#stopDrives(ask) : null;
    try {
      const outcome = await this.#watchdog.tend(ask, this.#clock.monotonicMs(), stopDrives);
      if (outcome === 'not set') {
        this.#log.warn(id, 'watchdog', { module: id }, `${id} does not keep its watchdog time: it is not protected`);
      }
      if (outcome === 'held back') {
        const text = `${id} has a drive that does not take its word to stop: its watchdog is not set up before that`;
        this.#log.warn(id, 'watchdog', { module: id }, text);
      }
      if (outcome !== 'lost') return;
      const text = `${id} lost its watchdog time: it restarted, or its watchdog expired; it is set up anew`;
      this.#log.warn(id, 'restart', { module: id }, text);
      this.#away();
      await this.#watchdog.tend(ask, this.#clock.monotonicMs(), stopDrives);
    } catch (error) {
      if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
      this.#log.warn(id, 'watchdog', { module: id }, `${id} refuses its watchdog registers: ${error.message}`);
    }
  }

  /** @returns whether no drive reads as running any more */
  async #stopDrives(ask: Exchange): Promise<boolean> {
    this.outputs.withholdDrives();
    for (;;) {
      const pending = this.outputs.nextStop(this.#clock.monotonicMs());
      if (pending === null) break;
      try {
        this.wrote(pending, await ask(pending.request));
      } catch (error) {
        if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
        this.outputs.refused(pending, error);
      }
    }
    await this.readOutputs(ask);
    return !this.outputs.readsRunning;
  }

  #demote(nowMs: number): void {
    this.#restUntilMs = Math.max(this.#restUntilMs, nowMs + probePeriodMs);
    this.#away();
    const { id, line } = this.declaration;
    this.#log.warn(id, 'demoted', { module: id, line }, `${id} does not answer and is only probed from now on`);
  }

  readonly #refused = (cell: Parameters<typeof readWording>[0], error: ModbusExceptionError): void => {
    const { id, line, unit } = this.declaration;
    const range = readWording(cell);
    this.#log.warn(id, range, { module: id, line, unit }, `${id} refuses ${range}: ${error.message}`);
  };

  readonly #stopped = (signal: string): void => {
    const { id } = this.declaration;
    this.#log.warn(
      id,
      'stopped',
      { module: id, signal },
      `${signal} is commanded but ${id} does not run: it stays off`,
    );
  };

  /** An output that reads otherwise than commanded may mean that the module restarted. */
  #complain(nowMs: number): void {
    const { id } = this.declaration;
    for (const { signal, commanded, readBack } of this.outputs.mismatches()) {
      this.#watchdog.suspect(nowMs);
      const text = `${signal} reads back ${readBack} where ${commanded} is commanded`;
      this.#log.warn(id, `mismatch ${signal}`, { module: id, signal, commanded, readBack }, text);
    }
  }

  #isInReach(): boolean {
    const nowMs = this.#clock.monotonicMs();
    return this.#lastAnswerAtMs !== null && nowMs - this.#lastAnswerAtMs <= this.#awayAfterMs;
  }

  #heard(nowMs: number): void {
    const wasDemoted = this.standing === 'demoted';
    if (this.#silentInARow > 0) this.#standingSinceMs = this.#clock.wallMs();
    this.#silentInARow = 0;
    this.#restUntilMs = 0;
    this.#lastAnswerAtMs = nowMs;
    // What was commanded while it was away is judged by what it holds now.
    if (this.#isAway) this.outputs.away();
    this.#isAway = false;
    if (!wasDemoted) return;
    this.probing.begin();
    const { id, line } = this.declaration;
    this.#log.info(id, 'back', { module: id, line }, `${id} answers again`);
  }

  #away(): void {
    this.#isAway = true;
    this.#wasWatchdogTended = false;
    this.outputs.away();
    for (const { inputs } of this.#groups) inputs.away();
    this.#watchdog.away();
    this.#outputsDueMs = 0;
  }
}

function readWording(cell: {
  area: 'input' | 'holding' | 'coil' | 'discrete';
  address: number;
  count: number;
}): string {
  return wordingOf({ kind: 'read', area: cell.area, address: cell.address, count: cell.count });
}
