import type { Configuration } from '../config/configuration.ts';
import type { PackedTrace } from '../drivers/monitor/wire-trace.ts';
import type { AlarmOccurrence } from '../machine/alarms/alarm.ts';
import type { Command, CommandOutcome } from '../machine/commands/command.ts';
import type { DriveStatus } from '../machine/drive-status.ts';
import type { ModuleStatistics } from '../machine/field.ts';
import type { SignalUpdate } from '../machine/signal.ts';
import type { MachineStatus } from '../machine/status.ts';
import type { ZoneStatus } from '../machine/zone-status.ts';
import type { FieldReport } from '../operations/ports/field-report.ts';
import type { ControlJournalEntry } from '../operations/ports/journal.ts';

/**
 * All that the processes say to each other, carried as structured clones over the supervisor's IPC channels.
 *
 * Images flow from control to gateway against credit: at most `imageWindow` deltas are unconfirmed, what changes meanwhile
 * is merged and the newest value wins, so that a slow gateway costs the control side no memory and no time. Journal entries
 * are never merged: each waits until the gateway has stored it.
 */
export const imageWindow = 8;

/** Most journal entries that wait for the gateway; the oldest beyond that are dropped, counted and reported. */
export const journalLimit = 10_000;

/** Journal entries in one message. */
export const journalBatch = 200;

/** The gateway calls the control process lost after this silence. */
export const controlSilenceMs = 1_000;

/** The control process speaks at least this often, however long its scan period is. */
export const pulseMs = 250;

/**
 * A command that took longer than this to be heard by the control process is not carried out any more: who gave it was told
 * that nothing is known of it, and may stand at the machine by now. Stopping is never too late.
 */
export const commandValidMs = 1_000;

/** Whoever asked about the field has given up after this, and a question that is older is not answered. */
export const questionValidMs = 1_000;

/** From the supervisor to the process it has just started. */
export interface Begin {
  readonly kind: 'begin';
  readonly configuration: Configuration;
  /** The demonstration makes accounts for an operator and an engineer, whose passwords need no change. */
  readonly demo: boolean;
}

/** From the supervisor: end in order. Control brings the outputs to their safe state first. */
export interface Shutdown {
  readonly kind: 'shutdown';
}

/** From either process to the supervisor, every half second: its event loop turns. */
export interface Alive {
  readonly kind: 'alive';
}

/** From the gateway to the supervisor, once its doors are open and it holds an image. */
export interface Ready {
  readonly kind: 'ready';
  readonly http: string;
  readonly opcua: string;
  /** Accounts made in this start, with their generated passwords. */
  readonly firstLogin: readonly { readonly username: string; readonly password: string }[];
}

/** What the control process tells the gateway. */
export type FromControl =
  /** The whole image: the answer to `attach`. Deltas count on from its `seq`. */
  | ({ readonly kind: 'snapshot' } & ImageDelta)
  | ({ readonly kind: 'delta' } & ImageDelta)
  | { readonly kind: 'outcome'; readonly outcome: CommandOutcome }
  | { readonly kind: 'answer'; readonly id: string; readonly answer: FieldAnswer }
  | { readonly kind: 'journal'; readonly entries: readonly JournalEntry[]; readonly dropped: number };

export interface ImageDelta {
  readonly seq: number;
  readonly updates: readonly SignalUpdate[];
  readonly status?: MachineStatus;
  readonly alarms?: readonly AlarmOccurrence[];
  readonly modules?: readonly ModuleStatistics[];
  readonly zones?: readonly ZoneStatus[];
  readonly drives?: readonly DriveStatus[];
  /** Updates that a newer value of the same signal has replaced since the last delta. */
  readonly merged: number;
}

/** What an engineer wants to know of the field. Asked for when somebody looks, answered once, never queued. */
export type FieldQuestion =
  { readonly about: 'report' } | { readonly about: 'trace'; readonly line: string; readonly most: number };

export type FieldAnswer =
  | { readonly about: 'report'; readonly report: FieldReport }
  /** null: there is no such line. */
  | { readonly about: 'trace'; readonly trace: PackedTrace | null };

/** What the gateway tells the control process. */
export type FromGateway =
  | { readonly kind: 'attach' }
  /** Gives back the credit of every delta up to `seq`. */
  | { readonly kind: 'received'; readonly seq: number }
  /** Journal entries up to `seq` have come and are announced; the next may follow. */
  | { readonly kind: 'journalReceived'; readonly seq: number }
  /** Every journal entry up to `seq` is stored. */
  | { readonly kind: 'journalStored'; readonly seq: number }
  /** `sentAtMs` is on the computer's monotonic clock, which all processes share. */
  | { readonly kind: 'command'; readonly command: Command; readonly sentAtMs: number }
  | { readonly kind: 'ask'; readonly id: string; readonly question: FieldQuestion; readonly sentAtMs: number };

/** ms on the computer's monotonic clock: unlike `performance.now()` the same in every process. */
export function sharedClockMs(): number {
  return Number(process.hrtime.bigint() / 1_000_000n);
}

/** What the supervisor tells the gateway about the other side. */
export interface ControlGone {
  readonly kind: 'controlGone';
  readonly reason: string;
}

/** What the supervisor tells the control process about the other side. */
export interface GatewayGone {
  readonly kind: 'gatewayGone';
}

export type ToControl = Begin | Shutdown | GatewayGone | FromGateway;
export type ToGateway = Begin | Shutdown | ControlGone | FromControl;

/** `seq` grows over all starts of the control process and is never used twice. */
export type JournalEntry = ControlJournalEntry;
