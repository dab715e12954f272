import type { OutputImage } from '../../machine/field.ts';
import type { LineDeclaration } from '../declaration.ts';
import type { FieldClock } from '../field.ts';
import type { FieldModule } from '../module/field-module.ts';
import type { OutputTarget } from '../module/output-target.ts';
import { probePeriodMs } from '../module/probing.ts';
import { isSwitchingOff, type PendingWrite } from '../module/write-queue.ts';
import { Pause } from '../pause.ts';
import type { RateLimitedLog } from '../rate-limited-log.ts';
import { FieldError, LineClosedError, ModbusExceptionError } from '../wire/errors.ts';
import { OwedReplies } from '../wire/owed-replies.ts';
import type { FieldRequest } from '../wire/request.ts';
import { LineMonitor } from './line-monitor.ts';
import { nextTurn, type Turn } from './schedule.ts';
import { Session } from './session.ts';

/** Pause after an error that nobody foresaw. */
const defectPauseMs = 1_000;
/** The wait for nothing in particular ends now and then. */
const longestWaitMs = 10_000;
/** Between two looks at a module that is not known to be safe when its line is closed. */
const safeRoundMs = 20;

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
  readonly monitor: LineMonitor;
  readonly #served = new Map<FieldModule, number>();
  /**
   * Until then nothing more is written to the module, unless to switch off. Writes take half of its line's time at most: else a
   * slow module whose outputs change in every scan would leave no time to read, not even its neighbours.
   */
  readonly #writesRestUntilMs = new Map<FieldModule, number>();
  #session: Session | null = null;
  #writing: Promise<void> | null = null;
  #running: Promise<void> | null = null;
  #closing: { readonly safe: OutputImage; readonly deadlineMs: number } | null = null;
  /** While the line is closed: modules that are not known to be safe yet. */
  readonly #unsafe = new Set<FieldModule>();
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

  /** One module's turn, or a wait until there is one. */
  async #turn(session: Session): Promise<void> {
    const requestsBefore = session.requests;
    try {
      await this.#write(session);
      const nowMs = this.#clock.monotonicMs();
      const choice = nextTurn(this.#turns(session), nowMs);
      if (choice.kind === 'wait') {
        const untilMs = Math.min(choice.untilMs, this.#nextWriteMs());
        await this.#pause.wait(Math.max(0, Math.min(longestWaitMs, untilMs - nowMs)));
        return;
      }
      const { module } = choice.turn;
      this.#served.set(module, nowMs);
      if (choice.kind === 'probe') await session.probe(module, choice.idleMs);
      else {
        await this.#writeTo(session, module);
        await module.visit((request) => this.#readInTurn(session, module, request), session.window);
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

  /** When a healthy module may be written to next; infinite: there is nothing to write. */
  #nextWriteMs(): number {
    const dues = this.#modules.map((module) => {
      const mayWrite = module.standing === 'healthy' && !module.isAway && module.isGuarded;
      const dueMs = mayWrite ? module.outputs.writeDueAtMs() : Number.POSITIVE_INFINITY;
      return Math.max(dueMs, this.#writesRestUntilMs.get(module) ?? 0);
    });
    return Math.min(...dues);
  }

  /** A read of a visit: whatever is to be written meanwhile, on any module of the line, goes before it. */
  async #readInTurn(session: Session, module: FieldModule, request: FieldRequest): Promise<readonly number[]> {
    await this.#write(session);
    return await session.ask(module, request, async () => await this.#write(session));
  }

  /** Everything that is to be written to modules that answer. Reads that are under way together wait for the same writes. */
  async #write(session: Session): Promise<void> {
    this.#writing ??= this.#writeAll(session).finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  async #writeAll(session: Session): Promise<void> {
    // what is switched off here together with what goes on does not rest in between
    const resting = this.#modules.filter((module) => this.#rests(module));
    for (const module of this.#healthy()) await this.#writeTo(session, module, resting.includes(module));
    await this.#switchOff(session);
  }

  /** What is to be switched off on any module that answers. */
  async #switchOff(session: Session): Promise<void> {
    for (const module of this.#healthy()) {
      while (module.standing === 'healthy') {
        const pending = this.#nextWrite(module);
        if (pending === null || !isSwitchingOff(pending)) break;
        await this.#writeOne(session, module, pending);
      }
    }
  }

  /**
   * Everything that is to be written to this module, until it fails to answer. Before each request goes what is to be switched
   * off on any module of the line. Nothing but that is written before the module's watchdog is set.
   */
  async #writeTo(session: Session, module: FieldModule, rests = this.#rests(module)): Promise<void> {
    const silentBefore = module.silentInARow;
    const written = new Set<OutputTarget>();
    while (module.silentInARow <= silentBefore) {
      if (this.#closing === null) await this.#switchOff(session);
      const pending = this.#nextWrite(module);
      if (pending === null) break;
      // a newer value of what was just written waits, too
      const mayWait = this.#closing === null && !isSwitchingOff(pending);
      if (mayWait && (rests || !module.isGuarded || pending.targets.some((target) => written.has(target)))) break;
      for (const target of pending.targets) written.add(target);
      await this.#writeOne(session, module, pending);
    }
  }

  #rests(module: FieldModule): boolean {
    return this.#clock.monotonicMs() < (this.#writesRestUntilMs.get(module) ?? 0);
  }

  /** Nothing before the module was heard of since it was away, since a drive is judged by what it does. */
  #nextWrite(module: FieldModule): PendingWrite | null {
    if (module.isAway && this.#closing === null) return null;
    return module.outputs.nextWrite(this.#clock.monotonicMs());
  }

  /** One request, whatever comes of it. @throws LineClosedError */
  async #writeOne(session: Session, module: FieldModule, pending: PendingWrite): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    this.#allot(session, module);
    await this.#account(module, pending, session.ask(module, pending.request));
    // as long as it took, after its end, and after what the writes before it have to rest yet
    const tookMs = this.#clock.monotonicMs() - beganMs;
    this.#writesRestUntilMs.set(module, Math.max(beganMs, this.#writesRestUntilMs.get(module) ?? 0) + 2 * tookMs);
  }

  /** @throws LineClosedError */
  async #account(module: FieldModule, pending: PendingWrite, answer: Promise<readonly number[]>): Promise<void> {
    try {
      module.wrote(pending, await answer);
    } catch (error) {
      if (error instanceof ModbusExceptionError && !error.fromGateway) this.#refused(module, pending, error);
      else if (!(error instanceof FieldError) || error instanceof LineClosedError) throw error;
    }
  }

  #healthy(): FieldModule[] {
    for (const module of this.#modules) module.noticeSilence();
    return this.#modules.filter(({ standing }) => standing === 'healthy');
  }

  #refused(module: FieldModule, pending: PendingWrite, error: ModbusExceptionError): void {
    module.outputs.refused(pending, error);
    const { id, unit } = module.declaration;
    this.#log.warn(id, 'write', { module: id, line: this.#declaration.id, unit }, `${id} refuses: ${error.message}`);
  }

  /**
   * Written to every module that answers first, since time is short; then read back, and written again where that did not take,
   * until all of them are safe or the deadline is there. Those that answered last go first each time. When time is left, the
   * modules that are only probed are written to once, which may hear although nothing is heard of them.
   */
  async #makeSafe(
    session: Session,
    closing: { readonly safe: OutputImage; readonly deadlineMs: number },
  ): Promise<void> {
    for (const module of this.#modules) {
      module.command(closing.safe);
      module.outputs.insist();
      this.#unsafe.add(module);
    }
    const lost = this.#modules.filter(({ standing }) => standing === 'demoted');
    for (const module of answering(this.#unsafe)) await this.#writeTo(session, module);
    await this.#untilSafe(session, closing.deadlineMs);
    for (const module of lost) await this.#tell(session, module, closing.deadlineMs);
    await this.#untilSafe(session, closing.deadlineMs);
  }

  async #untilSafe(session: Session, deadlineMs: number): Promise<void> {
    for (;;) {
      // a reply that is missing is no reason to leave the module as it is
      for (const module of answering(this.#unsafe)) {
        if (!session.isOpen) return;
        if (await this.#readsSafe(session, module)) this.#unsafe.delete(module);
        else await this.#writeTo(session, module);
      }
      const left = answering(this.#unsafe);
      const nowMs = this.#clock.monotonicMs();
      if (left.length === 0 || nowMs >= deadlineMs) return;
      const nextMs = Math.min(...left.map((module) => nextLookMs(module, nowMs)), deadlineMs);
      await this.#pause.wait(nextMs - nowMs);
    }
  }

  /** Each of its outputs is written once, whatever becomes of the one before. */
  async #tell(session: Session, module: FieldModule, deadlineMs: number): Promise<void> {
    const told = new Set<OutputTarget>();
    for (;;) {
      const nowMs = this.#clock.monotonicMs();
      const pending = module.outputs.nextWrite(nowMs, (target) => !told.has(target));
      if (pending === null || nowMs >= deadlineMs || !session.isOpen) return;
      for (const target of pending.targets) told.add(target);
      session.resumeUntil(Math.min(deadlineMs, nowMs + module.probing.usualMs(this.#declaration.timeoutMs)));
      await this.#account(module, pending, session.tell(module, pending.request));
    }
  }

  /**
   * The next request may take its share of the time until the deadline, since a dead module must not take that of the living;
   * but not less than this module's replies are known to take, lest they come into the next request.
   */
  #allot(session: Session, module: FieldModule): void {
    const sharing = answering(this.#unsafe).length;
    if (this.#closing === null || sharing === 0) return;
    const { deadlineMs } = this.#closing;
    const nowMs = this.#clock.monotonicMs();
    const shareMs = Math.max((deadlineMs - nowMs) / sharing, module.probing.timeoutMs(this.#declaration.timeoutMs));
    session.resumeUntil(Math.min(deadlineMs, nowMs + shareMs));
  }

  /** Whether all outputs, and not only what an earlier read left, were read just now, after whatever was written to them, and none is to be written again. */
  async #readsSafe(session: Session, module: FieldModule): Promise<boolean> {
    const isWhole = !module.outputs.reader.isInterrupted;
    let wasRefused = false;
    try {
      await module.readOutputs(async (request) => {
        this.#allot(session, module);
        try {
          return await session.ask(module, request);
        } catch (error) {
          wasRefused = true;
          throw error;
        }
      });
    } catch (error) {
      if (!(error instanceof FieldError)) throw error;
      return false;
    }
    const { outputs } = module;
    const isSettled = outputs.writeDueAtMs() === Number.POSITIVE_INFINITY && outputs.mismatches().length === 0;
    return isWhole && !wasRefused && outputs.areKnown && isSettled;
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

/** Without those that are only probed; those that answered last time first. */
function answering(modules: Iterable<FieldModule>): FieldModule[] {
  const asked = [...modules].filter(({ standing }) => standing !== 'demoted');
  return asked.toSorted((a, b) => a.silentInARow - b.silentInARow);
}

/** When a module that is not safe yet may be written to again, or is to be read again. */
function nextLookMs({ outputs }: FieldModule, nowMs: number): number {
  const writeMs = outputs.writeDueAtMs();
  return Math.max(nowMs + safeRoundMs, writeMs === Number.POSITIVE_INFINITY ? 0 : writeMs);
}
