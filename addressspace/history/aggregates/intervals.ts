import type { Interval } from './figure.ts';

/** The intervals of a processed read: from `beginMs` on in the direction of `endMs`, each `widthMs` wide. */
export interface Division {
  readonly beginMs: number;
  readonly endMs: number;
  /** May have a fraction; the edges are rounded to whole ms, which is the resolution of history. */
  readonly widthMs: number;
  readonly count: number;
}

/** @param widthMs 0: one interval over everything; otherwise 1 ms at least */
export function divisionOf(beginMs: number, endMs: number, widthMs: number): Division {
  const spanMs = Math.abs(endMs - beginMs);
  const width = widthMs === 0 ? spanMs : widthMs;
  return { beginMs, endMs, widthMs: width, count: Math.ceil(spanMs / width - 1e-9) };
}

export function intervalAt({ beginMs, endMs, widthMs }: Division, i: number): Interval {
  const isBackwards = endMs < beginMs;
  const sign = isBackwards ? -1 : 1;
  const begin = Math.round(beginMs + sign * i * widthMs);
  const whole = Math.round(beginMs + sign * (i + 1) * widthMs);
  const end = isBackwards ? Math.max(endMs, whole) : Math.min(endMs, whole);
  const [lowMs, highMs] = isBackwards ? [end, begin] : [begin, end];
  const shift = isBackwards ? 1 : 0;
  return {
    fromMs: lowMs + shift,
    toMs: highMs + shift,
    lowMs,
    highMs,
    beginMs: begin,
    isCut: end !== whole,
    isBackwards,
  };
}
