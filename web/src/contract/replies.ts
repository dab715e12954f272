/**
 * What the server's REST interface (`/api/v1`) answers, as far as this page reads it. Times are RFC 3339, UTC.
 * Fields with `?` are descriptions that a server may add; without them the page falls back to what the id says.
 */

/** Name of an OPC UA status code: `Good`, `BadSensorFailure`, … */
export type Quality = string;

/** `null`: no value was ever known. It never stands for a failed reading. */
export type Value = number | boolean | string | null;

export interface SampleReply {
  readonly id: string;
  readonly value: Value;
  readonly quality: Quality;
  /** When the reading was taken on the bus, or the setting was made. */
  readonly sourceTime: string | null;
  readonly simulated: boolean;
}

/** One entry of `GET /signals`. */
export interface SignalReply extends SampleReply {
  readonly unit?: string | null;
  readonly ageMs: number | null;
  readonly title?: string;
  readonly direction?: 'input' | 'output' | 'setting' | 'derived';
  readonly type?: string;
  /** Physical range, for settings the permitted one, in the signal's unit. */
  readonly span?: readonly [low: number, high: number] | null;
  /** Texts of an enumeration in order, or of a Boolean as [false, true]. */
  readonly states?: readonly string[] | null;
  readonly decimals?: number | null;
  /** The least role that may write it; null for what nobody writes. */
  readonly role?: Role | null;
  /** Older than this a reading no longer counts as current, in ms; absent: it never grows old (a setting). */
  readonly freshnessMs?: number | null;
  readonly limits?: readonly LimitReply[] | null;
}

/** A line on the bar beside a value: where the machine warns, trips or may not start, in the signal's unit. */
export interface LimitReply {
  readonly kind: 'trip' | 'alarm' | 'minimum';
  readonly side: 'above' | 'below';
  readonly value: number;
}

export type Role = 'observer' | 'operator' | 'engineer' | 'admin';

/** One thing that stands against a command. */
export interface Reason {
  readonly code: string;
  readonly text: string;
  readonly actual?: Value;
  readonly required?: Value;
  readonly unit?: string;
  readonly etaSeconds?: number;
}

export interface MachineReply {
  readonly state: string;
  readonly mode: string;
  readonly startPermitted: boolean;
  readonly blockers: readonly Reason[];
  readonly alarms: { readonly unacknowledged: number; readonly active: number; readonly highest: number | null };
  readonly heating: boolean;
  readonly recipe: string | null;
  readonly at: string;
  readonly title?: string;
  readonly site?: string;
  readonly simulated?: boolean;
  /** Whether the server hears from the control process; if not, all else is what was known last. */
  readonly controlAlive?: boolean;
}

export interface AlarmReply {
  readonly id: string;
  readonly occurrenceId: string;
  readonly priority: number;
  readonly text: string;
  readonly state: string;
  readonly active: boolean;
  readonly acknowledged: boolean;
  readonly latched: boolean;
  readonly trip: boolean;
  readonly firstOut: boolean;
  readonly suppressedBy: string | null;
  readonly shelvedUntil: string | null;
  readonly raisedAt: string;
  readonly clearedAt: string | null;
  readonly value: Value;
  readonly quality: Quality | null;
  /** Unit of `value`. */
  readonly unit?: string | null;
  readonly count: number;
  /** What happened and what to do, as one text. */
  readonly explanation: string;
  readonly consequence: string;
  readonly response: string;
}

export interface UserReply {
  readonly username: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
}

export interface SessionReply {
  readonly user: UserReply;
  readonly csrfToken: string;
}

export interface SnapshotEvent {
  readonly at: string;
  readonly machine: MachineReply;
  readonly signals: readonly SampleReply[];
  readonly alarms?: readonly AlarmReply[];
}

export interface DeltaEvent {
  readonly at: string;
  readonly signals: readonly SampleReply[];
}

export interface CommandReply {
  readonly accepted: true;
  readonly commandId: string;
  readonly state: string;
  /** Said to the operator, for example that nothing was running. */
  readonly note?: string;
}

/** `[ms since 1970, value or null, quality]` */
export type HistoryPointReply = readonly [atMs: number, value: Value, quality: Quality];

export interface HistoryReply {
  readonly series: readonly {
    readonly signal: string;
    readonly unit?: string | null;
    readonly points: readonly HistoryPointReply[];
  }[];
}

/** RFC 9457 problem details, as every error of the server comes. */
export interface ProblemReply {
  readonly title?: string;
  readonly detail?: string;
  readonly status?: number;
  readonly code?: string;
  readonly reasons?: readonly Reason[];
}
