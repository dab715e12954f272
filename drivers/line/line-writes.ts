import type { FieldClock } from '../field.ts';
import type { FieldModule } from '../module/field-module.ts';
import type { OutputTarget } from '../module/output-target.ts';
import { isSwitchingOff, type PendingWrite } from '../module/write-queue.ts';
import type { RateLimitedLog } from '../rate-limited-log.ts';
import { FieldError, LineClosedError, ModbusExceptionError } from '../wire/errors.ts';
import type { Session } from './session.ts';

/** What is written to the modules of one line while it is polled, and in what order. */
export class LineWrites {
  readonly #line: string;
  readonly #modules: readonly FieldModule[];
  readonly #clock: FieldClock;
  readonly #log: RateLimitedLog;
  /**
   * Until then nothing more is written to the module, unless to switch off. Writes take half of its line's time at most: else a
   * slow module whose outputs change in every scan would leave no time to read, not even its neighbours.
   */
  readonly #restUntilMs = new Map<FieldModule, number>();
  #writing: Promise<void> | null = null;

  constructor(line: string, modules: readonly FieldModule[], clock: FieldClock, log: RateLimitedLog) {
    this.#line = line;
    this.#modules = modules;
    this.#clock = clock;
    this.#log = log;
  }

  /** When a healthy module may be written to next; infinite: there is nothing to write. */
  dueMs(): number {
    const dues = this.#modules.map((module) => {
      const mayWrite = module.standing === 'healthy' && !module.isAway && module.isGuarded;
      const dueMs = mayWrite ? module.outputs.writeDueAtMs() : Number.POSITIVE_INFINITY;
      return Math.max(dueMs, this.#restUntilMs.get(module) ?? 0);
    });
    return Math.min(...dues);
  }

  /**
   * Everything that is to be written to modules that answer. Reads that are under way together wait for the same writes.
   *
   * @throws LineClosedError
   */
  async write(session: Session): Promise<void> {
    this.#writing ??= this.#writeAll(session).finally(() => {
      this.#writing = null;
    });
    await this.#writing;
  }

  /**
   * Everything that is to be written to this module, until it fails to answer. Before each request goes what is to be switched
   * off on any module of the line. Nothing but that is written before the module's watchdog is set.
   *
   * @throws LineClosedError
   */
  async writeTo(session: Session, module: FieldModule, rests = this.#rests(module)): Promise<void> {
    const silentBefore = module.silentInARow;
    const written = new Set<OutputTarget>();
    while (module.silentInARow <= silentBefore) {
      await this.#switchOff(session);
      const pending = this.#next(module);
      if (pending === null) break;
      // a newer value of what was just written waits, too
      const mayWait = !isSwitchingOff(pending);
      if (mayWait && (rests || !module.isGuarded || pending.targets.some((target) => written.has(target)))) break;
      for (const target of pending.targets) written.add(target);
      await this.#writeOne(session, module, pending);
    }
  }

  /**
   * Accounts for one write when its answer is there, or why it is not.
   *
   * @throws LineClosedError
   */
  async account(module: FieldModule, pending: PendingWrite, answer: Promise<readonly number[]>): Promise<void> {
    try {
      module.wrote(pending, await answer);
    } catch (error) {
      if (error instanceof ModbusExceptionError && !error.fromGateway) this.#refused(module, pending, error);
      else if (!(error instanceof FieldError) || error instanceof LineClosedError) throw error;
    }
  }

  async #writeAll(session: Session): Promise<void> {
    // what is switched off here together with what goes on does not rest in between
    const resting = this.#modules.filter((module) => this.#rests(module));
    for (const module of this.#healthy()) await this.writeTo(session, module, resting.includes(module));
    await this.#switchOff(session);
  }

  /** What is to be switched off on any module that answers. */
  async #switchOff(session: Session): Promise<void> {
    for (const module of this.#healthy()) {
      while (module.standing === 'healthy') {
        const pending = this.#next(module);
        if (pending === null || !isSwitchingOff(pending)) break;
        await this.#writeOne(session, module, pending);
      }
    }
  }

  /** Nothing before the module was heard of since it was away, since a drive is judged by what it does. */
  #next(module: FieldModule): PendingWrite | null {
    return module.isAway ? null : module.outputs.nextWrite(this.#clock.monotonicMs());
  }

  /** One request, whatever comes of it. @throws LineClosedError */
  async #writeOne(session: Session, module: FieldModule, pending: PendingWrite): Promise<void> {
    const beganMs = this.#clock.monotonicMs();
    await this.account(module, pending, session.ask(module, pending.request));
    // as long as it took, after its end, and after what the writes before it have to rest yet
    const tookMs = this.#clock.monotonicMs() - beganMs;
    this.#restUntilMs.set(module, Math.max(beganMs, this.#restUntilMs.get(module) ?? 0) + 2 * tookMs);
  }

  #rests(module: FieldModule): boolean {
    return this.#clock.monotonicMs() < (this.#restUntilMs.get(module) ?? 0);
  }

  #healthy(): FieldModule[] {
    for (const module of this.#modules) module.noticeSilence();
    return this.#modules.filter(({ standing }) => standing === 'healthy');
  }

  #refused(module: FieldModule, pending: PendingWrite, error: ModbusExceptionError): void {
    module.outputs.refused(pending, error);
    const { id, unit } = module.declaration;
    this.#log.warn(id, 'write', { module: id, line: this.#line, unit }, `${id} refuses: ${error.message}`);
  }
}
