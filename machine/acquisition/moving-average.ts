/** Mean of the good readings of the last `windowSeconds`. Bad readings never enter it. */
export class MovingAverage {
  readonly #windowMs: number;
  readonly #atMs: number[] = [];
  readonly #values: number[] = [];

  constructor(windowSeconds: number) {
    this.#windowMs = windowSeconds * 1_000;
  }

  /** @returns the mean, with this reading */
  add(atMs: number, value: number): number {
    this.#atMs.push(atMs);
    this.#values.push(value);
    while (this.#atMs.length > 1 && atMs - (this.#atMs[0] ?? atMs) >= this.#windowMs) {
      this.#atMs.shift();
      this.#values.shift();
    }
    let sum = 0;
    for (const each of this.#values) sum += each;
    return sum / this.#values.length;
  }

  clear(): void {
    this.#atMs.length = 0;
    this.#values.length = 0;
  }
}
