/** Between two looks, in ms. */
const lookMs = 4;

/** Notices when this process stood still: a reply that came in time is heard too late then. */
export class StallWatch {
  readonly #timer: NodeJS.Timeout;
  /** How often. */
  count = 0;
  /** When it last went on after it stood still, by the monotonic clock; 0: never. */
  lastMs = 0;

  /** @param noticedMs  what is shorter is none */
  constructor(noticedMs: number) {
    let looked = performance.now();
    this.#timer = setInterval(() => {
      const nowMs = performance.now();
      if (nowMs - looked > lookMs + noticedMs) {
        this.count++;
        this.lastMs = nowMs;
      }
      looked = nowMs;
    }, lookMs);
  }

  end(): void {
    clearInterval(this.#timer);
  }
}
