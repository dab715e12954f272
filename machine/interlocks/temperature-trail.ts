/** How far back a trail reaches at least: over this time the slope of a zone is taken, in s. */
export const slopeSeconds = 20;

/** One temperature per second of the last minute or so: how far a zone came in the last seconds. */
export class TemperatureTrail {
  readonly #values: Float64Array;
  #nextAtMs = Number.NEGATIVE_INFINITY;
  #count = 0;

  constructor(seconds: number) {
    this.#values = new Float64Array(Math.ceil(Math.max(seconds, slopeSeconds)) + 1);
  }

  /** Bad readings leave a break: what came before says nothing about what comes after. */
  restart(): void {
    this.#count = 0;
    this.#nextAtMs = Number.NEGATIVE_INFINITY;
  }

  push(nowMs: number, temperatureC: number): void {
    if (nowMs < this.#nextAtMs) return;
    this.#nextAtMs = this.#nextAtMs > nowMs - 1_000 ? this.#nextAtMs + 1_000 : nowMs + 1_000;
    this.#values[this.#count % this.#values.length] = temperatureC;
    this.#count++;
  }

  /** The temperature so many seconds ago; null when the trail does not reach that far. */
  secondsAgo(seconds: number): number | null {
    const back = Math.ceil(seconds);
    if (back >= this.#values.length || back >= this.#count) return null;
    return this.#values[(this.#count - 1 - back) % this.#values.length] ?? null;
  }
}
