import { setTimeout as pause } from 'node:timers/promises';
import { StoreRefusedError } from './influx-answer.ts';
import { StoreUnreachableError, type InfluxStore } from './influx-store.ts';
import type { HistorianLog, Pace } from './settings.ts';
import type { HeldPoint, Spool } from './spool.ts';

export interface SenderOptions {
  readonly spool: Spool;
  readonly store: InfluxStore;
  readonly retentionDays: number;
  readonly pace: Pace;
  readonly log: HistorianLog;
  readonly wallMs: () => number;
  /** The account or the reachability changed. */
  readonly onChange: () => void;
}

/** How often a standing outage is said again. */
const outageLogMs = 60_000;

/** Takes points from the spool to the store, in order, one request at a time. */
export class Sender {
  readonly #options: SenderOptions;
  readonly #stopping = new AbortController();
  readonly #running: Promise<void>;
  #unreachableSince: { readonly monotonicMs: number; readonly wallMs: number } | null = null;
  #lastError: string | null = null;
  #isPrepared = false;
  #failures = 0;
  #saidAtMs = -Infinity;
  #saidRefusal: string | null = null;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  /** Since when the store takes nothing, on both clocks; null while it does. */
  get unreachableSince(): { readonly monotonicMs: number; readonly wallMs: number } | null {
    return this.#unreachableSince;
  }

  get lastError(): string | null {
    return this.#lastError;
  }

  /** Stops; what is held then goes out if the store takes it within so long. */
  async stop(deadlineMs: number): Promise<void> {
    this.#stopping.abort();
    const untilMs = performance.now() + deadlineMs;
    const ended = this.#running.then(async () => this.#lastDelivery(untilMs));
    await Promise.race([ended, pause(deadlineMs, undefined, { ref: false })]);
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const waitMs = await this.#attempt();
      if (waitMs <= 0) continue;
      await pause(waitMs, undefined, { signal }).catch((error: unknown) => {
        if (!signal.aborted) throw error;
      });
    }
  }

  async #lastDelivery(untilMs: number): Promise<void> {
    const { spool } = this.#options;
    while (this.#unreachableSince === null && performance.now() < untilMs && spool.figures().spooled > 0) {
      await this.#attempt();
    }
  }

  /** @returns how long to wait before the next request, in ms */
  async #attempt(): Promise<number> {
    try {
      const waitMs = await this.#send();
      this.#failures = 0;
      return waitMs;
    } catch (error) {
      this.#noteFailure(error);
      const [first, longest] = this.#options.pace.retryMs;
      const backOffMs = Math.min(longest, first * 2 ** Math.min(this.#failures++, 20));
      return Math.max(backOffMs, error instanceof StoreUnreachableError ? error.retryAfterMs : 0);
    }
  }

  async #send(): Promise<number> {
    const { spool, pace } = this.#options;
    const startedAtMs = performance.now();
    await this.#prepare();
    const points = spool.take(pace.batchPoints);
    if (points.length === 0) return pace.sendMs;
    try {
      await this.#deliver(points);
    } finally {
      spool.release();
    }
    this.#noteSuccess();
    if (points.length < pace.batchPoints) return pace.sendMs;
    return (points.length * 1_000) / pace.catchUpPointsPerSecond - (performance.now() - startedAtMs);
  }

  async #prepare(): Promise<void> {
    if (this.#isPrepared) return;
    const { store, retentionDays, log } = this.#options;
    try {
      await store.prepare(retentionDays);
    } catch (error) {
      if (!(error instanceof StoreRefusedError)) throw error;
      // Without the right to make a database one may still write to it: then that request decides.
      if (error.message !== this.#saidRefusal) {
        log.warn({ reason: error.message }, 'history store: database and retention are left as they are');
      }
      this.#saidRefusal = error.message;
    }
    this.#isPrepared = true;
  }

  /** Stores or refuses each of the points; refused ones are found by halving, so that order is kept. */
  async #deliver(points: readonly HeldPoint[]): Promise<void> {
    const { spool, store, log, onChange } = this.#options;
    const verdict = await store.write(points.map(({ line }) => line));
    const [only] = points;
    if (verdict.stored) {
      spool.settleDelivered(points);
      onChange();
    } else if (points.length === 1 && only !== undefined) {
      spool.settleRefused(only, verdict.reason);
      log.error({ line: only.line, reason: verdict.reason }, 'history store refuses a point: kept in dead_letter');
      onChange();
    } else {
      const middle = points.length >> 1;
      await this.#deliver(points.slice(0, middle));
      await this.#deliver(points.slice(middle));
    }
  }

  #noteSuccess(): void {
    const { log, onChange } = this.#options;
    if (this.#unreachableSince === null) return;
    const seconds = Math.round((performance.now() - this.#unreachableSince.monotonicMs) / 1_000);
    log.info({ seconds }, 'history store takes points again');
    this.#unreachableSince = null;
    this.#lastError = null;
    onChange();
  }

  #noteFailure(error: unknown): void {
    const { wallMs, log, onChange } = this.#options;
    const nowMs = performance.now();
    this.#unreachableSince ??= { monotonicMs: nowMs, wallMs: wallMs() };
    this.#lastError = error instanceof Error ? error.message : String(error);
    if (error instanceof StoreUnreachableError && error.isSchemaMissing) this.#isPrepared = false;
    if (nowMs - this.#saidAtMs >= outageLogMs) {
      this.#saidAtMs = nowMs;
      log.warn({ reason: this.#lastError }, 'history store takes no points: they are held on disk');
    }
    onChange();
  }
}
