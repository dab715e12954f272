import { fieldSet, seriesKey } from './line-protocol.ts';
import type { MeasuredPoint } from './measured-point.ts';
import type { SpoolLink } from './spool-link.ts';

/** Series and times of points that were recorded lately, to tell a repetition from a second event at the same ms. */
const remembered = 10_000;

/**
 * `event`: an alarm or command, committed at once and never dropped. `journal`: likewise, and its fields tell it from every
 * other, so that the same once more is a repetition (the journal is read again after a broken connection).
 */
export type MeasuredKind = 'statistics' | 'event' | 'journal';

/** Series of alarms, commands and statistics, named when their first point comes. */
export function measuredRecording(spool: SpoolLink, place: { readonly site: string; readonly machine: string }) {
  const series = new Map<string, number>();
  const recent = new Map<string, string>();

  function seriesOf(key: string, measurement: string, precious: boolean): number {
    const known = series.get(key) ?? spool.define({ measurement, key, signal: null, precious });
    series.set(key, known);
    return known;
  }

  /** Two events of one series in one ms would be one point: the second takes the next ms. */
  function freeTime(key: string, fields: string, fromMs: number, kind: MeasuredKind): number | null {
    let atMs = Math.trunc(fromMs);
    for (let there = recent.get(`${key} ${atMs}`); there !== undefined; there = recent.get(`${key} ${atMs}`)) {
      if (kind === 'journal' && there === fields) return null;
      atMs++;
    }
    recent.set(`${key} ${atMs}`, fields);
    for (const oldest of recent.keys()) {
      if (recent.size <= remembered) break;
      recent.delete(oldest);
    }
    return atMs;
  }

  return {
    take({ measurement, tags, fields, atMs }: MeasuredPoint, kind: MeasuredKind): void {
      const written = fieldSet(fields);
      if (written === null) return;
      const key = seriesKey(measurement, { ...place, ...tags });
      const freeMs = freeTime(key, written, atMs, kind);
      if (freeMs === null) return;
      const isPrecious = kind !== 'statistics';
      spool.append([[seriesOf(key, measurement, isPrecious), freeMs, null, null, null, written]], isPrecious);
    },
  };
}
