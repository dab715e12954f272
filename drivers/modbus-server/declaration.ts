import type { Role } from '../../machine/commands/role.ts';
import type { ReadArea, WordOrder } from '../declaration.ts';

/** What the configuration offers to Modbus TCP clients. Addresses are zero-based protocol addresses. */
export interface ModbusServerDeclaration {
  readonly host: string;
  readonly port: number;
  /** Unit ids that are served, all with the same registers. */
  readonly units: readonly number[];
  readonly maximumConnections: number;
  /** A connection over which nothing goes for this long is closed. */
  readonly idleSeconds: number;
  /** Addresses, or networks such as `10.1.2.0/24`, that clients are let in from. */
  readonly allowedAddresses: readonly string[];
  /** The name under which writes stand in the audit, and the rights that they have. */
  readonly account: string;
  readonly role: Role;
  readonly whenBad: WhenBad;
  readonly ageUnit: 's' | 'ms';
  /** A write that the machine has not decided within this time is answered with exception 5. */
  readonly answerWithinMs: number;
  readonly registers: readonly RegisterDeclaration[];
}

/**
 * What a value register reads while its signal is not Good: `exception` refuses the read, `sentinel` gives NaN or the
 * declared value, `last` the last known value, which only the quality word gives away.
 */
export type WhenBad = 'exception' | 'sentinel' | 'last';

export type RegisterDeclaration =
  ValueRegister | QualityRegister | AgeRegister | StatusRegister | CommandCoil | CommandBlock;

/** Where something stands. */
export interface Place {
  readonly area: ReadArea;
  readonly address: number;
}

/** How a value can stand in registers. */
export const servedTypes = ['int16', 'uint16', 'int32', 'uint32', 'float32'] as const;

export type ServedType = (typeof servedTypes)[number];

/** The value of one signal, in one or two registers or in one coil or discrete input. */
export interface ValueRegister extends Place {
  readonly kind: 'value';
  readonly signal: string;
  readonly type: ServedType | 'bit';
  readonly order: WordOrder;
  /** Engineering value = raw × scale + offset. */
  readonly scale: number;
  readonly offset: number;
  /** Raw value that stands for "not Good" under `sentinel`; a float32 without one reads NaN. */
  readonly badValue?: number | boolean;
  /** A write sets the signal. */
  readonly writable: boolean;
}

/** The quality of what `of` reads, as many times as `of` has words, so that both can be read in blocks of one shape. */
export interface QualityRegister extends Place {
  readonly kind: 'quality';
  readonly of: ValueRegister;
  readonly words: number;
}

/** The age of that value, in the server's `ageUnit`, at most 65535. */
export interface AgeRegister extends Place {
  readonly kind: 'age';
  readonly of: ValueRegister;
  readonly words: number;
}

export interface StatusRegister extends Place {
  readonly kind: 'status';
  readonly status: ServerStatus;
}

/**
 * `heartbeat` counts the seconds in which the control process is heard from, and stands still otherwise · `controlAlive` 1
 * or 0 · `activeAlarms`, `unacknowledgedAlarms` as every screen counts them.
 */
export const serverStatuses = ['heartbeat', 'controlAlive', 'activeAlarms', 'unacknowledgedAlarms'] as const;

export type ServerStatus = (typeof serverStatuses)[number];

/** A coil that gives the command when it is written on; it always reads off. */
export interface CommandCoil extends Place {
  readonly kind: 'command';
  readonly command: MachineCommand;
}

/** Four holding registers: command, sequence, sequence of the newest result, result. */
export interface CommandBlock extends Place {
  readonly kind: 'commandBlock';
  /** What it takes; others are refused. */
  readonly commands: readonly MachineCommand[];
}

export const commandBlockWords = 4;

/** Commands in the order of their numbers in a command block, from 1. Append only: clients count on them. */
export const machineCommands = ['start', 'stop', 'emergencyStop', 'clearAlarms', 'heatOn', 'heatOff'] as const;

export type MachineCommand = (typeof machineCommands)[number];
