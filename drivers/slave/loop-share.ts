/** Requests between two turns of the event loop: a few milliseconds of work at most. */
const requestsPerTurn = 16;

/**
 * Parts the requests of all clients of a server among the turns of the event loop. What is answered from memory never
 * waits for anything else, so a client that sends fast would keep everything else in the process from running.
 */
export class LoopShare {
  #taken = 0;
  #nextTurn: Promise<void> | null = null;

  /** Resolves when one more request may be served. */
  async take(): Promise<void> {
    while (this.#taken >= requestsPerTurn) await this.#turn();
    this.#taken++;
  }

  #turn(): Promise<void> {
    this.#nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        this.#taken = 0;
        this.#nextTurn = null;
        resolve();
      });
    });
    return this.#nextTurn;
  }
}
