import type { HistoryPoint, HistoryQuery } from '../operations/ports/history.ts';
import type { SampleShape } from './aggregate.ts';
import type { InfluxTarget } from './settings.ts';

export interface QueryThreadData {
  readonly path: string;
  readonly target: InfluxTarget | null;
  readonly site: string;
  readonly machine: string;
  readonly requestMs: number;
}

export type ToQuery =
  | {
      readonly kind: 'query';
      readonly number: number;
      readonly query: HistoryQuery;
      readonly shape: SampleShape;
      readonly nowMs: number;
    }
  /** The next slice of an answer. */
  | { readonly kind: 'more'; readonly number: number };

/**
 * Answers come in slices, each asked for by itself: to read a large one at a stretch would hold up the thread that serves
 * everybody else.
 */
export type FromQuery =
  | {
      readonly kind: 'points';
      readonly number: number;
      readonly points: readonly HistoryPoint[];
      readonly more: boolean;
    }
  | { readonly kind: 'failed'; readonly number: number; readonly unavailable: boolean; readonly reason: string };
