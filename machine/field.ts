import type { Quality } from './quality.ts';

/** What the field says about one signal: a reading as it arrived, before any judgement of age or plausibility. */
export interface FieldReading {
  readonly signal: string;
  /** In the signal's unit; null when this attempt gave no value. */
  readonly value: number | boolean | null;
  /** Good, or what the device itself said: BadSensorFailure, BadConfigurationError, BadDeviceFailure. */
  readonly quality: Quality;
  /** When the reply arrived, on the monotonic clock and on the wall. */
  readonly atMs: number;
  readonly wallMs: number;
}

/** How a module stands, as of now. */
export interface ModuleStatus {
  readonly id: string;
  readonly line: string;
  readonly simulated: boolean;
  /** Monotonic time of its last valid answer (an exception is an answer, 0x0A and 0x0B are not); null: never. */
  readonly lastAnswerAtMs: number | null;
  /** Poll period in ms, from which the freshness limit follows. */
  readonly pollPeriodMs: number;
  /** Its watchdog was set and read back, within the last 10 s, and every output it holds has been read back once. */
  readonly verified: boolean;
  /** Polled slowly because it does not answer, so that others keep their pace. */
  readonly demoted: boolean;
  /** What went wrong last, with line, unit, function and range; null: nothing yet. */
  readonly lastError: string | null;
  /** Outputs whose read-back differed after a write, with the number of tries so far. */
  readonly mismatches: readonly OutputMismatch[];
}

export interface OutputMismatch {
  readonly signal: string;
  readonly commanded: number | boolean;
  readonly readBack: number | boolean;
  readonly tries: number;
}

/** Counters of one module since the start; latencies over the last 10 s at least. */
export interface ModuleStatistics {
  readonly id: string;
  readonly line: string;
  readonly requests: number;
  readonly failures: number;
  readonly timeouts: number;
  readonly exceptions: number;
  readonly lateFrames: number;
  readonly latencyP50Ms: number | null;
  readonly latencyP95Ms: number | null;
  readonly demoted: boolean;
  /** Names line, unit, function and range; null when there was none. */
  readonly lastError: string | null;
  /** When that was, ms since 1970, UTC. */
  readonly lastErrorAtMs: number | null;
}

/** What the core commands: per output signal, in the signal's unit. */
export type OutputImage = ReadonlyMap<string, number | boolean>;
