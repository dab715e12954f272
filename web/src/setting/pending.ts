import { signal } from '@preact/signals';
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

export function noteAsked(id: string, value: Value): void {
  asked.value = new Map(asked.value).set(id, { value, atMs: performance.now() });
}

export function forgetAsked(id: string): void {
  const next = new Map(asked.value);
  next.delete(id);
  asked.value = next;
}

/** What was asked of a setting and does not show in the machine's own value yet. */
export function pendingOf(id: string): { value: Value; late: boolean } | null {
  const entry = asked.value.get(id);
  if (entry === undefined || readingOf(id).value?.value === entry.value) return null;
  const ageMs = tickMs.value - entry.atMs;
  return ageMs > pointedOutMs ? null : { value: entry.value, late: ageMs > confirmWithinMs };
}
