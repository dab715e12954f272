import { parentPort, workerData } from 'node:worker_threads';
import { embeddedStore } from './embedded-store.ts';
import { openHistoryFile } from './history-file.ts';
import { influxStore } from './influx-store.ts';
import { Sender } from './sender.ts';
import { Spool, type Batch } from './spool.ts';
import type { FromSpool, SpoolState, SpoolThreadData, ToSpool } from './spool-messages.ts';
import { threadLog } from './thread-log.ts';
import { startUpkeep } from './upkeep.ts';

/**
 * The thread that writes: it commits what it is given, sends it on, and keeps the embedded history. It alone writes to the
 * history file.
 */
const data = workerData as SpoolThreadData;
const port = parentPort;
if (port === null) throw new Error('spool-thread.ts is a thread of the historian, not a program');

/** After a failed commit (disk full, file locked) the points wait in memory for the next try. */
const commitRetryMs = 500;
/** A commit is not put off for more points than this. */
const commitPoints = 20_000;

const say = (message: FromSpool): void => port.postMessage(message);
const log = threadLog((level, context, message) => say({ kind: 'log', level, context, message }));
const database = openHistoryFile(data.path, log);
const series = [...data.series];
const spool = new Spool(database, { maximumBytes: data.spoolMaximumBytes, series, log });

let wall = { ms: data.wallMs, atMs: performance.now() };
let pending: Batch[] = [];
let pendingPoints = 0;
let commitTimer: NodeJS.Timeout | null = null;
let commitError: string | null = null;
let flushes: number[] = [];
let isClosed = false;

const wallMs = (): number => Math.round(wall.ms + performance.now() - wall.atMs);

const sender =
  data.target === null
    ? null
    : new Sender({
        spool,
        store: influxStore(data.target, data.pace.requestMs),
        retentionDays: data.rawRetentionDays,
        pace: data.pace,
        log,
        wallMs,
        onChange: sayState,
      });
const embedded = embeddedStore(database);
const upkeep = startUpkeep({
  database,
  embedded,
  compacts: data.target === null,
  retentionDays: data.rawRetentionDays,
  steadyClockMs: data.pace.steadyClockMs,
  log,
  onChange: sayState,
});

function state(): SpoolState {
  const since = sender?.unreachableSince ?? null;
  return {
    figures: spool.figures(),
    unreachableSinceMs: since?.wallMs ?? null,
    unreachableForMs: since === null ? 0 : performance.now() - since.monotonicMs,
    lastError: commitError ?? sender?.lastError ?? null,
  };
}

function sayState(): void {
  if (!isClosed) say({ kind: 'state', committedBatch: spool.committedBatch(data.run), state: state() });
}

function commit(): void {
  if (commitTimer !== null) clearTimeout(commitTimer);
  commitTimer = null;
  try {
    spool.append(data.run, pending);
    pending = [];
    pendingPoints = 0;
    if (commitError !== null) log.info({}, 'history is committed again');
    commitError = null;
  } catch (error) {
    if (commitError === null) log.error({ err: error }, 'history cannot be committed: points wait in memory');
    commitError = error instanceof Error ? error.message : String(error);
    commitTimer = setTimeout(commit, commitRetryMs);
  }
  sayState();
  if (pending.length > 0) return;
  for (const number of flushes) say({ kind: 'flushed', number });
  flushes = [];
}

async function close(deliverMs: number): Promise<void> {
  commit();
  if (pendingPoints > 0) log.error({ points: pendingPoints }, 'history closed with points that could not be committed');
  await sender?.stop(deliverMs);
  upkeep.stop();
  isClosed = true;
  if (commitTimer !== null) clearTimeout(commitTimer);
  say({ kind: 'state', committedBatch: spool.committedBatch(data.run), state: state() });
  database.close();
  say({ kind: 'closed' });
}

port.on('message', (message: ToSpool) => {
  if (isClosed) return;
  switch (message.kind) {
    case 'append':
      series.push(...message.series);
      pending.push({ number: message.batch, points: message.points, dropped: message.dropped });
      pendingPoints += message.points.length;
      // While commits fail the retry has its own pace.
      if (commitError === null && (message.urgent || pendingPoints >= commitPoints)) commit();
      else commitTimer ??= setTimeout(commit, data.pace.commitMs);
      break;
    case 'tick':
      wall = { ms: message.wallMs, atMs: performance.now() };
      upkeep.tick(message.wallMs);
      break;
    case 'flush':
      flushes.push(message.number);
      commit();
      break;
    case 'close':
      void close(message.deliverMs);
      break;
  }
});

say({ kind: 'ready', committedBatch: spool.committedBatch(data.run), state: state() });
