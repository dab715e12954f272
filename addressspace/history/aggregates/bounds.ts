import type { SignalValue } from '../../../machine/signal.ts';
import { type AggregateSettings, isUsable } from './configuration.ts';
import type { Sample, Track } from './track.ts';

/** The value of a signal at a moment. */
export interface Bound {
  readonly value: SignalValue;
  readonly size: number | null;
  readonly isUncertain: boolean;
  /** The sample recorded at this very moment, when it is one. */
  readonly raw: Sample | null;
}

/**
 * The value at a moment by interpolated bounds (OPC 10000-13, 3.1.8): between the nearest usable samples on both sides, over
 * bad ones, which make it uncertain, and never over a gap in recording. null: nothing usable is known before the moment.
 */
export function interpolatedBound(track: Track, atMs: number, settings: AggregateSettings): Bound | null {
  const { samples, shape } = track;
  if (atMs > shape.nowMs) return null;
  const i = track.firstAt(atMs);
  const at = samples[i]?.atMs === atMs ? samples[i] : undefined;
  if (at && isUsable(at, settings)) return rawBound(at);
  const before = usableBefore(track, i, atMs, settings);
  if (!before) return null;
  const after = usableAfter(track, at ? i : i - 1, settings);
  const skipped = at !== undefined || before.skipped;
  if (shape.stepped || before.sample.size === null) {
    return held(before.sample, skipped || samples[i] === undefined);
  }
  if (after) {
    const isUncertain = skipped || after.skipped || after.sample.worth !== 'good' || before.sample.worth !== 'good';
    return { ...onLine(before.sample, after.sample, atMs), isUncertain, raw: null };
  }
  const earlier = settings.useSlopedExtrapolation
    ? usableBefore(track, before.index, before.sample.atMs, settings)
    : null;
  if (!earlier) return held(before.sample, true);
  return { ...onLine(earlier.sample, before.sample, atMs), isUncertain: true, raw: null };
}

/**
 * The value at a moment by simple bounds (OPC 10000-13, 3.1.9): between the samples beside it, whatever they are. null: the
 * one before is bad or missing.
 */
export function simpleBound(track: Track, atMs: number, settings: AggregateSettings): Bound | null {
  const { samples, shape } = track;
  if (atMs > shape.nowMs) return null;
  const i = track.firstAt(atMs);
  const after = samples[i];
  if (after?.atMs === atMs) return isUsable(after, settings) ? rawBound(after) : null;
  const before = samples[i - 1];
  if (!before || !isUsable(before, settings) || !track.reaches(i - 1, atMs)) return null;
  if (!after) {
    const earlier = samples[i - 2];
    const isSloped = settings.useSlopedExtrapolation && !shape.stepped && track.isJoined(i - 2);
    if (!isSloped || !earlier || !isUsable(earlier, settings)) return held(before, true);
    return { ...onLine(earlier, before, atMs), isUncertain: true, raw: null };
  }
  if (shape.stepped || before.size === null) return held(before, false);
  if (!isUsable(after, settings)) return held(before, true);
  const isUncertain = before.worth !== 'good' || after.worth !== 'good';
  return { ...onLine(before, after, atMs), isUncertain, raw: null };
}

function rawBound(sample: Sample): Bound {
  return { value: sample.value, size: sample.size, isUncertain: sample.worth !== 'good', raw: sample };
}

function held({ value, size, worth }: Sample, isDoubtful: boolean): Bound {
  return { value, size, isUncertain: isDoubtful || worth !== 'good', raw: null };
}

function onLine(a: Sample, b: Sample, atMs: number): { readonly value: number; readonly size: number } {
  const [from, to] = [a.size ?? 0, b.size ?? 0];
  const size = from + ((to - from) * (atMs - a.atMs)) / (b.atMs - a.atMs);
  return { value: size, size };
}

interface Found {
  readonly sample: Sample;
  readonly index: number;
  /** Samples that are not usable lie between. */
  readonly skipped: boolean;
}

function usableBefore(track: Track, end: number, atMs: number, settings: AggregateSettings): Found | null {
  let untilMs = atMs;
  for (let index = end - 1; index >= 0; index--) {
    const sample = track.samples[index];
    if (!sample || !track.reaches(index, untilMs) || atMs - sample.atMs > track.shape.reachMs) return null;
    if (isUsable(sample, settings)) return { sample, index, skipped: index < end - 1 };
    untilMs = sample.atMs;
  }
  return null;
}

/** The first usable sample after sample `start`, joined to it. */
function usableAfter(track: Track, start: number, settings: AggregateSettings): Found | null {
  const fromMs = track.samples[start]?.atMs ?? 0;
  for (let index = start; track.isJoined(index); index++) {
    const sample = track.samples[index + 1];
    if (!sample || sample.atMs - fromMs > track.shape.reachMs + track.shape.gapMs) return null;
    if (isUsable(sample, settings)) return { sample, index: index + 1, skipped: index > start };
  }
  return null;
}
