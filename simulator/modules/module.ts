import type { ModbusSlave } from '../../drivers/slave/modbus-slave.ts';
import type { RegisterArea, RegisterMap } from './registers.ts';
import type { Watchdog } from './watchdog.ts';

/** What every simulated I/O module has; each kind adds its terminals towards the plant. */
export interface ModuleBase {
  readonly registers: RegisterMap;
  readonly slave: ModbusSlave;
  /** null: this kind has none. */
  readonly watchdog: Watchdog | null;
  /** Supply off and on: everything is as after power-up, the watchdog too. */
  restart(): void;
}

/** What the machine's declaration calls a channel, and the registers that it occupies. */
export type ChannelTable = ReadonlyMap<string, Channel>;

export interface Channel {
  readonly area: RegisterArea;
  readonly addresses: readonly number[];
  /** Number of the terminal among those of its sort: thermocouple, digital input, digital output, heater output. */
  readonly terminal: number;
  readonly sort: ChannelSort;
}

export type ChannelSort = 'temperature' | 'contact' | 'relay' | 'duty' | 'measurement' | 'command';
