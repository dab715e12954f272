import { isNetworkLine, type LineDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import type { FieldModule } from '../module/field-module.ts';
import type { RateLimitedLog } from '../rate-limited-log.ts';
import { Connection } from '../wire/connection.ts';
import { BadReplyError, FieldError, LineClosedError, ModbusExceptionError } from '../wire/errors.ts';
import type { OwedReplies } from '../wire/owed-replies.ts';
import { type FieldRequest, type Request, wordingOf } from '../wire/request.ts';
import type { LineMonitor } from './line-monitor.ts';

/** Time-outs in a row of every module after which the connection itself is doubted. */
const muteAfter = 3;

/** One connection of a line, and what is asked through it: each request is accounted for at its module. */
export class Session {
  readonly #line: LineDeclaration;
  readonly #modules: readonly FieldModule[];
  readonly #clock: FieldClock;
  readonly #log: RateLimitedLog;
  readonly #owed: OwedReplies;
  readonly #connection: Connection;
  readonly #monitor: LineMonitor;
  /** Time-outs of each module since it last answered here. */
  readonly #unanswered = new Map<FieldModule, number>();
  #requests = 0;
  #wasAnswered = false;
  #isStopped = false;
  #deadlineMs = Number.POSITIVE_INFINITY;

  constructor(
    line: LineDeclaration,
    modules: readonly FieldModule[],
    owed: OwedReplies,
    clock: FieldClock,
    log: RateLimitedLog,
    monitor: LineMonitor,
  ) {
    this.#line = line;
    this.#modules = modules;
    this.#clock = clock;
    this.#log = log;
    this.#monitor = monitor;
    const heardLate = (unit: number): void => {
      for (const module of modules) if (module.declaration.unit === unit) module.heardLate();
    };
    this.#owed = owed;
    this.#connection = new Connection(line, owed, heardLate, monitor.trace);
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  /** Most requests that may be under way at a time. */
  get window(): number {
    return this.#connection.window;
  }

  /** Silence after a request that was not answered, before the next one, in ms. */
  get drainMs(): number {
    return this.#connection.drainMs;
  }

  /** Why it ended; null: it was never open. */
  get fault(): string | null {
    return this.#connection.fault;
  }

  get requests(): number {
    return this.#requests;
  }

  /** Any module answered. */
  get wasAnswered(): boolean {
    return this.#wasAnswered;
  }

  /** The line is open, and still nobody answers: half-open, or a gateway that lost its other side. */
  get isMute(): boolean {
    const asked = this.#modules.filter((module) => Number.isFinite(module.dueMs));
    return asked.length > 0 && asked.every((module) => (this.#unanswered.get(module) ?? 0) >= this.#muteAfter(module));
  }

  /**
   * Several time-outs, or one of a module that was lost already when this socket was opened: the socket may be dead although it
   * was accepted, and probes through it bring nothing then, however often. A serial port has no other end that could be.
   */
  #muteAfter(module: FieldModule): number {
    return module.standing === 'demoted' && isNetworkLine(this.#line) ? 1 : muteAfter;
  }

  /** @throws LineClosedError */
  async open(): Promise<void> {
    await this.#connection.open();
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * Whatever is under way ends; nothing more is asked. What is in flight is waited for as long as its module takes as a rule:
   * a device that answers does not get the next request in between, and one that does not has had its time.
   */
  stop(): void {
    this.#isStopped = true;
    const { timeoutMs } = this.#line;
    this.#connection.hurry((unit) => {
      const asked = this.#modules.filter(({ declaration }) => declaration.unit === unit);
      return Math.max(...asked.map(({ probing }) => probing.usualMs(timeoutMs)));
    });
  }

  /** Asking is allowed again, with time-outs that end before the deadline. */
  resumeUntil(deadlineMs: number): void {
    this.#isStopped = false;
    this.#deadlineMs = deadlineMs;
  }

  /**
   * One request to one module. When a reply that is still owed could be taken for the answer, the module is asked for
   * something by another function first: it works off its requests in order.
   *
   * @param between  done between the two: what must not wait for more than one request
   * @throws FieldError
   */
  async ask(
    module: FieldModule,
    request: FieldRequest,
    between: () => Promise<void> = async () => {},
  ): Promise<readonly number[]> {
    const { unit } = module.declaration;
    if (this.#connection.isAmbiguous(unit, request)) {
      const other = this.#unambiguous(module);
      if (other === undefined) {
        throw new BadReplyError(
          `${this.#line.id} unit ${unit} ${wordingOf(request)}`,
          'earlier replies are still owed',
        );
      }
      await this.#resynchronise(module, other);
      await between();
    }
    return await this.#exchange(module, request, this.#line.timeoutMs);
  }

  /**
   * One request, sent whatever is still owed: what is taken for its answer may be an older reply, so it proves nothing.
   *
   * @throws FieldError
   */
  async tell(module: FieldModule, request: FieldRequest): Promise<readonly number[]> {
    return await this.#exchange(module, request, this.#line.timeoutMs);
  }

  /**
   * One short question to a module that did not answer lately.
   *
   * @param idleMs  until the next healthy module is due: so long at most, where that is longer than a probe needs
   * @throws FieldError
   */
  async probe(module: FieldModule, idleMs: number): Promise<void> {
    const { timeoutMs } = this.#line;
    // what could be mistaken is not asked: the module is left alone until nobody expects its late replies any more
    const request = this.#unambiguous(module);
    const probeMs = Math.max(module.probing.timeoutMs(timeoutMs), Math.min(timeoutMs, idleMs - this.drainMs));
    module.probed(probeMs >= timeoutMs);
    if (request !== undefined) await this.#exchange(module, request, probeMs);
  }

  async #resynchronise(module: FieldModule, request: Request): Promise<void> {
    try {
      await this.#exchange(module, request, this.#line.timeoutMs);
    } catch (error) {
      // Refused, but answered: in step again.
      if (!(error instanceof ModbusExceptionError) || error.fromGateway) throw error;
    }
  }

  async #exchange(module: FieldModule, request: FieldRequest, timeoutMs: number): Promise<readonly number[]> {
    const { unit } = module.declaration;
    if (this.#isStopped) {
      throw new LineClosedError(`${this.#line.id} unit ${unit} ${wordingOf(request)}`, 'the line is being closed');
    }
    const askedAtMs = this.#clock.monotonicMs();
    const allowedMs = Math.max(1, Math.min(timeoutMs, this.#deadlineMs - askedAtMs));
    this.#requests++;
    const asked = this.#monitor.asked(unit, request);
    try {
      const { values, latencyMs } = await this.#connection.ask(unit, request, allowedMs);
      this.#monitor.settled(asked, null);
      module.answered(latencyMs);
      this.#answered(module, request);
      return values;
    } catch (error) {
      this.#monitor.settled(asked, error);
      if (error instanceof ModbusExceptionError && !error.fromGateway) {
        module.refused(error);
        this.#answered(module, request);
      } else if (error instanceof FieldError) this.#failed(module, request, error, askedAtMs);
      throw error;
    }
  }

  #answered(module: FieldModule, request: FieldRequest): void {
    module.simpleReads.answered(request);
    this.#wasAnswered = true;
    this.#unanswered.delete(module);
  }

  #failed(module: FieldModule, request: FieldRequest, error: FieldError, askedAtMs: number): void {
    const { id, unit } = module.declaration;
    module.statistics.failed(error);
    this.#log.warn(id, error.code, { module: id, line: this.#line.id, unit }, `${id}: ${error.message}`);
    if (error instanceof LineClosedError) return;
    module.simpleReads.unanswered(request);
    // A module of which every question looks alike is left alone until a late reply is improbable.
    const restMs = this.#unambiguous(module) === undefined ? this.#owed.firstFreeMs(unit) : 0;
    const isNew = module.silent(askedAtMs, restMs);
    if (!isNew || error instanceof ModbusExceptionError) return;
    this.#unanswered.set(module, (this.#unanswered.get(module) ?? 0) + 1);
  }

  /** A read whose reply can't be mistaken for one that this module still owes. */
  #unambiguous(module: FieldModule): Request | undefined {
    const { unit } = module.declaration;
    return module.simpleReads.list().find((read) => !this.#connection.isAmbiguous(unit, read));
  }
}
