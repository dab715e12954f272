/**
 * Registers that count upwards, each from a moment of its own and so steadily that everybody knows when it changed: the
 * simulated field and the clients that wait for its values need not talk to each other. Times in ms since 1970 with fractions.
 */
export interface ChangingRegisters {
  readonly count: number;
  readonly startMs: number;
}

/** No multiple of the poll period, so that every change meets the polls at another phase. */
export const changePeriodMs = 263;

export function wallMs(): number {
  return performance.timeOrigin + performance.now();
}

/** What register `n` holds; 1 before it began to change. */
export function valueAt({ startMs }: ChangingRegisters, n: number, atMs: number): number {
  return 1 + Math.max(0, Math.floor((atMs - startMs - offsetMs(n)) / changePeriodMs));
}

/** When register `n` came to hold `value`, which is more than 1. */
export function changedMs({ startMs }: ChangingRegisters, n: number, value: number): number {
  return startMs + offsetMs(n) + (value - 1) * changePeriodMs;
}

/** Spread evenly over the period: multiples of the golden ratio. */
function offsetMs(n: number): number {
  return ((n * 0.618_033_988_75) % 1) * changePeriodMs;
}
