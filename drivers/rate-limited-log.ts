import type { FieldClock, FieldLog } from './field.ts';

const periodMs = 60_000;

/**
 * The same complaint about the same thing at most once a minute, with how often it was held back since. Keys are module
 * (or line) and kind, of which there are finitely many.
 */
export class RateLimitedLog {
  readonly #log: FieldLog;
  readonly #clock: FieldClock;
  readonly #last = new Map<string, { atMs: number; heldBack: number }>();

  constructor(log: FieldLog, clock: FieldClock) {
    this.#log = log;
    this.#clock = clock;
  }

  info(about: string, kind: string, context: object, message: string): void {
    const repeated = this.#due(`${about} ${kind}`);
    if (repeated !== null) this.#log.info({ ...context, repeated }, message);
  }

  warn(about: string, kind: string, context: object, message: string): void {
    const repeated = this.#due(`${about} ${kind}`);
    if (repeated !== null) this.#log.warn({ ...context, repeated }, message);
  }

  /** How many were held back before this one, or null when this one is held back too. */
  #due(key: string): number | null {
    const nowMs = this.#clock.monotonicMs();
    const last = this.#last.get(key);
    if (last !== undefined && nowMs - last.atMs < periodMs) {
      last.heldBack++;
      return null;
    }
    this.#last.set(key, { atMs: nowMs, heldBack: 0 });
    return last?.heldBack ?? 0;
  }
}
