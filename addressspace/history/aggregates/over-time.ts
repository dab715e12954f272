import { interpolatedBound, simpleBound } from './bounds.ts';
import { type AggregateSettings, isUsable } from './configuration.ts';
import { type Figure, type Interval, infoBits, noData } from './figure.ts';
import type { Sample, Track } from './track.ts';

/** What an aggregate that weighs by time is given. */
export interface Course {
  readonly track: Track;
  readonly interval: Interval;
  /** Numbers of the interval's samples in the track, the last one excluded. */
  readonly first: number;
  readonly end: number;
  readonly settings: AggregateSettings;
  readonly partial: number;
}

/** A sample before a gap was true at its own instant, no longer; so is the newest one for Duration aggregates. */
const instantMs = 1;

/** The value at the interval's begin. */
export function interpolative({ track, interval, settings }: Course): Figure {
  const atMs = interval.beginMs;
  const bound = interpolatedBound(track, atMs, settings);
  if (!bound) return noData(atMs);
  if (bound.raw) return { atMs, value: bound.value, quality: bound.raw.quality, bits: 0, kind: 'own' };
  const quality = bound.isUncertain ? 'UncertainDataSubNormal' : 'Good';
  return { atMs, value: bound.value, quality, bits: infoBits.interpolated, kind: 'own' };
}

interface Area {
  /** Integral over what is known, in the signal's unit times ms. */
  readonly area: number;
  readonly knownMs: number;
  readonly isUncertain: boolean;
}

/** Mean over time of what is known. */
export function timeAverage(course: Course): Figure {
  const found = areaOf(course);
  return weighted(course, found, (found?.area ?? 0) / (found?.knownMs ?? 1));
}

/** Integral over time of what is known, in the signal's unit times seconds. */
export function total(course: Course): Figure {
  const found = areaOf(course);
  return weighted(course, found, (found?.area ?? 0) / 1_000);
}

function weighted({ interval, partial }: Course, found: Area | null, value: number): Figure {
  if (!found) return noData(interval.beginMs);
  const quality = found.isUncertain ? 'UncertainDataSubNormal' : 'Good';
  return { atMs: interval.beginMs, value, quality, bits: infoBits.calculated | partial, kind: 'double' };
}

interface Corner {
  readonly atMs: number;
  readonly size: number;
  readonly isUncertain: boolean;
}

/**
 * The area under the signal's course: a steadily moving signal goes straight from one usable sample to the next, a stepped
 * one keeps its value until the next. Bad samples are passed over and make the figure uncertain; a gap is left out, as is
 * what lies before the first sample, after the newest one's reach, or ahead of now.
 */
function areaOf({ track, interval, settings, first, end }: Course): Area | null {
  const { samples, shape } = track;
  const endMs = Math.min(interval.highMs, shape.nowMs);
  const isAfterEnd = track.firstAt(interval.lowMs) >= samples.length;
  const begin = isAfterEnd ? null : interpolatedBound(track, interval.lowMs, settings);
  let corner: Corner | null =
    begin === null || begin.size === null
      ? null
      : { atMs: interval.lowMs, size: begin.size, isUncertain: begin.isUncertain };
  let area = 0;
  let knownMs = 0;
  let isUncertain = corner === null || (corner.isUncertain && shape.stepped);
  let skipped = false;

  function goTo(next: Corner | null, untilMs: number): void {
    if (corner && untilMs > corner.atMs) {
      const target = shape.stepped || !next ? corner.size : next.size;
      area += ((corner.size + target) / 2) * (untilMs - corner.atMs);
      knownMs += untilMs - corner.atMs;
      isUncertain ||= skipped || corner.isUncertain || (!shape.stepped && next?.isUncertain === true);
    }
    skipped = false;
  }

  for (let i = first; i < end; i++) {
    const sample = samples[i];
    if (!sample || sample.atMs >= endMs) break;
    if (corner && corner.atMs < sample.atMs && !track.isJoined(i - 1)) {
      goTo(null, Math.min(sample.atMs, corner.atMs + instantMs));
      corner = null;
      isUncertain = true;
    }
    if (!isUsable(sample, settings) || sample.size === null) {
      skipped = true;
      isUncertain = true;
      continue;
    }
    const next = { atMs: sample.atMs, size: sample.size, isUncertain: sample.worth !== 'good' };
    goTo(next, sample.atMs);
    corner = next;
  }
  const finish = corner && interpolatedBound(track, endMs, settings);
  const isReached = finish !== null && finish.size !== null && track.reaches(track.firstAt(endMs) - 1, endMs);
  if (finish && isReached) {
    const isExtrapolated = track.firstAt(endMs) >= samples.length;
    isUncertain ||= isExtrapolated;
    goTo({ atMs: endMs, size: finish.size ?? 0, isUncertain: finish.isUncertain }, endMs);
  } else if (corner) {
    goTo(null, Math.min(endMs, corner.atMs + instantMs));
    isUncertain = true;
  }
  return knownMs > 0 ? { area, knownMs, isUncertain } : null;
}

interface Durations {
  readonly goodMs: number;
  readonly badMs: number;
}

/** For how long the signal was good, or bad, in ms or as a share of the interval. */
export function duration(which: 'good' | 'bad', as: 'ms' | 'percent') {
  return (course: Course): Figure => {
    const { interval, partial } = course;
    const found = durationsOf(course);
    if (!found) return noData(interval.beginMs);
    const ms = which === 'good' ? found.goodMs : found.badMs;
    const value = as === 'ms' ? ms : (100 * ms) / (interval.highMs - interval.lowMs);
    return { atMs: interval.beginMs, value, quality: 'Good', bits: infoBits.calculated | partial, kind: 'double' };
  };
}

/**
 * Each sample's status holds until the next sample. What was not recorded counts as bad, since nobody can vouch for it;
 * what comes after the newest sample counts as neither until that is overdue.
 */
function durationsOf({ track, interval, settings, first, end }: Course): Durations | null {
  const { samples, shape } = track;
  const endMs = Math.min(interval.highMs, shape.nowMs);
  const isInGap = first >= end && !track.isJoined(track.firstAt(interval.lowMs) - 1);
  if (isInGap && samples[track.firstAt(interval.lowMs)]?.atMs !== interval.lowMs) return null;
  const spans = { good: 0, uncertain: 0, bad: 0 };
  let fromMs = interval.lowMs;
  let worth: Sample['worth'] = 'bad';
  const begin = simpleBound(track, interval.lowMs, settings);
  if (begin) worth = begin.isUncertain ? 'uncertain' : 'good';

  for (let i = first; i <= end; i++) {
    const sample = i < end ? samples[i] : undefined;
    const untilMs = Math.min(sample?.atMs ?? endMs, endMs);
    if (untilMs <= fromMs && sample === undefined) break;
    const isHeld = samples[i - 1] === undefined || track.isJoined(i - 1);
    const heldMs = isHeld ? untilMs - fromMs : Math.min(untilMs - fromMs, instantMs);
    spans[worth] += heldMs;
    const isNewest = samples[i] === undefined && track.reaches(i - 1, endMs);
    if (!isNewest) spans.bad += untilMs - fromMs - heldMs;
    if (!sample) break;
    fromMs = sample.atMs;
    worth = isUsable(sample, settings) ? (sample.worth === 'good' ? 'good' : 'uncertain') : 'bad';
  }
  return { goodMs: spans.good, badMs: spans.bad };
}
