/** Gives back what went in a fixed number of scans ago; 0 before that. */
export class DelayLine {
  readonly #values: Float64Array;
  #next = 0;
  #delayed = 0;

  constructor(scans: number) {
    this.#values = new Float64Array(Math.max(0, scans));
  }

  get delayed(): number {
    return this.#delayed;
  }

  push(value: number): void {
    if (this.#values.length === 0) {
      this.#delayed = value;
      return;
    }
    this.#delayed = this.#values[this.#next] ?? 0;
    this.#values[this.#next] = value;
    this.#next = (this.#next + 1) % this.#values.length;
  }
}
