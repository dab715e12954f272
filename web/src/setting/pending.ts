import { effect, signal } from '@preact/signals';
import type { Value } from '../contract/replies.ts';
import { tickMs } from '../live/clock.ts';
import { readingOf } from '../live/plant.ts';

interface Asked {
  readonly value: Value;
  readonly atMs: number;
}

/** An accepted setting shows in the stream within a scan; after so long, in ms, something else was set or nothing. */
const confirmWithinMs = 5_000;
/** So long, in ms, the difference is pointed at. */
const pointedOutMs = 60_000;

const asked = signal<ReadonlyMap<string, Asked>>(new Map());

/**
 * Remembers what is asked of a setting until the machine's own value shows it; what is set after that is another matter.
 * To be called before the request goes out, since the stream may be faster than the reply.
 *
 * @returns how to forget it, for when it is refused
 */
export function noteAsked(id: string, value: Value): () => void {
  const entry = { value, atMs: performance.now() };
  asked.value = new Map(asked.value).set(id, entry);
  const stop = effect(() => {
    const isSettled = readingOf(id).value?.value === value || tickMs.value - entry.atMs > pointedOutMs;
    if (!isSettled) return;
    queueMicrotask(() => {
      stop();
      forget(id, entry);
    });
  });
  return () => {
    stop();
    forget(id, entry);
  };
}

function forget(id: string, entry: Asked): void {
  if (asked.value.get(id) !== entry) return;
  const next = new Map(asked.value);
  next.delete(id);
  asked.value = next;
}

/** What was asked of a setting and does not show in the machine's own value yet. */
export function pendingOf(id: string): { value: Value; late: boolean } | null {
  const entry = asked.value.get(id);
  return entry === undefined ? null : { value: entry.value, late: tickMs.value - entry.atMs > confirmWithinMs };
}
