/** How long a condition has held without a break. */
export class Held {
  #sinceMs: number | null = null;

  /** @returns how long `condition` has held, in ms; -1 while it does not hold */
  forMs(condition: boolean, nowMs: number): number {
    if (!condition) {
      this.#sinceMs = null;
      return -1;
    }
    this.#sinceMs ??= nowMs;
    return nowMs - this.#sinceMs;
  }

  /** Whether `condition` has held for at least `seconds`. */
  atLeast(condition: boolean, seconds: number, nowMs: number): boolean {
    return this.forMs(condition, nowMs) >= seconds * 1_000;
  }
}
