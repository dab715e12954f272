import { HttpError, InfluxDB, setLogger } from '@influxdata/influxdb-client';
import { rowsOf, StoreRefusedError, type InfluxRow } from './influx-answer.ts';
import { influxFlavour } from './influx-flavour.ts';
import type { InfluxTarget } from './settings.ts';

export type WriteVerdict = { readonly stored: true } | { readonly stored: false; readonly reason: string };

export interface InfluxStore {
  readonly name: string;
  /**
   * Makes database and retention where they are missing.
   *
   * @throws StoreRefusedError when it may not; writing may still work
   */
  prepare(retentionDays: number): Promise<void>;
  /**
   * Resolves when the store has decided about all lines: stored, or at least one of them refused for what it says.
   *
   * @throws StoreUnreachableError when nothing is decided: the same lines are to be sent again later
   */
  write(lines: readonly string[]): Promise<WriteVerdict>;
  /** One InfluxQL statement, at most one series: rows by column name, times in ms. */
  query(statement: string): Promise<readonly InfluxRow[]>;
}

/** A store that asks for more patience is asked again after this. */
const longestRetryAfterMs = 60_000;

/** No answer, or one that says "later". */
export class StoreUnreachableError extends Error {
  readonly code = 'STORE_UNREACHABLE';
  /** Database or bucket are not there. */
  readonly isSchemaMissing: boolean;
  /** How long the store asks to be left alone, in ms. */
  readonly retryAfterMs: number;

  constructor(store: string, cause: unknown) {
    super(`${store}: ${cause instanceof Error ? reasonOf(cause) : String(cause)}`, { cause });
    const http = cause instanceof HttpError ? cause : null;
    this.isSchemaMissing = http?.statusCode === 404;
    // The client passes the header on as it is: in seconds.
    this.retryAfterMs = Math.min(longestRetryAfterMs, (http?.retryAfter() ?? 0) * 1_000);
  }
}

/** Statuses by which the store refuses what the lines say: retrying would not help. */
const refusals = new Set([400, 413, 422]);

// Its failures come back as rejections, which are handled; the console is not its to write on.
setLogger({ error: () => undefined, warn: () => undefined });

export function influxStore(target: InfluxTarget, requestMs: number): InfluxStore {
  const flavour = influxFlavour(target);
  const name = `InfluxDB at ${flavour.url}`;
  const client = new InfluxDB({ url: flavour.url, headers: { ...flavour.headers }, timeout: requestMs });

  async function request(method: 'GET' | 'POST', path: string, body?: object): Promise<unknown> {
    const answer = await fetch(flavour.url + path, {
      method,
      headers: { ...flavour.headers, accept: 'application/json', ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(requestMs),
    }).catch((cause: unknown) => {
      throw new StoreUnreachableError(name, cause);
    });
    const text = await answer.text().catch((cause: unknown) => {
      throw new StoreUnreachableError(name, cause);
    });
    if (answer.ok) return parsed(text);
    const words = `${method} ${path.replace(/\?.*/, '')}: ${answer.status} ${text.slice(0, 200)}`;
    if (answer.status >= 500 || answer.status === 429) throw new StoreUnreachableError(name, words);
    throw new StoreRefusedError(`${name}: ${words}`, answer.status);
  }

  return {
    name,
    async prepare(retentionDays) {
      await flavour.prepare(request, retentionDays);
    },
    async write(lines) {
      // One API object per request, never closed: it is a sender here, and keeps nothing of its own.
      const api = client.getWriteApi('', '', 'ms', {
        batchSize: lines.length + 1,
        maxBatchBytes: Number.MAX_SAFE_INTEGER,
        flushInterval: 0,
        maxRetries: 0,
        gzipThreshold: 1_000,
      });
      api.path = flavour.writePath;
      try {
        api.writeRecords(lines as string[]);
        await api.flush();
        return { stored: true };
      } catch (error) {
        if (error instanceof HttpError && refusals.has(error.statusCode) && isInfluxAnswer(error)) {
          return { stored: false, reason: reasonOf(error) };
        }
        throw new StoreUnreachableError(name, error);
      }
    },
    async query(statement) {
      const answer = await request('GET', `${flavour.queryPath}&epoch=ms&q=${encodeURIComponent(statement)}`);
      return rowsOf(answer);
    },
  };
}

/** Whether the store itself spoke: a 400 of some proxy in between says nothing about the points. */
function isInfluxAnswer(error: HttpError): boolean {
  const json: unknown = error.json;
  return error.statusCode === 413 || (typeof json === 'object' && json !== null && ('error' in json || 'code' in json));
}

function reasonOf(error: Error): string {
  if (!(error instanceof HttpError)) {
    const cause = error.cause instanceof Error ? ` (${error.cause.message})` : '';
    return `${error.message}${cause}`;
  }
  const json = error.json as { error?: string; message?: string } | null | undefined;
  const words = json?.message ?? json?.error ?? error.body ?? error.statusMessage ?? '';
  return `${error.statusCode} ${words}`.slice(0, 500);
}

function parsed(text: string): unknown {
  try {
    return text === '' ? null : JSON.parse(text);
  } catch (cause) {
    throw new StoreUnreachableError('InfluxDB', new Error('the answer is not JSON', { cause }));
  }
}
