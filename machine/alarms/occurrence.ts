import type { Quality } from '../quality.ts';
import type { SignalValue } from '../signal.ts';
import type { AlarmDeclaration, AlarmOccurrence, AlarmState, Shelf } from './alarm.ts';

/** What an occurrence is made from when its alarm rings. */
export interface Ringing {
  readonly occurrenceId: string;
  readonly atMs: number;
  readonly value: SignalValue;
  readonly quality: Quality | null;
  /** The alarm that explains this one. */
  readonly suppressedBy: string | null;
  readonly explanation: string;
  readonly shelf: Shelf | null;
}

export function raisedOccurrence(declaration: AlarmDeclaration, ringing: Ringing): AlarmOccurrence {
  return settled({
    id: declaration.id,
    occurrenceId: ringing.occurrenceId,
    priority: declaration.priority,
    text: declaration.text,
    state: 'unacknowledged',
    active: true,
    acknowledged: false,
    // an alarm that stops the machine latches when it does, not when it rings
    latched: declaration.latches && declaration.trip === undefined,
    trip: false,
    firstOut: false,
    suppressedBy: ringing.suppressedBy,
    shelf: ringing.shelf,
    raisedAtMs: ringing.atMs,
    clearedAtMs: null,
    value: ringing.value,
    quality: ringing.quality,
    explanation: ringing.explanation,
    count: 1,
    consequence: declaration.consequence,
    response: declaration.response,
  });
}

/** The occurrence with the state that follows from its other marks. */
export function settled(occurrence: AlarmOccurrence): AlarmOccurrence {
  const state = stateOf(occurrence);
  return state === occurrence.state ? occurrence : { ...occurrence, state };
}

function stateOf(occurrence: AlarmOccurrence): AlarmState {
  if (occurrence.suppressedBy !== null) return 'suppressed';
  if (occurrence.shelf !== null) return occurrence.shelf.kind;
  if (occurrence.active) return occurrence.acknowledged ? 'acknowledged' : 'unacknowledged';
  if (!occurrence.acknowledged) return 'returned-unacknowledged';
  return occurrence.latched ? 'latched' : 'normal';
}

/** Suppressed and shelved occurrences stand, but nobody is called to them. */
export function isAnnounced(occurrence: AlarmOccurrence): boolean {
  return occurrence.suppressedBy === null && occurrence.shelf === null;
}
