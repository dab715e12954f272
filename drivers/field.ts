import type { FieldReport } from '../operations/ports/field-report.ts';
import type { PackedTrace } from './monitor/wire-trace.ts';
import type { FieldReading, ModuleStatistics, ModuleStatus, OutputImage } from '../machine/field.ts';

/** All modules of one machine, polled at their own pace. Nothing here waits for a bus. */
export interface Field {
  /** Starts connecting and polling; connections that fail are tried again for ever, with back-off. */
  open(): void;
  /** Calls back with the readings of one reply, as it arrives. */
  onReadings(listener: (readings: readonly FieldReading[]) => void): void;
  /** The outputs wanted from now on; what changed is written before the next read, then read back. Never blocks. */
  command(outputs: OutputImage): void;
  modules(): readonly ModuleStatus[];
  statistics(): readonly ModuleStatistics[];
  /** Lines, plans and standings, for whoever looks for a fault. */
  report(): FieldReport;
  /** The newest records of what went over a line; null: there is no such line. */
  trace(line: string, most: number): PackedTrace | null;
  /** Writes `safe` to every module that answers, within `deadlineMs` overall, then closes the lines. */
  close(safe: OutputImage, deadlineMs: number): Promise<void>;
}

export interface FieldClock {
  /** ms, never jumps. */
  monotonicMs(): number;
  /** ms since 1970, UTC. */
  wallMs(): number;
}

/** The few words a driver says; rate-limited by the driver itself. */
export interface FieldLog {
  info(context: object, message: string): void;
  warn(context: object, message: string): void;
}
