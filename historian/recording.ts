import { isGood, qualityCodes } from '../machine/quality.ts';
import type { HistoryDeclaration, Sample, SignalDeclaration, SignalValue } from '../machine/signal.ts';

/** A sample that is worth a point. */
export interface RecordedSample {
  readonly atMs: number;
  readonly value: number | null;
  readonly state: string | null;
  /** OPC UA status code. */
  readonly quality: number;
}

/** Decides for one signal which samples become points of its history, and with which time. */
export interface SignalRecording {
  /** The first sample, as the image had it when recording began. */
  begin(sample: Sample, nowMs: number): RecordedSample;
  /** A new sample; null when it tells nothing that the last point does not. */
  update(sample: Sample, nowMs: number): RecordedSample | null;
  /** Asked about every second: a point when none was recorded for too long, although nothing changed. */
  repeat(nowMs: number): RecordedSample | null;
}

/** A sample that is older than the newest point by less than this came late; by more, and the clock was set back. */
const latenessMs = 2_000;

/** 0.3 - 0.2 is a change of 0.1, although doubles say 0.09999999999999998. */
const roundingShare = 1 - 1e-9;

/**
 * The time of a point is the source time of its sample, with two exceptions, both because "when was it read" and "when
 * was it known to be so" are two things. A judgement about an old reading (it went stale: new quality, same source
 * time) happened when it was passed, and must not overwrite the good reading. And the repetition of a setting that was made
 * weeks ago says that it still held then.
 */
export function signalRecording(declaration: SignalDeclaration, history: HistoryDeclaration): SignalRecording {
  const repeatMs = history.atLeastEverySeconds * 1_000;
  // What is read from a bus is repeated by its next reading; to repeat it from memory would show a value that nobody read.
  const isRead = declaration.direction === 'input' || declaration.direction === 'output';
  let latest: Sample = { value: null, quality: 'BadNotConnected', sourceTimeMs: 0 };
  let last: RecordedSample | null = null;
  /** When recording began, until the first sample after it has come. */
  let beganMs: number | null = null;

  function keep(sample: Sample, atMs: number): RecordedSample {
    const recorded = recordedSample(sample, Math.trunc(atMs));
    const isLate = last !== null && recorded.atMs < last.atMs && last.atMs - recorded.atMs <= latenessMs;
    if (!isLate) last = recorded;
    return recorded;
  }

  function tellsMore(sample: Sample): boolean {
    if (last === null) return true;
    if (Math.abs(sample.sourceTimeMs - last.atMs) >= repeatMs) return true;
    const next = recordedSample(sample, sample.sourceTimeMs);
    if (next.quality !== last.quality || next.state !== last.state) return true;
    if (next.value === null || last.value === null) return next.value !== last.value;
    const change = Math.abs(next.value - last.value);
    return change > 0 && change >= history.deadband * roundingShare;
  }

  return {
    begin(sample, nowMs) {
      beganMs = nowMs;
      latest = sample;
      const isRecent = Math.abs(nowMs - sample.sourceTimeMs) < repeatMs;
      return keep(sample, isRecent ? sample.sourceTimeMs : nowMs);
    },
    update(sample, nowMs) {
      const isJudgement = sample.sourceTimeMs === latest.sourceTimeMs && sample.quality !== latest.quality;
      latest = sample;
      // The first image after a start tells what was so before it, and may be in the history already.
      const isOld = beganMs !== null && sample.sourceTimeMs < beganMs && beganMs <= nowMs;
      beganMs = null;
      if (isOld && isRead && isGood(sample.quality)) return null;
      if (isJudgement || isOld || !(sample.sourceTimeMs > 0)) {
        const atMs = Math.max(nowMs, (last?.atMs ?? 0) + 1);
        return isJudgement || tellsMore({ ...sample, sourceTimeMs: atMs }) ? keep(sample, atMs) : null;
      }
      return tellsMore(sample) ? keep(sample, sample.sourceTimeMs) : null;
    },
    repeat(nowMs) {
      if (last === null || Math.abs(nowMs - last.atMs) < repeatMs) return null;
      return isRead && isGood(latest.quality) ? null : keep(latest, nowMs);
    },
  };
}

/**
 * A Bad sample is recorded without its value: the value it still shows is the last one before, and a mean that forgets to
 * ask for the quality must not take it in. A number that is not finite is no reading.
 */
function recordedSample({ value, quality }: Sample, atMs: number): RecordedSample {
  const isBroken = typeof value === 'number' && !Number.isFinite(value);
  const known = isBroken || quality.startsWith('Bad') ? null : value;
  return {
    atMs,
    value: typeof known === 'number' ? known : null,
    state: stateText(known),
    quality: isBroken && isGood(quality) ? qualityCodes.BadSensorFailure : qualityCodes[quality],
  };
}

/** One type for all that is not a number, since a field of InfluxDB has one type in all series of a measurement. */
function stateText(value: SignalValue): string | null {
  return value === null || typeof value === 'number' ? null : String(value);
}
