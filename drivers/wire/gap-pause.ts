/**
 * A wait for a silence of a few milliseconds that can be cut short. Timers count whole milliseconds, which is coarse beside
 * 3.5 characters: the wait is rounded to the nearest, and what is then still missing, half a millisecond at most, is spent
 * in turns of the event loop, in which everything else goes on. One waiter at a time; no timer is left behind.
 */
export class GapPause {
  #end: (() => void) | null = null;
  #timer: NodeJS.Timeout | null = null;
  #turn: NodeJS.Immediate | null = null;

  /** Resolves after about `ms`, seldom earlier, or at `end()`: who needs the silence looks again. */
  async wait(ms: number): Promise<void> {
    this.end();
    await new Promise<void>((resolve) => {
      this.#end = resolve;
      const wholeMs = Math.round(ms);
      if (wholeMs > 0) this.#timer = setTimeout(() => this.end(), wholeMs);
      else this.#turn = setImmediate(() => this.end());
    });
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    if (this.#turn !== null) clearImmediate(this.#turn);
    const end = this.#end;
    this.#timer = null;
    this.#turn = null;
    this.#end = null;
    end?.();
  }
}
