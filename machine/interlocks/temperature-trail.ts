/** How far back a trail reaches at least: over this time the slope of a zone is taken, in s. */
export const slopeSeconds = 20;

/** Between two kept temperatures lies at least this, in ms: one per second, also where scans come a little early. */
const keptEveryMs = 900;

/**
 * The temperatures of the last minute or so with their times: how far a zone came in the last seconds, whatever the rhythm of
 * the scans. Between those that are kept it is interpolated.
 */
export class TemperatureTrail {
  readonly #values: Float64Array;
  readonly #atMs: Float64Array;
  #count = 0;
  #nowMs = 0;
  #nowC = Number.NaN;

  constructor(seconds: number) {
    const spanMs = Math.max(seconds, slopeSeconds) * 1_000;
    const slots = Math.ceil(spanMs / keptEveryMs) + 2;
    this.#values = new Float64Array(slots);
    this.#atMs = new Float64Array(slots);
  }

  /** Bad readings leave a break: what came before says nothing about what comes after. */
  restart(): void {
    this.#count = 0;
  }

  push(nowMs: number, temperatureC: number): void {
    this.#nowMs = nowMs;
    this.#nowC = temperatureC;
    if (this.#count > 0 && nowMs - this.#time(this.#count - 1) < keptEveryMs) return;
    const place = this.#count % this.#values.length;
    this.#atMs[place] = nowMs;
    this.#values[place] = temperatureC;
    this.#count++;
  }

  /** The temperature so many seconds before the newest one; null when the trail does not reach that far. */
  secondsAgo(seconds: number): number | null {
    const atMs = this.#nowMs - seconds * 1_000;
    let before = Math.max(0, this.#count - this.#values.length);
    if (this.#count === 0 || atMs < this.#time(before)) return null;
    let after = this.#count;
    while (after - before > 1) {
      const middle = (before + after) >> 1;
      if (this.#time(middle) <= atMs) before = middle;
      else after = middle;
    }
    const fromC = this.#value(before);
    const fromMs = this.#time(before);
    const toC = after === this.#count ? this.#nowC : this.#value(after);
    const toMs = after === this.#count ? this.#nowMs : this.#time(after);
    return toMs > fromMs ? fromC + ((toC - fromC) * (atMs - fromMs)) / (toMs - fromMs) : fromC;
  }

  #time(place: number): number {
    return this.#atMs[place % this.#atMs.length] ?? 0;
  }

  #value(place: number): number {
    return this.#values[place % this.#values.length] ?? Number.NaN;
  }
}
