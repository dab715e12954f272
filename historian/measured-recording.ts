import { fieldSet, seriesKey } from './line-protocol.ts';
import type { MeasuredPoint } from './measured-point.ts';
import type { SpoolLink } from './spool-link.ts';

/** Points and events that were recorded lately, to tell a repetition from a second event at the same ms. */
const remembered = 10_000;

/** Series of alarms, commands and statistics, named when their first point comes. */
export class MeasuredRecording {
  readonly #spool: SpoolLink;
  readonly #place: Readonly<Record<string, string>>;
  readonly #series = new Map<string, number>();
  readonly #taken = new Set<string>();
  readonly #seen = new Set<string>();

  constructor(spool: SpoolLink, place: { readonly site: string; readonly machine: string }) {
    this.#spool = spool;
    this.#place = place;
  }

  statistics(point: MeasuredPoint): void {
    this.#append(point, false);
  }

  /**
   * An alarm or command: committed at once, never dropped. `identity` names what happened: told again (the journal is read
   * once more after a broken connection) it is no second point.
   */
  event(point: MeasuredPoint, identity: string): void {
    if (this.#seen.has(identity)) return;
    remember(this.#seen, identity);
    this.#append(point, true);
  }

  #append({ measurement, tags, fields, atMs }: MeasuredPoint, precious: boolean): void {
    const written = fieldSet(fields);
    if (written === null) return;
    const key = seriesKey(measurement, { ...tags, ...this.#place });
    const series = this.#series.get(key) ?? this.#spool.define({ measurement, key, signal: null, precious });
    this.#series.set(key, series);
    this.#spool.append([[series, this.#freeTime(key, atMs), null, null, null, written]], precious);
  }

  /** Two events of one series in one ms would be one point: the second takes the next ms. */
  #freeTime(key: string, fromMs: number): number {
    let atMs = Math.trunc(fromMs);
    while (this.#taken.has(`${key} ${atMs}`)) atMs++;
    remember(this.#taken, `${key} ${atMs}`);
    return atMs;
  }
}

function remember(recent: Set<string>, entry: string): void {
  recent.add(entry);
  const [oldest] = recent;
  if (recent.size > remembered && oldest !== undefined) recent.delete(oldest);
}
