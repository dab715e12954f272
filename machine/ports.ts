import type { AlarmEvent, AlarmOccurrence } from './alarms/alarm.ts';
import type { CommandAction, CommandOutcome, Origin, Principal } from './commands/command.ts';
import type { DecidedCommand } from './core.ts';
import type { MachineDeclaration } from './declaration.ts';
import type { DriveStatus } from './drive-status.ts';
import type { ModuleStatistics } from './field.ts';
import type { Sample, SignalUpdate } from './signal.ts';
import type { MachineStatus } from './status.ts';
import type { ZoneStatus } from './zone-status.ts';

/**
 * The machine as the gateway's adapters (OPC UA, REST, history) see it: the newest image and what changes in it.
 * When the control process is silent every sample in it has turned BadCommunicationError already.
 */
export interface MachineView {
  readonly declaration: MachineDeclaration;
  /** The newest sample of every declared signal; always complete. */
  readonly samples: ReadonlyMap<string, Sample>;
  readonly status: MachineStatus;
  /** Whether the control process is heard from. */
  readonly controlAlive: boolean;
  /** Standing occurrences, suppressed and shelved ones included. */
  readonly alarms: readonly AlarmOccurrence[];
  readonly modules: readonly ModuleStatistics[];
  /** How the zones are controlled, about a second old at most. */
  readonly zones: readonly ZoneStatus[];
  /** What is in force for the drives, no older. */
  readonly drives: readonly DriveStatus[];
  /** Calls back on every change, in order; returns how to stop that. A listener must not throw. */
  subscribe(listener: ViewListener): () => void;
}

export interface ViewListener {
  /** Signals that have a new value, quality or source time. */
  signals?(updates: readonly SignalUpdate[]): void;
  /** The status changed in something other than scan counters. */
  status?(status: MachineStatus): void;
  alarm?(event: AlarmEvent): void;
  /** The control process decided a command, whoever asked; once for each. */
  decided?(decided: DecidedCommand, atMs: number): void;
}

export interface CommandRequest {
  readonly action: CommandAction;
  readonly principal: Principal;
  readonly origin: Origin;
  readonly station?: string;
}

/** The one gate. Resolves when the next scan has decided and, for outputs, the module has read back; never rejects. */
export interface CommandGate {
  request(request: CommandRequest): Promise<CommandOutcome>;
}
