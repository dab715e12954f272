const periodMs = 1_000;

/**
 * Counts the seconds in which the control process is heard from, 0…65535 and round again. It stands still while that one is
 * silent, so that a client that watches nothing else sees that the values stand still too.
 */
export class Heartbeat {
  readonly #timer: NodeJS.Timeout;
  #count = 0;

  constructor(isAlive: () => boolean) {
    this.#timer = setInterval(() => {
      if (isAlive()) this.#count = (this.#count + 1) & 0xffff;
    }, periodMs);
  }

  get count(): number {
    return this.#count;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
