/**
 * What travels from the recording side to the spool's thread. Points are tuples: thousands of them pass each second, and
 * a tuple costs a third of an object in the structured clone.
 */
export type PointRow = readonly [
  /** Index of its series, see SeriesDefinition. */
  series: number,
  /** Source time, whole ms since 1970. */
  atMs: number,
  /** Of a numeric signal; null when there is none. */
  value: number | null,
  /** Of a Boolean, an enumeration or a text. */
  state: string | null,
  /** OPC UA status code of a signal's point. */
  quality: number | null,
  /** Line protocol's field set, of every measurement but `signal`. */
  fields: string | null,
];

/** A measurement with its tags: named once, then referred to by its index. */
export interface SeriesDefinition {
  readonly index: number;
  readonly measurement: string;
  /** Measurement and tags as line protocol writes them. */
  readonly key: string;
  /** Of the measurement `signal`: which one. */
  readonly signal: string | null;
  /** Alarms and commands: never dropped, committed at once. */
  readonly precious: boolean;
}
