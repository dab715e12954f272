import type { AlarmEvent } from '../../machine/alarms/alarm.ts';
import type { MachineState } from '../../machine/control/state.ts';
import type { CompletedCycle, DecidedCommand } from '../../machine/core.ts';
import type { Page } from './page.ts';

export interface AlarmJournalRecord extends AlarmEvent {
  /** Number in the journal, in the order of storing. */
  readonly entry: number;
}

export interface AlarmJournalQuery {
  readonly fromMs?: number;
  readonly toMs?: number;
  /** Alarm id. */
  readonly alarm?: string;
  readonly cursor?: string;
  readonly limit: number;
}

/** Every state change of every alarm. Nothing edits it. */
export interface AlarmJournal {
  /** For alarms that the gateway raises itself; those of the machine come in through the control journal. */
  append(event: AlarmEvent): Promise<void>;
  list(query: AlarmJournalQuery): Promise<Page<AlarmJournalRecord>>;
  /** Time of the earliest entry; null: there is none yet. Before it nobody kept what happened. */
  beginMs(): Promise<number | null>;
}

/** What the control process has noted and hands over: delivered at least once, kept once. */
export type ControlJournalEntry = { readonly seq: number; readonly atMs: number } & (
  | { readonly kind: 'alarm'; readonly event: AlarmEvent }
  | { readonly kind: 'state'; readonly from: MachineState; readonly to: MachineState }
  | { readonly kind: 'command'; readonly decided: DecidedCommand }
  | { readonly kind: 'cycle'; readonly cycle: CompletedCycle }
);

export interface ControlJournal {
  /**
   * Stores alarms, state changes, commands (into the audit) and cycles in one transaction: once it resolves, they are on
   * disk. An entry that was stored before, by its number and time, is left out.
   */
  store(entries: readonly ControlJournalEntry[]): Promise<{ readonly stored: number; readonly replayed: number }>;
}

/** The machine's counters as last told: a mirror of what the control process keeps. */
export interface Counters {
  set(values: Readonly<Record<string, number>>, atMs: number): Promise<void>;
  all(): Promise<ReadonlyMap<string, { readonly value: number; readonly atMs: number }>>;
}
