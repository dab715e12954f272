import type { AlarmEvent, AlarmOccurrence } from './alarms/alarm.ts';
import type { Command, CommandOutcome, Principal } from './commands/command.ts';
import type { RetainedModel } from './model/retained-model.ts';
import type { DriveStatus } from './drive-status.ts';
import type { FieldReading, ModuleStatus, OutputImage } from './field.ts';
import type { RetainedRecipe } from './recipes/recipe.ts';
import type { Now, Sample, SignalUpdate } from './signal.ts';
import type { MachineStatus } from './status.ts';
import type { RetainedGains } from './tuning/retained-gains.ts';
import type { ZoneStatus } from './zone-status.ts';

/**
 * The control core of one machine: pure, without clock and I/O. The same calls give the same answers.
 * `receive` takes readings as they arrive, so that they are published at once; `step` is one scan: alarms and interlocks,
 * the command gate, state machine, control, outputs.
 */
export interface Core {
  /** Judges and filters readings (range, jump, frozen, average, calibration); returns what is to be published now. */
  receive(readings: readonly FieldReading[], now: Now): readonly SignalUpdate[];
  /** Judges the age of every signal between scans that are far apart; returns what is to be published now. */
  refresh(modules: readonly ModuleStatus[], now: Now): readonly SignalUpdate[];
  step(input: ScanInput, now: Now): ScanResult;
  /** The complete image: every declared signal. */
  samples(): ReadonlyMap<string, Sample>;
  /** Standing occurrences, suppressed and shelved ones included. */
  alarms(): readonly AlarmOccurrence[];
  /** How the zones are controlled, as of the last scan. */
  zones(): readonly ZoneStatus[];
  /** What is in force for the drives, as of the last scan. */
  drives(): readonly DriveStatus[];
  /** What must survive this process, to be written outside the scan. */
  retained(): RetainedState;
}

export interface ScanInput {
  readonly modules: readonly ModuleStatus[];
  /** Commands that came in since the last scan, in order; each gets exactly one outcome, at once or in a later scan. */
  readonly commands: readonly Command[];
  /** This scan began later than twice its period. */
  readonly overrun: boolean;
  /** Running on the last known good configuration: heating and start are blocked. */
  readonly configurationUnconfirmed: boolean;
}

export interface ScanResult {
  /** Signals whose value, quality or source time changed in this scan. */
  readonly updates: readonly SignalUpdate[];
  readonly outputs: OutputImage;
  readonly status: Omit<MachineStatus, 'scan'>;
  /** The status differs from the last scan's in something other than its time. */
  readonly statusChanged: boolean;
  readonly outcomes: readonly DecidedCommand[];
  readonly alarms: readonly AlarmEvent[];
  /** Start/stop cycles that were completed in this scan, by whom they were started. */
  readonly cycles: readonly CompletedCycle[];
  /** Retained state changed: it is to be saved. */
  readonly retain: boolean;
}

export interface DecidedCommand {
  readonly command: Command;
  readonly outcome: CommandOutcome;
}

export interface CompletedCycle {
  readonly startedBy: Principal;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}

/** Plain data, so that it can be written as JSON; `version` guards its shape. */
export interface RetainedState {
  readonly version: 1;
  /** Settings by signal id. */
  readonly settings: Readonly<Record<string, number | boolean | string | null>>;
  /** When each setting was made, ms since 1970. */
  readonly settingTimesMs: Readonly<Record<string, number>>;
  readonly alarms: readonly AlarmOccurrence[];
  readonly cycles: number;
  readonly runningHours: number;
  readonly heartbeat: number;
  readonly startBlockReason: string | null;
  /** Learnt heater models by zone. */
  readonly models?: Readonly<Record<string, RetainedModel>>;
  /** Gains that a recipe or a tuning has put in place of the configuration's, by zone id. */
  readonly gains?: Readonly<Record<string, RetainedGains>>;
  /** Absent in what was kept before there were recipes. */
  readonly recipe?: RetainedRecipe | null;
}
