import type { OutputImage } from '../../machine/field.ts';
import type { LineDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import type { FieldModule } from '../module/field-module.ts';
import { probePeriodMs } from '../module/probing.ts';
import { Pause } from '../pause.ts';
import type { RateLimitedLog } from '../rate-limited-log.ts';
import { FieldError, LineClosedError } from '../wire/errors.ts';
import { OwedReplies } from '../wire/owed-replies.ts';
import type { FieldRequest } from '../wire/request.ts';
import { LineMonitor } from './line-monitor.ts';
import { LineWrites } from './line-writes.ts';
import { SafeClosing } from './safe-closing.ts';
import { nextTurn, type Turn } from './schedule.ts';
import { Session } from './session.ts';

/** Pause after an error that nobody foresaw. */
const defectPauseMs = 1_000;
/** The wait for nothing in particular ends now and then. */
const longestWaitMs = 10_000;

interface Closing {
  readonly safe: OutputImage;
  /** On the monotonic clock. */
  readonly deadlineMs: number;
}

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
  readonly #writes: LineWrites;
  readonly monitor: LineMonitor;
  readonly #served = new Map<FieldModule, number>();
  #session: Session | null = null;
  #running: Promise<void> | null = null;
  #closing: Closing | null = null;
  /** Attempts to connect since a module last answered. */
  #attempts = 0;
  /** A line on which nobody answers is connected anew instead of being probed, and not more often. */
  #notBeforeMs = 0;

  constructor(declaration: LineDeclaration, modules: readonly FieldModule[], clock: FieldClock, log: RateLimitedLog) {
    this.#declaration = declaration;
    this.#modules = modules;
    this.#clock = clock;
    this.#log = log;
    this.#owed = new OwedReplies(declaration.timeoutMs);
    this.#writes = new LineWrites(declaration.id, modules, clock, log);
    this.monitor = new LineMonitor(clock);
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
    this.#session?.stop();
    this.#pause.end();
    // What is still being opened has no module to make safe.
    if (this.#session?.isOpen === false) await this.#session.close();
    const deadline = setTimeout(
      () => {
        void this.#session?.close();
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
      let pauseMs = defectPauseMs;
      try {
        await this.#serve();
        pauseMs = Math.max(this.#backOffMs(), this.#notBeforeMs - this.#clock.monotonicMs());
      } catch (error) {
        const { id } = this.#declaration;
        this.#log.warn(id, 'defect', { line: id, err: error }, `${id}: unexpected error in its loop, which goes on`);
      }
      if (this.#closing !== null) break;
      this.monitor.waits(pauseMs);
      await this.#pause.wait(pauseMs);
    }
    this.monitor.closed();
  }

  /** One connection, from its opening to its end. */
  async #serve(): Promise<void> {
    const session = new Session(this.#declaration, this.#modules, this.#owed, this.#clock, this.#log, this.monitor);
    let openedMs = Number.NEGATIVE_INFINITY;
    this.#session = session;
    this.#attempts++;
    this.monitor.connecting();
    try {
      await session.open();
      this.monitor.opened();
      openedMs = this.#clock.monotonicMs();
      for (const module of this.#modules) module.connected();
      while (this.#closing === null && session.isOpen && !session.isMute) await this.#turn(session);
      if (this.#closing !== null && session.isOpen) await this.#makeSafe(session, this.#closing);
    } catch (error) {
      if (!(error instanceof LineClosedError)) throw error;
      this.#trouble(error.message);
    } finally {
      await session.close();
      this.#session = null;
      for (const module of this.#modules) module.disconnected();
    }
    if (session.wasAnswered) this.#attempts = 0;
    if (this.#closing !== null || session.fault === null) return;
    // A line that opens but is mute is tried at an even pace: connecting was not the trouble.
    if (session.isMute) {
      this.#attempts = 0;
      this.#notBeforeMs = openedMs + probePeriodMs;
    }
    const { id } = this.#declaration;
    if (!session.isMute) return this.#trouble(`${id}: ${session.fault}`);
    // Each module has its own time-out to tell of, which says more.
    const text = `${id}: no module answers; connecting anew`;
    this.monitor.failed(text);
    this.#log.warn(id, 'connection', { line: id }, text);
  }

  async #makeSafe(session: Session, { safe, deadlineMs }: Closing): Promise<void> {
    const { timeoutMs } = this.#declaration;
    const closing = new SafeClosing(session, this.#writes, this.#clock, { timeoutMs, deadlineMs, pause: this.#pause });
    await closing.makeSafe(this.#modules, safe);
  }

  /** One module's turn, or a wait until there is one. */
  async #turn(session: Session): Promise<void> {
    const requestsBefore = session.requests;
    try {
      await this.#writes.write(session);
      const nowMs = this.#clock.monotonicMs();
      const choice = nextTurn(this.#turns(session), nowMs);
      if (choice.kind === 'wait') {
        const untilMs = Math.min(choice.untilMs, this.#writes.dueMs());
        await this.#pause.wait(Math.max(0, Math.min(longestWaitMs, untilMs - nowMs)));
        return;
      }
      const { module } = choice.turn;
      this.#served.set(module, nowMs);
      if (choice.kind === 'probe') await session.probe(module, choice.idleMs);
      else {
        await this.#writes.writeTo(session, module);
        await module.visit((request) => this.#askInTurn(session, module, request), session.window);
      }
    } catch (error) {
      // Expected in a plant, and accounted for already: the visit ends, the module has its next turn.
      if (!(error instanceof FieldError)) throw error;
    }
    // A turn that asked nothing must not keep the process from everything else.
    if (session.requests === requestsBefore) await this.#pause.wait(1);
  }

  #turns({ drainMs }: Session): (Turn & { readonly module: FieldModule })[] {
    const { timeoutMs } = this.#declaration;
    return this.#modules.map((module) => ({
      module,
      standing: module.standing,
      // what is to be written to a healthy module goes before every turn and makes no turn due
      dueMs: module.standing === 'healthy' ? module.readDueMs : module.dueMs,
      servedMs: this.#served.get(module) ?? 0,
      probeMs: module.standing === 'demoted' ? module.probing.timeoutMs(timeoutMs) + drainMs : 0,
    }));
  }

  /** What a visit asks: whatever is to be written meanwhile, on any module of the line, goes before it. */
  async #askInTurn(session: Session, module: FieldModule, request: FieldRequest): Promise<readonly number[]> {
    await this.#writes.write(session);
    return await session.ask(module, request, async () => await this.#writes.write(session));
  }

  /** Doubles with every attempt that brought no answer, up to the cap, ±20 %. */
  #backOffMs(): number {
    const { reconnectMs, reconnectCapMs } = this.#declaration;
    const plainMs = Math.min(reconnectCapMs, reconnectMs * 2 ** Math.max(0, this.#attempts - 1));
    return plainMs * (0.8 + 0.4 * Math.random());
  }

  #trouble(message: string): void {
    const { id } = this.#declaration;
    this.monitor.failed(message);
    for (const module of this.#modules) module.statistics.trouble(message);
    this.#log.warn(id, 'connection', { line: id }, message);
  }
}
