import type { Gains, GainsFrom } from '../declaration.ts';
import type { StepResponse } from './step-response.ts';

export const tuningPhases = ['approach', 'settle', 'relay', 'done', 'failed', 'aborted'] as const;

/**
 * `approach`: on the way to the setpoint under the present gains · `settle`: at it, to see how well they hold it ·
 * `relay`: the test itself · `done`: gains were found · `failed`, `aborted`: `code` and `text` say why.
 */
export type TuningPhase = (typeof tuningPhases)[number];

/** Where the test of a zone stands, or how the last one ended. */
export interface TuningTestStatus {
  readonly phase: TuningPhase;
  /** Why it ended without a result, for programs; null while it runs and when it is done. */
  readonly code: string | null;
  /** What goes on, or how it ended, for the engineer. */
  readonly text: string;
  readonly setpointC: number;
  readonly maximumDutyPercent: number;
  /** ms since 1970. */
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** 0…1. */
  readonly progress: number;
  /** Full cycles of the relay so far. */
  readonly cycles: number;
  /** What is left of the test, in s; null when it can't be told or is over. */
  readonly etaSeconds: number | null;
  readonly result: TuningResult | null;
}

export interface TuningResult {
  readonly gains: Gains;
  readonly ultimateGainPercentPerK: number;
  readonly ultimatePeriodSeconds: number;
  /** Half the way from the lowest to the highest temperature of the test, in K. */
  readonly swingK: number;
  /** Mean absolute error under the gains that were in force during the test, in K. */
  readonly baselineK: number;
  /** The gains that were in force during the test. */
  readonly presentGains: Gains;
  /** A step of 10 K up to the setpoint, by the heater model, with either gains. */
  readonly predicted: { readonly present: StepResponse; readonly found: StepResponse };
}

export const appliedStates = ['watching', 'kept', 'takenBack'] as const;

/** Gains that were found and applied: on probation, kept, or taken back. */
export interface AppliedGainsStatus {
  readonly state: (typeof appliedStates)[number];
  readonly gains: Gains;
  readonly replaced: Gains;
  readonly replacedFrom: GainsFrom;
  /** ms since 1970. */
  readonly appliedAtMs: number;
  /** Mean absolute error under the gains before, in K. */
  readonly baselineK: number;
  /** Mean absolute error under the new ones so far; null before the watch began, in K. */
  readonly meanErrorK: number | null;
  readonly watchedSeconds: number;
  readonly watchSeconds: number;
  /** Said of the end of the watch; null while it lasts. */
  readonly text: string | null;
}

export interface ZoneTuningStatus {
  readonly test: TuningTestStatus | null;
  readonly applied: AppliedGainsStatus | null;
}
