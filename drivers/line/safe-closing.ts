import type { OutputImage } from '../../machine/field.ts';
import type { FieldClock } from '../field.ts';
import type { FieldModule } from '../module/field-module.ts';
import type { OutputTarget } from '../module/output-target.ts';
import type { Pause } from '../pause.ts';
import { FieldError } from '../wire/errors.ts';
import type { LineWrites } from './line-writes.ts';
import type { Session } from './session.ts';

/** Between two looks at a module that is not known to be safe. */
const roundMs = 20;

/** How the modules of a line are made safe before it is closed. */
export class SafeClosing {
  readonly #session: Session;
  readonly #writes: LineWrites;
  readonly #timeoutMs: number;
  readonly #deadlineMs: number;
  readonly #clock: FieldClock;
  readonly #pause: Pause;
  /** Modules that are not known to be safe yet. */
  readonly #unsafe = new Set<FieldModule>();

  /**
   * @param closing  `timeoutMs` of a request, `deadlineMs` on the monotonic clock, and the line's own pause, which is ended
   *                 when that is there
   */
  constructor(
    session: Session,
    writes: LineWrites,
    clock: FieldClock,
    closing: { readonly timeoutMs: number; readonly deadlineMs: number; readonly pause: Pause },
  ) {
    this.#session = session;
    this.#writes = writes;
    this.#clock = clock;
    this.#timeoutMs = closing.timeoutMs;
    this.#deadlineMs = closing.deadlineMs;
    this.#pause = closing.pause;
  }

  /**
   * Written to every module that answers first, since time is short; then read back, and written again where that did not take,
   * until all of them are safe or the deadline is there. Those that answered last go first each time. When time is left, the
   * modules that are only probed are written to once, which may hear although nothing is heard of them.
   *
   * @throws LineClosedError
   */
  async makeSafe(modules: readonly FieldModule[], safe: OutputImage): Promise<void> {
    for (const module of modules) {
      module.command(safe);
      module.outputs.insist();
      this.#unsafe.add(module);
    }
    const lost = modules.filter(({ standing }) => standing === 'demoted');
    for (const module of answering(this.#unsafe)) await this.#writeTo(module);
    await this.#untilSafe();
    for (const module of lost) await this.#tell(module);
    await this.#untilSafe();
  }

  async #untilSafe(): Promise<void> {
    for (;;) {
      // a reply that is missing is no reason to leave the module as it is
      for (const module of answering(this.#unsafe)) {
        if (!this.#session.isOpen) return;
        if (await this.#readsSafe(module)) this.#unsafe.delete(module);
        else await this.#writeTo(module);
      }
      const left = answering(this.#unsafe);
      const nowMs = this.#clock.monotonicMs();
      if (left.length === 0 || nowMs >= this.#deadlineMs) return;
      const nextMs = Math.min(...left.map((module) => nextLookMs(module, nowMs)), this.#deadlineMs);
      await this.#pause.wait(nextMs - nowMs);
    }
  }

  /** Everything that is to be written to this module, until it fails to answer. */
  async #writeTo(module: FieldModule): Promise<void> {
    const silentBefore = module.silentInARow;
    while (module.silentInARow <= silentBefore) {
      const pending = module.outputs.nextWrite(this.#clock.monotonicMs());
      if (pending === null) return;
      this.#allot(module);
      await this.#writes.account(module, pending, this.#session.ask(module, pending.request));
    }
  }

  /** Each of its outputs is written once, whatever becomes of the one before. */
  async #tell(module: FieldModule): Promise<void> {
    const told = new Set<OutputTarget>();
    for (;;) {
      const nowMs = this.#clock.monotonicMs();
      const pending = module.outputs.nextWrite(nowMs, (target) => !told.has(target));
      if (pending === null || nowMs >= this.#deadlineMs || !this.#session.isOpen) return;
      for (const target of pending.targets) told.add(target);
      this.#session.resumeUntil(Math.min(this.#deadlineMs, nowMs + module.probing.usualMs(this.#timeoutMs)));
      await this.#writes.account(module, pending, this.#session.tell(module, pending.request));
    }
  }

  /**
   * The next request may take its share of the time until the deadline, since a dead module must not take that of the living;
   * but not less than this module's replies are known to take, lest they come into the next request.
   */
  #allot(module: FieldModule): void {
    const sharing = Math.max(1, answering(this.#unsafe).length);
    const nowMs = this.#clock.monotonicMs();
    const shareMs = Math.max((this.#deadlineMs - nowMs) / sharing, module.probing.timeoutMs(this.#timeoutMs));
    this.#session.resumeUntil(Math.min(this.#deadlineMs, nowMs + shareMs));
  }

  /**
   * Whether all outputs, and not only what an earlier read left, were read just now, after whatever was written to them, and
   * none is to be written again.
   */
  async #readsSafe(module: FieldModule): Promise<boolean> {
    const isWhole = !module.outputs.reader.isInterrupted;
    let wasRefused = false;
    try {
      await module.readOutputs(async (request) => {
        this.#allot(module);
        try {
          return await this.#session.ask(module, request);
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
}

/** Without those that are only probed; those that answered last time first. */
function answering(modules: Iterable<FieldModule>): FieldModule[] {
  const asked = [...modules].filter(({ standing }) => standing !== 'demoted');
  return asked.toSorted((a, b) => a.silentInARow - b.silentInARow);
}

/** When a module that is not safe yet may be written to again, or is to be read again. */
function nextLookMs({ outputs }: FieldModule, nowMs: number): number {
  const writeMs = outputs.writeDueAtMs();
  return Math.max(nowMs + roundMs, writeMs === Number.POSITIVE_INFINITY ? 0 : writeMs);
}
