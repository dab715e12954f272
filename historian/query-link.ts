import { Worker } from 'node:worker_threads';
import type { MachineDeclaration } from '../machine/declaration.ts';
import {
  HistoryUnavailableError,
  isStepped,
  recordingGapMs,
  type HistoryPoint,
  type HistoryQuery,
  type HistoryReader,
} from '../operations/ports/history.ts';
import type { SampleShape } from './aggregate.ts';
import type { FromQuery, QueryThreadData, ToQuery } from './query-messages.ts';
import type { HistorianLog, InfluxTarget } from './settings.ts';

export interface QueryLink {
  readonly reader: HistoryReader;
  close(): Promise<void>;
}

export interface QueryLinkOptions {
  readonly path: string;
  readonly target: InfluxTarget | null;
  readonly declaration: MachineDeclaration;
  readonly requestMs: number;
  readonly log: HistorianLog;
  readonly clock: { wallMs(): number };
}

interface Asked {
  readonly points: HistoryPoint[];
  resolve(points: readonly HistoryPoint[]): void;
  reject(error: Error): void;
}

/** For a signal that the configuration no longer names. */
const unknownShape: SampleShape = { type: 'Double', stepped: true, gapMs: 30_000 };

/** The asking side's end of the query thread, which is started when somebody asks. */
export function openQueryLink({ path, target, declaration, requestMs, log, clock }: QueryLinkOptions): QueryLink {
  const { site, id: machine } = declaration;
  const workerData: QueryThreadData = { path, target, site, machine, requestMs };
  const store = target?.url ?? path;
  const asked = new Map<number, Asked>();
  let worker: Worker | null = null;
  let lastNumber = 0;
  let isClosed = false;

  function shapeOf(signal: string): SampleShape {
    const declared = declaration.signals.get(signal);
    if (declared === undefined) return unknownShape;
    return { type: declared.type, stepped: isStepped(declared), gapMs: recordingGapMs(declared) };
  }

  function failAll(cause: unknown): void {
    worker = null;
    for (const waiting of asked.values()) waiting.reject(new HistoryUnavailableError(store, cause));
    asked.clear();
  }

  function receive(message: FromQuery): void {
    const waiting = asked.get(message.number);
    if (waiting === undefined) return;
    if (message.kind === 'points') {
      for (const point of message.points) waiting.points.push(point);
      if (message.more) {
        // The next slice in a turn of its own: others are served between.
        setImmediate(post, { kind: 'more', number: message.number } satisfies ToQuery);
        return;
      }
      waiting.resolve(waiting.points);
    } else {
      const { unavailable, reason } = message;
      waiting.reject(unavailable ? new HistoryUnavailableError(store, reason) : new Error(reason));
    }
    asked.delete(message.number);
  }

  function thread(): Worker {
    const started = new Worker(new URL('./query-thread.ts', import.meta.url), { workerData });
    started.on('message', receive);
    started.on('error', (error) => log.error({ err: error }, 'history query thread failed'));
    started.on('exit', () => failAll('the query thread ended'));
    started.unref();
    return started;
  }

  function post(message: ToQuery): void {
    worker ??= thread();
    worker.postMessage(message);
  }

  return {
    reader: {
      query(query: HistoryQuery) {
        const { promise, resolve, reject } = Promise.withResolvers<readonly HistoryPoint[]>();
        if (isClosed) return Promise.reject(new HistoryUnavailableError(store, 'closed'));
        const number = ++lastNumber;
        asked.set(number, { points: [], resolve, reject });
        post({ kind: 'query', number, query, shape: shapeOf(query.signal), nowMs: clock.wallMs() });
        return promise;
      },
    },
    async close() {
      isClosed = true;
      await worker?.terminate();
    },
  };
}
