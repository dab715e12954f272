import type { DataValue, EventFilter, StatusCode, Variant } from 'node-opcua';
import type { AggregateSettings } from './aggregates/configuration.ts';
import type { Aggregate } from './aggregates/functions.ts';
import type { Division } from './aggregates/intervals.ts';

/** What is still to be read of one node; between two answers it is kept for the session under a continuation point. */
export type Reading = RawReading | ProcessedReading | AtTimeReading | EventReading;

export interface RawReading {
  readonly kind: 'raw';
  readonly signal: string;
  /** Included. */
  readonly fromMs: number;
  /** Excluded. */
  readonly toMs: number;
  readonly newestFirst: boolean;
  /** Points still wanted, over all answers; null: all. */
  readonly wanted: number | null;
  /** Points that one answer may have at most; null: as many as there is room for. */
  readonly perAnswer: number | null;
  /** The moment whose bounding value closes the answer; null: none is wanted. */
  readonly closingMs: number | null;
}

export interface ProcessedReading {
  readonly kind: 'processed';
  readonly aggregate: Aggregate;
  readonly settings: AggregateSettings;
  readonly division: Division;
  /** Number of the first interval that is still wanted. */
  readonly next: number;
}

export interface AtTimeReading {
  readonly kind: 'atTime';
  /** ms since 1970, in the order asked for. */
  readonly times: readonly number[];
  readonly useSimpleBounds: boolean;
  /** Number of the first time that is still wanted. */
  readonly next: number;
}

export interface EventReading {
  readonly kind: 'events';
  readonly fromMs: number;
  readonly toMs: number;
  readonly newestFirst: boolean;
  readonly wanted: number | null;
  readonly perAnswer: number | null;
  readonly filter: EventFilter;
  /** The last entry that was looked at; null: none yet. */
  readonly after: { readonly atMs: number; readonly entry: number } | null;
}

/** One answer about one node. `rest` null: nothing remains. */
export interface Answered {
  readonly dataValues?: DataValue[];
  readonly events?: { readonly eventFields: Variant[] }[];
  readonly rest: Reading | null;
}

export interface Refused {
  readonly refused: StatusCode;
}

/** A time that is not given arrives as null or as the epoch of OPC UA, 1601. */
export function givenMs(time: Date | null): number | null {
  return time && time.getTime() > Date.UTC(1601, 0, 2) ? time.getTime() : null;
}
