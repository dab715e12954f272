import { randomUUID } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import type { PointRow, SeriesDefinition } from './point.ts';
import type { HistorianLog } from './settings.ts';
import type { FromSpool, SpoolState, SpoolThreadData, ToSpool } from './spool-messages.ts';

interface Posted {
  readonly batch: number;
  readonly points: readonly PointRow[];
  readonly dropped: number;
  readonly urgent: boolean;
}

export type SpoolLinkOptions = Omit<SpoolThreadData, 'run' | 'series' | 'wallMs'> & {
  readonly log: HistorianLog;
  readonly wallMs: () => number;
  /** What the thread runs. */
  readonly thread?: URL;
};

const ownThread = new URL('./spool-thread.ts', import.meta.url);
/** Points on their way to the disk; more than these wait on this side. */
const windowPoints = 50_000;
/** Points that wait here while the disk does not take any; then the oldest telemetry makes room. */
const waitingPoints = 200_000;
const roomShare = 0.95;
/** A thread that died is started again after this, doubled each time up to a minute. */
const restartMs = 500;
const longestRestartMs = 60_000;
/** Beyond the time for the last delivery the thread needs this much to close its file. */
const closeMs = 2_000;

/**
 * The recording side's end of the spool's thread. Batches are kept until the thread has told that they are on the disk,
 * and given again to the next thread if it dies before.
 */
export class SpoolLink {
  readonly #options: SpoolLinkOptions;
  readonly #run = randomUUID();
  readonly #series: SeriesDefinition[] = [];
  readonly #flushes = new Map<number, () => void>();
  #worker: Worker | null = null;
  #state: { told: SpoolState; atMs: number } | null = null;
  #seriesPosted = 0;
  #lastBatch = 0;
  #posted: Posted[] = [];
  #postedPoints = 0;
  #waiting: PointRow[] = [];
  #waitingUrgent = false;
  #dropped = 0;
  #lastFlush = 0;
  #failures = 0;
  #restart: NodeJS.Timeout | null = null;
  #onClosed: (() => void) | null = null;

  private constructor(options: SpoolLinkOptions) {
    this.#options = options;
  }

  /** @throws when the history file cannot be opened */
  static async open(options: SpoolLinkOptions): Promise<SpoolLink> {
    const link = new SpoolLink(options);
    await link.#start();
    return link;
  }

  /** The newest state that the thread told, and when, on the monotonic clock. */
  get state(): { readonly told: SpoolState; readonly atMs: number } {
    if (this.#state === null) throw new Error('The history thread is not ready');
    return this.#state;
  }

  /** Points that had no room even in memory, and are not yet in the thread's account. */
  get droppedHere(): number {
    return this.#dropped + this.#posted.reduce((sum, { dropped }) => sum + dropped, 0);
  }

  /** Names the next series; points refer to it by its index. */
  define(definition: Omit<SeriesDefinition, 'index'>): number {
    const index = this.#series.length;
    this.#series.push({ ...definition, index });
    return index;
  }

  append(points: readonly PointRow[], urgent: boolean): void {
    for (const point of points) this.#waiting.push(point);
    this.#waitingUrgent ||= urgent;
    if (this.#waiting.length > waitingPoints) this.#makeRoom();
    this.#pump();
  }

  tick(wallMs: number): void {
    this.#post({ kind: 'tick', wallMs });
    this.#pump();
  }

  /** Resolves when everything appended so far is on the disk. */
  async flush(): Promise<void> {
    let isAllPosted = false;
    while (!isAllPosted) {
      this.#pump();
      isAllPosted = this.#waiting.length === 0;
      const { promise, resolve } = Promise.withResolvers<void>();
      const number = ++this.#lastFlush;
      this.#flushes.set(number, resolve);
      this.#post({ kind: 'flush', number });
      await promise;
    }
  }

  /** Ends the thread, after one more delivery of at most so long. */
  async close(deliverMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onClosed = resolve;
    if (this.#restart !== null) clearTimeout(this.#restart);
    const worker = this.#worker;
    if (worker === null) return;
    this.#pump();
    this.#post({ kind: 'close', deliverMs });
    const late = setTimeout(resolve, deliverMs + closeMs);
    await promise;
    clearTimeout(late);
    await worker.terminate();
  }

  #start(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const { log, wallMs, thread = ownThread, ...options } = this.#options;
    const data: SpoolThreadData = { ...options, run: this.#run, series: this.#series, wallMs: wallMs() };
    this.#seriesPosted = this.#series.length;
    const worker = new Worker(thread, { workerData: data });
    worker.on('message', (message: FromSpool) => {
      if (message.kind !== 'ready') {
        this.#receive(message);
        return;
      }
      this.#begin(worker, message);
      resolve();
    });
    worker.on('error', (error) => {
      log.error({ err: error }, 'history thread failed');
      reject(error);
    });
    worker.on('exit', () => {
      reject(new Error('The history thread ended before it was ready'));
      this.#worker = null;
      this.#onClosed?.();
      if (this.#state === null || this.#onClosed !== null) return;
      const waitMs = Math.min(longestRestartMs, restartMs * 2 ** this.#failures++);
      this.#restart = setTimeout(() => void this.#startAgain(), waitMs);
    });
    return promise;
  }

  async #startAgain(): Promise<void> {
    try {
      await this.#start();
    } catch (error) {
      // Its exit brings the next try.
      this.#options.log.error({ err: error, waiting: this.#waiting.length }, 'history thread cannot be started');
    }
  }

  #begin(worker: Worker, { committedBatch, state }: FromSpool & { kind: 'ready' }): void {
    this.#worker = worker;
    this.#hear(committedBatch, state);
    for (const batch of this.#posted) this.#postBatch(batch);
    for (const number of this.#flushes.keys()) this.#post({ kind: 'flush', number });
  }

  #receive(message: Exclude<FromSpool, { kind: 'ready' }>): void {
    switch (message.kind) {
      case 'state':
        this.#failures = 0;
        this.#hear(message.committedBatch, message.state);
        this.#pump();
        break;
      case 'flushed':
        this.#flushes.get(message.number)?.();
        this.#flushes.delete(message.number);
        break;
      case 'log':
        this.#options.log[message.level](message.context, message.message);
        break;
      case 'closed':
        this.#onClosed?.();
        break;
    }
  }

  #hear(committedBatch: number, told: SpoolState): void {
    this.#state = { told, atMs: performance.now() };
    let first = this.#posted[0];
    while (first !== undefined && first.batch <= committedBatch) {
      this.#postedPoints -= first.points.length;
      this.#posted.shift();
      first = this.#posted[0];
    }
  }

  #pump(): void {
    if (this.#worker === null || this.#waiting.length === 0 || this.#postedPoints >= windowPoints) return;
    const batch: Posted = {
      batch: ++this.#lastBatch,
      points: this.#waiting,
      dropped: this.#dropped,
      urgent: this.#waitingUrgent,
    };
    this.#posted.push(batch);
    this.#postedPoints += batch.points.length;
    this.#waiting = [];
    this.#waitingUrgent = false;
    this.#dropped = 0;
    this.#postBatch(batch);
  }

  #postBatch({ batch, points, dropped, urgent }: Posted): void {
    const series = this.#series.slice(this.#seriesPosted);
    this.#seriesPosted = this.#series.length;
    this.#post({ kind: 'append', batch, points, dropped, urgent, series });
  }

  #post(message: ToSpool): void {
    this.#worker?.postMessage(message);
  }

  /** The oldest telemetry in memory makes room; alarms and commands stay. */
  #makeRoom(): void {
    const before = this.#waiting.length;
    let excess = before - waitingPoints * roomShare;
    this.#waiting = this.#waiting.filter(([index]) => this.#series[index]?.precious === true || excess-- <= 0);
    this.#dropped += before - this.#waiting.length;
  }
}
