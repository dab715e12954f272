import { plainAddress } from './plain-address.ts';
import type { Attempts } from './ports/attempts.ts';

/** Failures that are forgiven before waiting begins: per account and address, and per address over all accounts. */
const freeFailures = { pair: 5, address: 30 };
const firstWaitMs = 5_000;
const longestWaitMs = 5 * 60_000;
/** Failures older than this are forgotten. */
const memoryMs = 15 * 60_000;
/** Keys kept at most; the oldest give way. */
const keysLimit = 10_000;
/** Passwords in the making at a time: each takes 19 MiB and a processor. */
const atOnceLimit = 8;

interface Failures {
  count: number;
  lastAtMs: number;
  blockedUntilMs: number;
}

/**
 * Slows down guessing: after some failures each further one doubles the wait. It is by account and address, so that a
 * stranger cannot lock an operator out at the machine. REST and OPC UA share one, so that nobody guesses at both doors.
 */
export class SignInThrottle implements Attempts {
  readonly #now: () => number;
  readonly #failures = new Map<string, Failures>();
  #atOnce = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  begin(username: string, address: string): number {
    if (this.#atOnce >= atOnceLimit) return 1;
    const nowMs = this.#now();
    const keys = keysOf(username, address);
    const waitMs = Math.max(...keys.map(({ key }) => (this.#failures.get(key)?.blockedUntilMs ?? 0) - nowMs));
    if (waitMs > 0) return Math.ceil(waitMs / 1_000);
    // Counted before the password is checked, or many attempts at once would all be the first.
    for (const { key, free } of keys) this.#count(key, free, nowMs);
    this.#atOnce++;
    return 0;
  }

  /** Takes back that the attempt was counted. Failures over other accounts stay: one good password excuses no spraying. */
  succeeded(username: string, address: string): void {
    const [pair, whole] = keysOf(username, address);
    this.#failures.delete(pair.key);
    const failures = this.#failures.get(whole.key);
    if (failures === undefined) return;
    failures.count--;
    failures.blockedUntilMs = 0;
  }

  done(): void {
    this.#atOnce--;
  }

  #count(key: string, free: number, nowMs: number): void {
    const known = this.#failures.get(key);
    const count = known !== undefined && nowMs - known.lastAtMs < memoryMs ? known.count + 1 : 1;
    const waitMs = count < free ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(count - free, 10));
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastAtMs: nowMs, blockedUntilMs: nowMs + waitMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > keysLimit && oldest !== undefined) this.#failures.delete(oldest);
  }
}

interface Key {
  readonly key: string;
  readonly free: number;
}

function keysOf(username: string, from: string): readonly [pair: Key, whole: Key] {
  const address = plainAddress(from);
  return [
    { key: `${address} ${username.normalize('NFKC').toLowerCase()}`, free: freeFailures.pair },
    { key: address, free: freeFailures.address },
  ];
}
