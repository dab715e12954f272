/**
 * Deadlines of the requests in flight, one per place, with one timer for all. A request that is answered leaves the timer
 * alone: it looks again when it fires. So a request costs no timer, and what is left behind is gone with the last deadline.
 */
export class Deadlines {
  readonly #onExpired: (place: number) => void;
  /** Monotonic, by place; infinite: nothing in flight. */
  readonly #atMs: Float64Array;
  #timer: NodeJS.Timeout | null = null;
  #firesAtMs = Number.POSITIVE_INFINITY;

  constructor(places: number, onExpired: (place: number) => void) {
    this.#onExpired = onExpired;
    this.#atMs = new Float64Array(places + 1).fill(Number.POSITIVE_INFINITY);
  }

  set(place: number, atMs: number): void {
    this.#atMs[place] = atMs;
    if (atMs < this.#firesAtMs) this.#fireAt(atMs);
  }

  clear(place: number): void {
    this.#atMs[place] = Number.POSITIVE_INFINITY;
  }

  /** Leaves no timer behind. */
  end(): void {
    this.#atMs.fill(Number.POSITIVE_INFINITY);
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    this.#firesAtMs = Number.POSITIVE_INFINITY;
  }

  #fireAt(atMs: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#firesAtMs = atMs;
    this.#timer = setTimeout(() => this.#fired(), Math.max(1, Math.ceil(atMs - performance.now())));
  }

  #fired(): void {
    this.#timer = null;
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    // A request that is sent from within `onExpired` may set its own deadline and the timer meanwhile.
    for (const [place, atMs] of this.#atMs.entries()) {
      if (atMs > nowMs) continue;
      this.#atMs[place] = Number.POSITIVE_INFINITY;
      this.#onExpired(place);
    }
    const nextMs = Math.min(...this.#atMs);
    if (nextMs < this.#firesAtMs) this.#fireAt(nextMs);
  }
}
