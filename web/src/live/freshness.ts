import type { Quality, Value } from '../contract/replies.ts';

/** A value as it came over the stream. */
export interface Reading {
  readonly value: Value;
  readonly quality: Quality;
  /** ms since 1970 by the server's clock; null when there never was a reading. */
  readonly sourceTimeMs: number | null;
  readonly simulated: boolean;
}

/**
 * How far a reading may be believed: `current` · `old` beyond its age limit, or the connection is lost ·
 * `uncertain` the server doubts it · `bad` failed · `none` there never was a value.
 * Only `current` is ever shown in the normal face.
 */
export type Standing = 'current' | 'old' | 'uncertain' | 'bad' | 'none';

export interface Circumstances {
  /** The server's clock now, estimated from its last event, in ms since 1970. */
  readonly plantNowMs: number;
  /** Age limit in ms; null for what never grows old, as a setting that was made weeks ago. */
  readonly freshnessMs: number | null;
  readonly connected: boolean;
}

/**
 * The stream may hold a change back for up to a second, and the way to the screen takes time: a reading is called old
 * by this page only so much, in ms, after its limit. The server's own verdict, its quality, counts at once.
 */
export const streamDelayMs = 1_500;

export function standing(reading: Reading | undefined, circumstances: Circumstances): Standing {
  if (reading === undefined) return 'none';
  if (!/^(Good|Uncertain)/.test(reading.quality)) return 'bad';
  if (reading.value === null) return 'none';
  if (!circumstances.connected) return 'old';
  if (reading.quality.startsWith('Uncertain')) return 'uncertain';
  if (circumstances.freshnessMs === null) return 'current';
  const ageMs = ageOf(reading, circumstances.plantNowMs);
  return ageMs !== null && ageMs <= circumstances.freshnessMs + streamDelayMs ? 'current' : 'old';
}

/** Age in ms, never negative: a source time slightly ahead of the estimated clock is network jitter. */
export function ageOf(reading: Reading, plantNowMs: number): number | null {
  return reading.sourceTimeMs === null ? null : Math.max(0, plantNowMs - reading.sourceTimeMs);
}
