/** Between two looks, in ms. */
const lookMs = 4;

/** Notices when this process stood still: a reply that came in time is heard too late then. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #noticedMs: number;
  #lookedMs = performance.now();
  #count = 0;
  #lastMs = 0;

  /** @param noticedMs  what is shorter is none */
  constructor(noticedMs: number) {
    this.#noticedMs = noticedMs;
    this.#timer = setInterval(() => this.#look(), lookMs);
  }

  /** How often. */
  get count(): number {
    this.#look();
    return this.#count;
  }

  /** When it last went on after it stood still, by the monotonic clock; 0: never. Asked right after that, it knows. */
  get lastMs(): number {
    this.#look();
    return this.#lastMs;
  }

  end(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const nowMs = performance.now();
    if (nowMs - this.#lookedMs > lookMs + this.#noticedMs) {
      this.#count++;
      this.#lastMs = nowMs;
    }
    this.#lookedMs = nowMs;
  }
}
