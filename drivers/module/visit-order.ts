import { LineClosedError } from '../wire/errors.ts';
import type { Exchange } from './block-reader.ts';

/** One of the things that a visit of a module does. */
export interface VisitPart {
  isDue(nowMs: number): boolean;
  /** It was left in the middle, and goes on from there. */
  readonly isInterrupted: boolean;
  /** @throws FieldError when the module does not answer */
  visit(ask: Exchange, window: number, nowMs: number): Promise<void>;
}

/**
 * In what order a module's visits do what is due. A visit ends with the first request that is not answered; the next one
 * begins behind that, so that a block of registers which the module ignores does not keep it from what comes after.
 */
export class VisitOrder {
  readonly #parts: readonly VisitPart[];
  #first = 0;
  #interruptedAtMs: number | null = null;

  constructor(parts: readonly VisitPart[]) {
    this.#parts = parts;
  }

  /** When it goes on where a visit was broken off, by the monotonic clock; infinite: none was. */
  get dueMs(): number {
    return this.#interruptedAtMs ?? Number.POSITIVE_INFINITY;
  }

  /** @throws FieldError */
  async visit(ask: Exchange, window: number, nowMs: () => number): Promise<void> {
    const first = this.#first;
    const beganMs = nowMs();
    this.#first = 0;
    this.#interruptedAtMs = null;
    for (const n of this.#parts.keys()) {
      const at = (first + n) % this.#parts.length;
      const part = this.#parts[at];
      if (part?.isDue(beganMs) !== true) continue;
      try {
        await part.visit(ask, window, beganMs);
      } catch (error) {
        // the connection ended: everything is due then, from the first part
        if (error instanceof LineClosedError) throw error;
        this.#first = part.isInterrupted ? at : (at + 1) % this.#parts.length;
        this.#interruptedAtMs = nowMs();
        throw error;
      }
    }
  }
}
