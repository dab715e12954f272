import type { AlarmPriority } from './alarms/alarm.ts';
import type { Reason } from './commands/command.ts';
import type { MachineMode, MachineState } from './control/state.ts';

/** The machine in one glance: the reply of `GET /machine` and the head of every screen. */
export interface MachineStatus {
  readonly state: MachineState;
  readonly mode: MachineMode;
  readonly startPermitted: boolean;
  /** All that stands against a start now; empty exactly when `startPermitted`. */
  readonly blockers: readonly Reason[];
  readonly alarms: { readonly unacknowledged: number; readonly active: number; readonly highest: AlarmPriority | null };
  readonly heating: boolean;
  /** Name and version of the recipe that was loaded last; null: none. */
  readonly recipe: string | null;
  readonly recipeVersion: number | null;
  /** Something that it names has been changed since: a setpoint or speed by hand, gains by a tuning. */
  readonly recipeModified: boolean;
  readonly scan: ScanStatistics;
  readonly atMs: number;
}

/** Jitter is how far a scan began from when it was due, over the last minute, in ms. */
export interface ScanStatistics {
  readonly periodMs: number;
  readonly count: number;
  readonly overruns: number;
  readonly jitterP50Ms: number;
  readonly jitterP99Ms: number;
  readonly jitterMaxMs: number;
  /** How long one scan took, 99th percentile over the same scans, in ms. */
  readonly durationP99Ms: number;
}
