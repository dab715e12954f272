import { computed, signal } from '@preact/signals';

/** This browser's monotonic clock in ms, advanced four times a second: what ages and count-ups on the page follow. */
export const tickMs = signal(performance.now());

/** The same in whole seconds, for what moves on with time. */
export const tickSeconds = computed(() => Math.floor(tickMs.value / 1000));

export function startClock(): void {
  setInterval(() => {
    tickMs.value = performance.now();
  }, 250);
}

/** The server's clock (ms since 1970) as its last event told it, and when by the monotonic clock that came in. */
let heard: { readonly atMs: number; readonly receivedMs: number } | null = null;

export function hearServerTime(at: string): void {
  const atMs = Date.parse(at);
  if (!Number.isNaN(atMs)) heard = { atMs, receivedMs: performance.now() };
}

/**
 * The server's clock now, in ms since 1970. It runs on by the monotonic clock between events, so that ages are right
 * although the clocks of panel and server differ, and go on growing while the connection is lost. What is to follow it
 * reads `tickMs` as well.
 */
export function plantNowMs(): number {
  return heard === null ? Date.now() : heard.atMs + (performance.now() - heard.receivedMs);
}
