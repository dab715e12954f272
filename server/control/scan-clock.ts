import type { ScanStatistics } from '../../machine/status.ts';

/** Older scans leave the statistics. */
const keptMs = 60_000;

/**
 * Calls `scan` at a steady pace. Due times are absolute, so that a late scan does not push those after it; scans that would
 * have been due in the meantime are left out, not made up for. A scan that begins later than twice the period after the
 * one before is an overrun.
 */
export class ScanClock {
  readonly #periodMs: number;
  readonly #scan: (overrun: boolean) => void;
  readonly #jitterMs: Float64Array;
  readonly #durationMs: Float64Array;
  #timer: NodeJS.Timeout | null = null;
  #dueMs = 0;
  #lastStartMs = 0;
  #count = 0;
  #overruns = 0;

  constructor(periodMs: number, scan: (overrun: boolean) => void) {
    this.#periodMs = periodMs;
    this.#scan = scan;
    const kept = Math.ceil(keptMs / periodMs);
    this.#jitterMs = new Float64Array(kept);
    this.#durationMs = new Float64Array(kept);
  }

  start(): void {
    this.#lastStartMs = performance.now();
    this.#dueMs = this.#lastStartMs + this.#periodMs;
    this.#arm();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  statistics(): ScanStatistics {
    const count = Math.min(this.#count, this.#jitterMs.length);
    const jitter = this.#jitterMs.slice(0, count).toSorted();
    const duration = this.#durationMs.slice(0, count).toSorted();
    return {
      periodMs: this.#periodMs,
      count: this.#count,
      overruns: this.#overruns,
      jitterP50Ms: percentile(jitter, 0.5),
      jitterP99Ms: percentile(jitter, 0.99),
      jitterMaxMs: percentile(jitter, 1),
      durationP99Ms: percentile(duration, 0.99),
    };
  }

  #arm(): void {
    this.#timer = setTimeout(() => this.#run(), Math.max(0, this.#dueMs - performance.now()));
  }

  #run(): void {
    const startMs = performance.now();
    if (startMs < this.#dueMs - 0.5) {
      // timers may fire up to a millisecond early
      this.#arm();
      return;
    }
    const overrun = startMs - this.#lastStartMs > 2 * this.#periodMs;
    const index = this.#count % this.#jitterMs.length;
    this.#jitterMs[index] = Math.abs(startMs - this.#dueMs);
    this.#count++;
    if (overrun) this.#overruns++;
    this.#lastStartMs = startMs;
    this.#dueMs += this.#periodMs * (1 + Math.max(0, Math.floor((startMs - this.#dueMs) / this.#periodMs)));
    this.#arm();
    this.#scan(overrun);
    this.#durationMs[index] = performance.now() - startMs;
  }
}

/** @returns the value that `share` of the sorted ones lie below, rounded to 10 µs; 0 of none */
function percentile(sorted: Float64Array, share: number): number {
  const value = sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return Math.round(value * 100) / 100;
}
