import type { PointRow, SeriesDefinition } from './point.ts';
import type { InfluxTarget, Pace } from './settings.ts';
import type { SpoolFigures } from './spool.ts';

/** What the spool's thread is given at its start. */
export interface SpoolThreadData {
  readonly path: string;
  /** Names the run of the recording side, whose batches are numbered. */
  readonly run: string;
  readonly target: InfluxTarget | null;
  readonly rawRetentionDays: number;
  readonly spoolMaximumBytes: number;
  readonly pace: Pace;
  readonly wallMs: number;
  readonly series: readonly SeriesDefinition[];
}

export type ToSpool =
  | {
      readonly kind: 'append';
      readonly batch: number;
      /** Series that were not named before. */
      readonly series: readonly SeriesDefinition[];
      readonly points: readonly PointRow[];
      readonly dropped: number;
      /** To be committed at once. */
      readonly urgent: boolean;
    }
  | { readonly kind: 'tick'; readonly wallMs: number }
  /** Everything that was appended before is to be committed; answered with the same number. */
  | { readonly kind: 'flush'; readonly number: number }
  | { readonly kind: 'close'; readonly deliverMs: number };

export type FromSpool =
  | { readonly kind: 'ready'; readonly committedBatch: number; readonly state: SpoolState }
  | { readonly kind: 'state'; readonly committedBatch: number; readonly state: SpoolState }
  | { readonly kind: 'flushed'; readonly number: number }
  | {
      readonly kind: 'log';
      readonly level: 'info' | 'warn' | 'error';
      readonly context: object;
      readonly message: string;
    }
  | { readonly kind: 'closed' };

export interface SpoolState {
  readonly figures: SpoolFigures;
  readonly unreachableSinceMs: number | null;
  /** When this was written; 0 while the store takes points. */
  readonly unreachableForMs: number;
  readonly lastError: string | null;
}
