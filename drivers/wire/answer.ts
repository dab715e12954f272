/** What came of one request. */
export interface Answer {
  /** Registers 0…65535 or bits 0 and 1 of a read, exactly as many as asked; none for a write. */
  readonly values: readonly number[];
  /** From the first byte sent. */
  readonly latencyMs: number;
}
