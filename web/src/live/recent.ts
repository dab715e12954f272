import { signal } from '@preact/signals';
import { ask } from '../contract/ask.ts';
import type { HistoryReply } from '../contract/replies.ts';
import { arrange } from '../signals/arrangement.ts';
import { plantNowMs } from './clock.ts';
import { alignHistory, recentSpanMs, RecentTable } from './recent-table.ts';
import { currentNumber, signals } from './plant.ts';

/** The last half hour of what the page draws, and whether the part before this page was opened could be had. */
export const recent = new RecentTable();
/** Rises with every change of the table: drawings follow it. */
export const recentVersion = signal(0);
export const preload = signal<'waiting' | 'loaded' | 'unavailable'>('waiting');

/** Interval of the points that are asked from history, in ms. */
const historyIntervalMs = 10_000;
const seriesPerRequest = 10;

function drawn(): string[] {
  const { points } = arrange(signals.value.keys());
  return points.flatMap((point) => [
    point.temperature,
    ...(point.heater === null ? [] : [point.heater.setpoint, point.heater.output]),
  ]);
}

/** Notes the present values once a second. What is not current is noted as a gap: no line runs on over dead data. */
export function recordRecent(): void {
  if (signals.value.size === 0) return;
  const atMs = plantNowMs();
  const lastMs = recent.lastMs();
  if (lastMs !== null && atMs >= lastMs && atMs - lastMs < 900) return;
  recent.add(atMs, new Map(drawn().map((id) => [id, currentNumber(id)])));
  recentVersion.value++;
}

/** Nothing is known from here on until the next row: the line breaks. */
export function breakRecent(): void {
  if (recent.lastMs() === null) return;
  recent.add(plantNowMs(), new Map());
  recentVersion.value++;
}

export function forgetRecent(): void {
  recent.clear();
  preload.value = 'waiting';
  recentVersion.value++;
}

let preloading = false;

/** Fetches what happened before this page listened: in few requests, since a browser holds six connections at most. */
export async function preloadRecent(): Promise<void> {
  if (preloading || signals.value.size === 0) return;
  preloading = true;
  try {
    const toMs = plantNowMs();
    const fromMs = Math.floor((toMs - recentSpanMs) / historyIntervalMs) * historyIntervalMs;
    const series = await fetchHistory(drawn(), fromMs, toMs);
    if (series === null) {
      preload.value = 'unavailable';
      return;
    }
    recent.fill(alignHistory(series, fromMs, toMs, historyIntervalMs));
    preload.value = 'loaded';
    recentVersion.value++;
  } finally {
    preloading = false;
  }
}

type Series = ReadonlyMap<string, readonly (readonly [atMs: number, value: number | null])[]>;

async function fetchHistory(ids: readonly string[], fromMs: number, toMs: number): Promise<Series | null> {
  const series = new Map<string, (readonly [number, number | null])[]>();
  for (let first = 0; first < ids.length; first += seriesPerRequest) {
    const query = new URLSearchParams({
      signal: ids.slice(first, first + seriesPerRequest).join(','),
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
      interval: String(historyIntervalMs / 1000),
      aggregate: 'interpolative',
    });
    const answer = await ask<HistoryReply>('GET', `/history?${query}`);
    if (!answer.ok) return null;
    for (const { signal, points } of answer.reply.series) {
      series.set(
        signal,
        points.map(([atMs, value, quality]) => [
          atMs,
          typeof value === 'number' && !quality.startsWith('Bad') ? value : null,
        ]),
      );
    }
  }
  return series;
}
