import type { MachineView } from '../machine/ports.ts';

/** Where points go: InfluxDB 2.x and 3.x by their write API, 1.x by its own. */
export type InfluxTarget =
  | {
      readonly flavour: 'v2';
      readonly url: string;
      readonly token: string;
      readonly org: string;
      readonly bucket: string;
    }
  | {
      readonly flavour: 'v1';
      readonly url: string;
      readonly database: string;
      readonly username: string | null;
      readonly password: string | null;
    };

export interface HistorianLog {
  info(context: object, message: string): void;
  warn(context: object, message: string): void;
  error(context: object, message: string): void;
}

export interface HistorianOptions {
  readonly machine: MachineView;
  readonly dataDir: string;
  /** null: the history is kept in the data directory. */
  readonly target: InfluxTarget | null;
  readonly rawRetentionDays: number;
  /** Disk budget of points that are not delivered yet. */
  readonly spoolMaximumBytes: number;
  readonly log: HistorianLog;
  readonly clock: { wallMs(): number };
  readonly pace?: Partial<Pace>;
}

/** How fast things go. The defaults are for the plant; tests have less time. */
export interface Pace {
  /** A point is on disk at the latest this long after it was recorded. */
  readonly commitMs: number;
  /** Repetition of unchanged signals, upkeep. */
  readonly tickMs: number;
  /** Pause between two requests when nothing is held back. */
  readonly sendMs: number;
  /** Catching up leaves the rest of the machine room to work. */
  readonly catchUpPointsPerSecond: number;
  /** Points per request. */
  readonly batchPoints: number;
  /** Back-off after a failed request grows from the first to the second. */
  readonly retryMs: readonly [first: number, longest: number];
  /** A request without answer has failed after this. */
  readonly requestMs: number;
  /** Only a clock that ran steadily for this long may age points out. */
  readonly steadyClockMs: number;
}

export const plantPace: Pace = {
  commitMs: 250,
  tickMs: 1_000,
  sendMs: 1_000,
  catchUpPointsPerSecond: 20_000,
  batchPoints: 5_000,
  retryMs: [250, 5_000],
  requestMs: 10_000,
  steadyClockMs: 600_000,
};

/** What stands between recording and delivery, for the alarms HISTORIAN_BUFFERING and HISTORIAN_BUFFER_HIGH. */
export interface HistoryLag {
  /** Since when the store takes no points, ms since 1970; null while it does. Embedded history is always reachable. */
  readonly unreachableSinceMs: number | null;
  /** The same as a duration, untouched by steps of the clock; 0 while it takes points. */
  readonly unreachableSeconds: number;
  readonly spooledPoints: number;
  readonly spooledBytes: number;
  /** Held points as a share of the disk budget, 0…1; alarms and commands may exceed it. */
  readonly budgetShare: number;
  /** Why the last request or commit failed; null when it did not. */
  readonly lastError: string | null;
}
