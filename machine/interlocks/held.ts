/** How long a condition has held without a break. What can't be judged (`null`) is no break, and no proof either. */
export class Held {
  #sinceMs: number | null = null;

  /** @returns how long `condition` has held, in ms; -1 while it does not hold, or can't be judged */
  forMs(condition: boolean | null, nowMs: number): number {
    if (condition === null) return -1;
    if (!condition) {
      this.#sinceMs = null;
      return -1;
    }
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs;
  }

  /** Whether `condition` has held for at least `seconds`. */
  atLeast(condition: boolean | null, seconds: number, nowMs: number): boolean {
    return this.forMs(condition, nowMs) >= seconds * 1_000;
  }
}
