import type { Quality } from '../quality.ts';
import type { SignalValue } from '../signal.ts';

/** 1 critical, 2 high, 3 medium, 4 low. */
export type AlarmPriority = 1 | 2 | 3 | 4;

/** One alarm of the rationalisation record: what it means and what to do, before it ever rings (ISA-18.2). */
export interface AlarmDeclaration {
  readonly id: string;
  readonly text: string;
  readonly priority: AlarmPriority;
  /**
   * Whether it stops the machine, and how long after the condition began, in s; 0 at once. It rules alarms with a limit;
   * a guard decides by its own numbers, and this says so to the reader.
   */
  readonly trip?: { readonly afterSeconds: number };
  /** Stays until it is cleared by command, although its condition is gone. Every trip latches. */
  readonly latches: boolean;
  readonly onDelaySeconds: number;
  readonly offDelaySeconds: number;
  /**
   * For alarms on one signal: the limits, in its unit; at the limit counts as beyond it. Alarms without it are raised by the guard that bears their name.
   */
  readonly limit?: {
    readonly signal: string;
    readonly above?: number;
    readonly below?: number;
    readonly deadband: number;
  };
  readonly consequence: string;
  readonly response: string;
}

/** States of ISA-18.2 for one occurrence. */
export type AlarmState =
  | 'normal'
  | 'unacknowledged'
  | 'acknowledged'
  | 'returned-unacknowledged'
  | 'latched'
  | 'shelved'
  | 'suppressed'
  | 'out-of-service';

/**
 * Why nobody is called to an alarm although it may stand: an operator has put it aside for a while, or an engineer has
 * taken it out of service until it is put back by hand. Interlocks act all the same.
 */
export interface Shelf {
  readonly kind: 'shelved' | 'out-of-service';
  readonly by: string;
  readonly atMs: number;
  /** Comes back by itself then, ms since 1970; null: not by itself. */
  readonly untilMs: number | null;
  /** Comes back as soon as its condition is gone, and by `untilMs` at the latest. */
  readonly once?: true;
  readonly reason: string;
}

/** Who did something to an alarm, and from where. */
export interface Actor {
  readonly name: string;
  /** The address or device that the request came from. */
  readonly station?: string | undefined;
}

/**
 * One occurrence of an alarm as clients see it. A re-trip is a new occurrence with its own id. An alarm that was put aside
 * without ringing is listed as well, with a count of 0, so that nothing is put aside silently.
 */
export interface AlarmOccurrence {
  readonly id: string;
  readonly occurrenceId: string;
  readonly priority: AlarmPriority;
  readonly text: string;
  readonly state: AlarmState;
  /** The condition stands now. */
  readonly active: boolean;
  readonly acknowledged: boolean;
  /** Held until cleared by command. */
  readonly latched: boolean;
  /** It stopped the machine. */
  readonly trip: boolean;
  /** The first trip of the present stop: the cause, where others follow. */
  readonly firstOut: boolean;
  /** The alarm that explains this one, when suppressed by design. */
  readonly suppressedBy: string | null;
  readonly shelf: Shelf | null;
  /** When it rang first, or was put aside before it ever did; ms since 1970. */
  readonly raisedAtMs: number;
  readonly clearedAtMs: number | null;
  /** What the condition read when it rang last, and with what quality. */
  readonly value: SignalValue;
  readonly quality: Quality | null;
  /** What happened, as a sentence for the operator: the thing, the number, the limit and the way out. */
  readonly explanation: string;
  /** Raised this often within the occurrence (chatter is folded). */
  readonly count: number;
  readonly consequence: string;
  readonly response: string;
}

export const alarmTransitions = [
  'raised',
  'returned',
  'acknowledged',
  'cleared',
  'suppressed',
  'tripped',
  'superseded',
  'shelved',
  'unshelved',
  'out-of-service',
  'in-service',
  'commented',
] as const;

export type AlarmTransition = (typeof alarmTransitions)[number];

/**
 * One line of the alarm journal. The occurrence is as it stands after the transition; once its state is `normal` it is
 * over and no longer listed. `raised`: it rings, anew or because what suppressed it is gone; so does an alarm whose shelf
 * ends (`unshelved`, `in-service`) while it stands. `cleared`: its latch was reset by command, or it went away while
 * suppressed. `superseded`: it was over but listed still (unacknowledged, or put aside) when the same alarm rang anew, as an
 * occurrence of its own. `commented`: somebody has said something about it; nothing else changed.
 */
export interface AlarmEvent {
  readonly atMs: number;
  readonly transition: AlarmTransition;
  readonly occurrence: AlarmOccurrence;
  /** Null: nobody did it, it came about. */
  readonly actor: string | null;
  /** The address or device that the actor asked from. */
  readonly station?: string;
  /** What the actor said: with an acknowledgement, or by itself, a comment, with a shelf the reason. */
  readonly comment?: string;
}
