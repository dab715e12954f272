import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';
import type { HistoryPoint } from '../operations/ports/history.ts';
import { answer, type PointSource } from './answer.ts';
import { embeddedSource } from './embedded-source.ts';
import { influxSource } from './influx-source.ts';
import { influxStore, StoreUnreachableError } from './influx-store.ts';
import { openPoints } from './open-points.ts';
import type { FromQuery, QueryThreadData, ToQuery } from './query-messages.ts';

/** The thread that reads: a query may take its time without holding up commits, let alone the gateway. */
const data = workerData as QueryThreadData;
const port = parentPort;
if (port === null) throw new Error('query-thread.ts is a thread of the historian, not a program');

/** Points per message: to unpack one takes the receiver a few ms. */
const slicePoints = 5_000;

const database = new DatabaseSync(data.path, { readOnly: true, timeout: 5_000 });
const source = data.target === null ? embeddedSource(database) : influxPoints(data);
const unfinished = new Map<number, readonly HistoryPoint[]>();

function influxPoints({ target, site, machine, requestMs }: QueryThreadData): PointSource {
  if (target === null) throw new TypeError('No InfluxDB is configured');
  const store = influxStore(target, requestMs);
  return influxSource({ store, site, machine, held: (signal, from, to) => openPoints(database, signal, from, to) });
}

const say = (message: FromQuery): void => port.postMessage(message);

function saySlice(number: number, points: readonly HistoryPoint[]): void {
  const rest = points.slice(slicePoints);
  if (rest.length > 0) unfinished.set(number, rest);
  else unfinished.delete(number);
  say({ kind: 'points', number, points: points.slice(0, slicePoints), more: rest.length > 0 });
}

async function serve({ number, query, shape, nowMs }: ToQuery & { kind: 'query' }): Promise<void> {
  try {
    saySlice(number, await answer(source, query, shape, nowMs));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    say({ kind: 'failed', number, unavailable: error instanceof StoreUnreachableError, reason });
  }
}

port.on('message', (message: ToQuery) => {
  if (message.kind === 'query') void serve(message);
  else saySlice(message.number, unfinished.get(message.number) ?? []);
});
