const windowSeconds = 60;

/** For how much of the last minute something was under way, second by second. Times in ms on the monotonic clock. */
export class BusyTime {
  readonly #startedMs: number;
  readonly #busyMs = new Float64Array(windowSeconds + 1);
  /** Which second, counted on the clock, each place holds. */
  readonly #seconds = new Float64Array(windowSeconds + 1).fill(-1);

  constructor(startedMs: number) {
    this.#startedMs = startedMs;
  }

  add(fromMs: number, untilMs: number): void {
    const firstSecond = Math.max(Math.floor(fromMs / 1_000), Math.floor(untilMs / 1_000) - windowSeconds);
    for (let second = firstSecond; second * 1_000 < untilMs; second++) {
      const place = second % this.#busyMs.length;
      if (this.#seconds[place] !== second) this.#busyMs[place] = 0;
      this.#seconds[place] = second;
      const partMs = Math.min(untilMs, (second + 1) * 1_000) - Math.max(fromMs, second * 1_000);
      this.#busyMs[place] = (this.#busyMs[place] ?? 0) + Math.max(0, partMs);
    }
  }

  /** 0…100 over the whole seconds of the last minute; null before the first of them is over. */
  percent(nowMs: number): number | null {
    const present = Math.floor(nowMs / 1_000);
    const seconds = Math.min(windowSeconds, present - Math.ceil(this.#startedMs / 1_000));
    if (seconds < 1) return null;
    const oldest = present - seconds;
    const busyMs = this.#busyMs.reduce((sum, ms, place) => {
      const second = this.#seconds[place] ?? -1;
      return second >= oldest && second < present ? sum + ms : sum;
    }, 0);
    return Math.min(100, busyMs / (seconds * 10));
  }
}
