/** Slows down guessing of passwords, whichever door it is tried at. */
export interface Attempts {
  /** Seconds to wait before the next attempt; 0: try, and tell by `succeeded` or not, and by `done`, how it went. */
  begin(username: string, address: string): number;
  /** Takes back that the attempt was counted. */
  succeeded(username: string, address: string): void;
  done(): void;
}
