import type { OutputImage } from '../../machine/field.ts';
import type { LineDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import type { FieldModule } from '../module/field-module.ts';
import type { PendingWrite } from '../module/outputs.ts';
import { Pause } from '../pause.ts';
import type { RateLimitedLog } from '../rate-limited-log.ts';
import { Connection } from '../wire/connection.ts';
import { BadReplyError, FieldError, LineClosedError, ModbusExceptionError, ModuleSilentError } from '../wire/errors.ts';
import { OwedReplies } from '../wire/owed-replies.ts';
import { type Request, wordingOf } from '../wire/request.ts';
import { nextTurn, type Turn } from './schedule.ts';

/** Time-outs in a row of every module after which the connection itself is doubted. */
const muteAfter = 3;
/** Silence after a probe that was not answered, before the next request; see the port's drain. */
const probeDrainMs = 25;
/** Pause after an error that nobody foresaw. */
const defectPauseMs = 1_000;
/** The wait for nothing in particular ends now and then. */
const longestWaitMs = 10_000;

/**
 * One wire and the loop that serves its modules: connects, asks one thing at a time, writes before it reads, and connects
 * again when the connection is lost or nobody answers any more.
 */
export class Line {
  readonly #declaration: LineDeclaration;
  readonly #modules: readonly FieldModule[];
  readonly #clock: FieldClock;
  readonly #log: RateLimitedLog;
  readonly #pause = new Pause();
  readonly #owed: OwedReplies;
  readonly #served = new Map<FieldModule, number>();
  #connection: Connection | null = null;
  #running: Promise<void> | null = null;
  #closing: { readonly safe: OutputImage; readonly deadlineMs: number } | null = null;
  #makesSafe = false;
  /** Attempts to connect since a module last answered. */
  #attempts = 0;
  #requests = 0;
  /** Time-outs of each module since the connection was opened. */
  readonly #unanswered = new Map<FieldModule, number>();

  constructor(declaration: LineDeclaration, modules: readonly FieldModule[], clock: FieldClock, log: RateLimitedLog) {
    this.#declaration = declaration;
    this.#modules = modules;
    this.#clock = clock;
    this.#log = log;
    this.#owed = new OwedReplies(declaration.timeoutMs);
  }

  open(): void {
    if (this.#modules.length > 0) this.#running ??= this.#run();
  }

  command(image: OutputImage): void {
    if (this.#closing !== null) return;
    for (const module of this.#modules) module.command(image);
    this.#pause.end();
  }

  /** Ends polling, writes `safe` to the modules that answer and closes, all before the deadline. */
  async close(safe: OutputImage, deadlineMs: number): Promise<void> {
    this.#closing ??= { safe, deadlineMs };
    this.#pause.end();
    // What is still being opened has no module to make safe.
    if (this.#connection?.isOpen === false) await this.#connection.close();
    const deadline = setTimeout(
      () => {
        void this.#connection?.close();
        this.#pause.end();
      },
      Math.max(0, deadlineMs - this.#clock.monotonicMs()),
    );
    await this.#running;
    clearTimeout(deadline);
  }

  /** Never ends before `close`, whatever happens within. */
  async #run(): Promise<void> {
    while (this.#closing === null) {
      let pauseMs: number;
      try {
        await this.#session();
        pauseMs = this.#backOffMs();
      } catch (error) {
        const { id } = this.#declaration;
        this.#log.warn(id, 'defect', { line: id, err: error }, `${id}: unexpected error in its loop, which goes on`);
        pauseMs = defectPauseMs;
      }
      if (this.#closing === null) await this.#pause.wait(pauseMs);
    }
  }

  /** One connection, from its opening to its end. */
  async #session(): Promise<void> {
    const connection = new Connection(this.#declaration, this.#owed, (unit) => {
      for (const module of this.#modules) if (module.declaration.unit === unit) module.heardLate();
    });
    this.#connection = connection;
    this.#unanswered.clear();
    this.#attempts++;
    try {
      await connection.open();
      for (const module of this.#modules) module.connected();
      while (this.#closing === null && connection.isOpen && !this.#isMute()) await this.#turn();
      if (this.#closing !== null && connection.isOpen) await this.#makeSafe(this.#closing);
    } catch (error) {
      if (!(error instanceof LineClosedError)) throw error;
      this.#trouble(error.message);
    } finally {
      await connection.close();
      this.#connection = null;
      for (const module of this.#modules) module.disconnected();
    }
    if (this.#closing === null && connection.fault !== null) {
      this.#trouble(
        `${this.#declaration.id}: ${this.#isMute() ? 'no module answers; connecting anew' : connection.fault}`,
      );
    }
  }

  /** One module's turn, or a wait until there is one. */
  async #turn(): Promise<void> {
    const requestsBefore = this.#requests;
    try {
      await this.#write();
      const nowMs = this.#clock.monotonicMs();
      const choice = nextTurn(this.#turns(), nowMs);
      if (choice.kind === 'wait') {
        await this.#pause.wait(Math.min(longestWaitMs, choice.untilMs - nowMs));
        return;
      }
      const { module } = choice.turn;
      this.#served.set(module, nowMs);
      if (choice.kind === 'probe') await this.#probe(module, choice.idleMs);
      else {
        await this.#writeTo(module);
        await module.visit((request) => this.#readInTurn(module, request));
      }
    } catch (error) {
      // Expected in a plant, and accounted for already: the visit ends, the module has its next turn.
      if (!(error instanceof FieldError)) throw error;
    }
    // A turn that asked nothing must not keep the process from everything else.
    if (this.#requests === requestsBefore) await this.#pause.wait(1);
  }

  #turns(): (Turn & { readonly module: FieldModule })[] {
    const { timeoutMs } = this.#declaration;
    return this.#modules.map((module) => ({
      module,
      standing: module.standing,
      dueMs: module.dueMs,
      servedMs: this.#served.get(module) ?? 0,
      probeMs: module.standing === 'demoted' ? module.probeTimeoutMs(timeoutMs) + probeDrainMs : 0,
    }));
  }

  /** A read of a visit: whatever is to be written meanwhile, on any module of the line, goes before it. */
  async #readInTurn(module: FieldModule, request: Request): Promise<readonly number[]> {
    await this.#write();
    return await this.#ask(module, request);
  }

  /** Everything that is to be written to modules that answer. */
  async #write(): Promise<void> {
    for (const module of this.#modules) {
      module.noticeSilence();
      if (module.standing === 'healthy') await this.#writeTo(module);
    }
  }

  /** Everything that is to be written to this module, until it fails to answer. */
  async #writeTo(module: FieldModule): Promise<void> {
    const silentBefore = module.silentInARow;
    while (module.silentInARow <= silentBefore) {
      const pending = module.isAway && !this.#makesSafe ? null : module.outputs.nextWrite(this.#clock.monotonicMs());
      if (pending === null) return;
      try {
        await this.#ask(module, pending.request);
        module.outputs.written(pending);
        module.wrote();
      } catch (error) {
        if (error instanceof ModbusExceptionError && !error.fromGateway) this.#refused(module, pending, error);
        else if (!(error instanceof FieldError) || error instanceof LineClosedError) throw error;
      }
    }
  }

  #refused(module: FieldModule, pending: PendingWrite, error: ModbusExceptionError): void {
    module.outputs.refused(pending, error);
    const { id, unit } = module.declaration;
    this.#log.warn(id, 'write', { module: id, line: this.#declaration.id, unit }, `${id} refuses: ${error.message}`);
  }

  /** One short question to a module that did not answer lately. */
  async #probe(module: FieldModule, idleMs: number): Promise<void> {
    const { unit } = module.declaration;
    const { timeoutMs } = this.#declaration;
    const reads = module.simpleReads();
    const request = reads.find((read) => this.#connection?.isAmbiguous(unit, read) === false) ?? reads[0];
    const probeMs = Math.max(module.probeTimeoutMs(timeoutMs), Math.min(timeoutMs, idleMs - probeDrainMs));
    module.probed(probeMs >= timeoutMs);
    if (request !== undefined) await this.#exchange(module, request, probeMs);
  }

  /**
   * One request to one module, with all accounting. When a reply that is still owed could be taken for the answer, the
   * module is asked for something of another shape first: it works off its requests in order.
   */
  async #ask(module: FieldModule, request: Request): Promise<readonly number[]> {
    const { unit } = module.declaration;
    const { timeoutMs } = this.#declaration;
    if (this.#connection?.isAmbiguous(unit, request) === true) {
      const other = module.simpleReads().find((read) => this.#connection?.isAmbiguous(unit, read) === false);
      if (other !== undefined) await this.#resynchronise(module, other, timeoutMs);
    }
    return await this.#exchange(module, request, timeoutMs);
  }

  async #resynchronise(module: FieldModule, request: Request, timeoutMs: number): Promise<void> {
    try {
      await this.#exchange(module, request, timeoutMs);
    } catch (error) {
      // Refused, but answered: in step again.
      if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
    }
  }

  async #exchange(module: FieldModule, request: Request, timeoutMs: number): Promise<readonly number[]> {
    const connection = this.#connection;
    const { id, unit } = module.declaration;
    const where = `${this.#declaration.id} unit ${unit} ${wordingOf(request)}`;
    if (connection === null || (this.#closing !== null && !this.#makesSafe)) {
      throw new LineClosedError(where, 'the line is being closed');
    }
    this.#requests++;
    const allowedMs = this.#makesSafe ? Math.min(timeoutMs, this.#remainingMs()) : timeoutMs;
    try {
      const { values, latencyMs } = await connection.ask(unit, request, Math.max(1, allowedMs));
      module.answered(latencyMs);
      this.#attempts = 0;
      this.#unanswered.delete(module);
      return values;
    } catch (error) {
      if (error instanceof ModbusExceptionError && !error.fromGateway) {
        module.refused(error);
        this.#attempts = 0;
        this.#unanswered.delete(module);
        throw error;
      }
      if (!isExpected(error)) throw error;
      module.statistics.failed(error);
      this.#log.warn(id, error.code, { module: id, line: this.#declaration.id, unit }, `${id}: ${error.message}`);
      if (error instanceof LineClosedError) throw error;
      module.silent(this.#restMs(module));
      if (!(error instanceof ModbusExceptionError)) {
        this.#unanswered.set(module, (this.#unanswered.get(module) ?? 0) + 1);
      }
      throw error;
    }
  }

  /** A module of which every question looks alike is left alone until a late reply is improbable. */
  #restMs(module: FieldModule): number {
    const { unit } = module.declaration;
    const reads = module.simpleReads();
    const isClear = reads.some((read) => this.#connection?.isAmbiguous(unit, read) === false);
    return isClear ? 0 : this.#declaration.timeoutMs;
  }

  #isMute(): boolean {
    const asked = this.#modules.filter((module) => Number.isFinite(module.dueMs));
    return asked.length > 0 && asked.every((module) => (this.#unanswered.get(module) ?? 0) >= muteAfter);
  }

  async #makeSafe({ safe }: { readonly safe: OutputImage }): Promise<void> {
    this.#makesSafe = true;
    for (const module of this.#modules) {
      module.command(safe);
      module.outputs.insist();
    }
    // Written, read back, and written once more where that did not take.
    for (const module of this.#modules.filter(({ standing }) => standing !== 'demoted')) {
      await this.#writeTo(module);
      if (module.standing !== 'healthy') continue;
      try {
        await module.readOutputs((request) => this.#ask(module, request));
      } catch (error) {
        if (!(error instanceof FieldError)) throw error;
      }
      await this.#writeTo(module);
    }
  }

  #remainingMs(): number {
    return this.#closing === null ? Number.POSITIVE_INFINITY : this.#closing.deadlineMs - this.#clock.monotonicMs();
  }

  /** Doubles with every attempt that brought no answer, up to the cap, ±20 %. */
  #backOffMs(): number {
    const { reconnectMs, reconnectCapMs } = this.#declaration;
    const plainMs = Math.min(reconnectCapMs, reconnectMs * 2 ** Math.max(0, this.#attempts - 1));
    return plainMs * (0.8 + 0.4 * Math.random());
  }

  #trouble(message: string): void {
    const { id } = this.#declaration;
    for (const module of this.#modules) module.statistics.trouble(message);
    this.#log.warn(id, 'connection', { line: id }, message);
  }
}

function isExpected(
  error: unknown,
): error is ModuleSilentError | BadReplyError | LineClosedError | ModbusExceptionError {
  return error instanceof FieldError;
}
