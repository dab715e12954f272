import type { Now } from '../signal.ts';
import type { Shelf } from './alarm.ts';

/** When a shelf ends: by the monotonic clock, so that a jump of the system time neither lengthens nor ends it. */
export class ShelfClock {
  #endsAtMs: number | null = null;

  /** @param forMs null: it does not end by itself */
  start(forMs: number | null, now: Now): void {
    this.#endsAtMs = forMs === null ? null : now.monotonicMs + forMs;
  }

  /** A shelf from before a restart lasts as long as its end by the wall clock says, and never longer than it was given. */
  isOver({ atMs, untilMs }: Shelf, now: Now): boolean {
    if (untilMs === null) return false;
    this.#endsAtMs ??= now.monotonicMs + Math.min(untilMs - now.wallMs, untilMs - atMs);
    return now.monotonicMs >= this.#endsAtMs;
  }
}
