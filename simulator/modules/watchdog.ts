import type { Register } from './registers.ts';

export interface WatchdogState {
  /** 0: off. */
  readonly timeMs: number;
  readonly expired: boolean;
  /** How often it has acted since the simulator started. */
  readonly expirations: number;
}

/**
 * A module's host watchdog: when no request came for its time, it acts once and stays expired until the next request.
 * It measures real time, whatever the speed of the plant model.
 */
export class Watchdog {
  readonly #act: () => void;
  #timeMs = 0;
  #heardAtMs = 0;
  #expired = false;
  #expirations = 0;

  constructor(act: () => void) {
    this.#act = act;
  }

  get state(): WatchdogState {
    return { timeMs: this.#timeMs, expired: this.#expired, expirations: this.#expirations };
  }

  /** The holding register of its time, in ms; 0 switches it off. */
  register(maximumMs: number): Register {
    return {
      name: 'watchdog, ms',
      maximum: maximumMs,
      read: () => this.#timeMs,
      write: (timeMs) => {
        this.#timeMs = timeMs;
      },
    };
  }

  /** A request came. What the silence before it should have done is done first. */
  hear(nowMs: number): void {
    this.check(nowMs);
    this.#heardAtMs = nowMs;
    this.#expired = false;
  }

  check(nowMs: number): void {
    if (this.#timeMs === 0 || this.#expired || nowMs - this.#heardAtMs <= this.#timeMs) return;
    this.#expired = true;
    this.#expirations++;
    this.#act();
  }

  restart(): void {
    this.#timeMs = 0;
    this.#expired = false;
  }
}
