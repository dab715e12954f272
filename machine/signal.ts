import type { Quality } from './quality.ts';
import type { Role } from './commands/role.ts';

/** `null` means "no value was ever known"; it never stands for a failed reading, whose quality says so. */
export type SignalValue = number | boolean | string | null;

/** A value as it travels from the register to the pixel. */
export interface Sample {
  readonly value: SignalValue;
  readonly quality: Quality;
  /** When the reading was taken on the bus (or the setting was made), ms since 1970, UTC. */
  readonly sourceTimeMs: number;
}

export interface SignalUpdate extends Sample {
  readonly signal: string;
}

/** The two clocks of a scan: durations come from the monotonic one, time stamps from the wall. */
export interface Now {
  readonly monotonicMs: number;
  /** ms since 1970, UTC; may jump. */
  readonly wallMs: number;
}

/**
 * What a signal is: `input` is measured, `output` is commanded by the core and shows what the module reads back,
 * `setting` is asked for by people and kept, `derived` is computed by the core.
 */
export type Direction = 'input' | 'output' | 'setting' | 'derived';

export type SignalType = 'Double' | 'Boolean' | 'UInt16' | 'UInt32' | 'Enumeration' | 'String';

/** One declared quantity: polling, OPC UA node, REST, history and trend follow from it. */
export interface SignalDeclaration {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly direction: Direction;
  readonly type: SignalType;
  /** Display unit, for example °C; none for counts, Booleans and texts. */
  readonly unit?: string;
  /** Physical range in the signal's unit: an input outside it has failed, a setting outside it is refused. */
  readonly span?: readonly [low: number, high: number];
  /** Texts of an Enumeration in order (its value is the number of its text, from 0), or of a Boolean as [false, true]. */
  readonly states?: readonly string[];
  /** Where it is read from or written to. */
  readonly source?: { readonly module: string; readonly channel: string };
  /** Set on the single reading behind an averaged input: the id of the averaged signal. */
  readonly rawOf?: string;
  /** Moving average over this window, in s; the single readings are the signal `<id>.raw`. */
  readonly averageSeconds?: number;
  /** Points (measured, true), at least two, for a linear fit applied to single readings; none: as read. */
  readonly calibration?: readonly (readonly [measured: number, actual: number])[];
  /** A disabled channel is not polled and reads BadOutOfService. */
  readonly enabled: boolean;
  /** Expected poll period in ms, for inputs and read-back outputs; from the module unless declared. */
  readonly pollPeriodMs?: number;
  /** For settings: who may change it and its value before anybody did. */
  readonly setting?: { readonly role: Role; readonly initial: SignalValue };
  /** Outputs that an engineer may write in MANUAL. */
  readonly manual?: boolean;
  /** Digits after the point on displays. */
  readonly decimals?: number;
  /** Recorded in history; what is not recorded is live only. */
  readonly history?: HistoryDeclaration;
  /** The value comes from a simulated module: no display may pass it for a measurement. */
  readonly simulated: boolean;
}

/** When a sample is worth a point in history; a change of quality always is. */
export interface HistoryDeclaration {
  /** Smallest change worth recording, in the signal's unit. */
  readonly deadband: number;
  /** A point at least this often, even unchanged, in s. */
  readonly atLeastEverySeconds: number;
}
