/** A module that answers later than this many time-outs is not thought of any more. */
const forgottenAfterTimeouts = 10;
const forgottenAfterAtLeastMs = 1_000;

interface Owed {
  readonly unit: number;
  readonly functionCode: number;
  readonly shape: string;
  readonly atMs: number;
}

/**
 * Replies that modules on an RTU line still owe: their requests timed out, and nothing but unit and shape will tell their
 * late replies from the right ones. Outlives a connection, since a late reply may come through the next one.
 */
export class OwedReplies {
  readonly #memoryMs: number;
  #owed: Owed[] = [];

  constructor(timeoutMs: number) {
    this.#memoryMs = Math.max(forgottenAfterAtLeastMs, forgottenAfterTimeouts * timeoutMs);
  }

  add(unit: number, functionCode: number, shape: string): void {
    this.#owed.push({ unit, functionCode, shape, atMs: performance.now() });
  }

  /** @param functionCode  missing: any */
  has(unit: number, functionCode?: number): boolean {
    this.#forget();
    return this.#owed.some(
      (owed) => owed.unit === unit && (functionCode === undefined || owed.functionCode === functionCode),
    );
  }

  /** When the first of the functions by which this unit owes something is free again, in ms from now; 0: it owes nothing. */
  firstFreeMs(unit: number): number {
    this.#forget();
    const newestMs = new Map<number, number>();
    for (const owed of this.#owed) if (owed.unit === unit) newestMs.set(owed.functionCode, owed.atMs);
    if (newestMs.size === 0) return 0;
    return Math.max(0, Math.min(...newestMs.values()) + this.#memoryMs - performance.now());
  }

  /** Takes out the reply that this frame may be; an exception (shape null) goes by its function alone. */
  take(unit: number, functionCode: number, shape: string | null): boolean {
    const at = this.#find(unit, functionCode, shape);
    if (at >= 0) this.#owed.splice(at, 1);
    return at >= 0;
  }

  /** The unit answered something newer: it works off its requests in order, so nothing older can come. */
  settle(unit: number): void {
    this.#owed = this.#owed.filter((owed) => owed.unit !== unit);
  }

  #find(unit: number, functionCode: number, shape: string | null): number {
    this.#forget();
    return this.#owed.findIndex(
      (owed) => owed.unit === unit && (shape === null ? owed.functionCode === functionCode : owed.shape === shape),
    );
  }

  #forget(): void {
    const oldestMs = performance.now() - this.#memoryMs;
    this.#owed = this.#owed.filter((owed) => owed.atMs >= oldestMs);
  }
}
