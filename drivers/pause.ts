/** A wait that can be cut short. One waiter at a time; no timer is left behind. */
export class Pause {
  #end: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;

  /** Resolves after `ms`, or at `end()`. */
  async wait(ms: number): Promise<void> {
    this.end();
    if (ms <= 0) return;
    await new Promise<void>((resolve) => {
      this.#end = resolve;
      // Node's timers count whole milliseconds: rounded up, so that a gap is never shorter than asked.
      this.#timer = setTimeout(() => this.end(), Math.ceil(ms));
    });
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const end = this.#end;
    this.#timer = null;
    this.#end = null;
    end?.();
  }
}
