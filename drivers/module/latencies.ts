/** Samples of one generation; beyond it a random one gives way, so that the rest stays representative. */
const capacity = 1_000;
const generationMs = 10_000;

/** Reply times of a module over the last 10 to 20 s, in bounded space. */
export class Latencies {
  #older: number[] = [];
  #newer: number[] = [];
  #seen = 0;
  #sinceMs = 0;

  add(latencyMs: number, nowMs: number): void {
    this.#turn(nowMs);
    this.#seen++;
    if (this.#newer.length < capacity) this.#newer.push(latencyMs);
    else {
      const place = Math.floor(Math.random() * this.#seen);
      if (place < capacity) this.#newer[place] = latencyMs;
    }
  }

  /** @returns null when nothing was answered lately */
  percentile(share: number, nowMs: number): number | null {
    this.#turn(nowMs);
    const sorted = [...this.#older, ...this.#newer].toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? null;
  }

  #turn(nowMs: number): void {
    const ageMs = nowMs - this.#sinceMs;
    if (ageMs < generationMs) return;
    this.#older = ageMs < 2 * generationMs ? this.#newer : [];
    this.#newer = [];
    this.#seen = 0;
    this.#sinceMs = nowMs;
  }
}
