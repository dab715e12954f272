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
    ...quietOccurrence(declaration, ringing),
    active: true,
    acknowledged: false,
    // an alarm that stops the machine latches when it does, not when it rings
    latched: latchesWhenRaised(declaration),
    count: 1,
  });
}

/** What stands in the list for an alarm that was put aside before it rang. */
export function putAside(
  declaration: AlarmDeclaration,
  { occurrenceId, atMs, shelf }: Pick<Ringing, 'occurrenceId' | 'atMs'> & { readonly shelf: Shelf },
): AlarmOccurrence {
  const explanation = `${declaration.text}: it has not rung since it was put aside.`;
  const ringing = { occurrenceId, atMs, shelf, explanation, value: null, quality: null, suppressedBy: null };
  return settled(quietOccurrence(declaration, ringing));
}

function quietOccurrence(declaration: AlarmDeclaration, ringing: Ringing): AlarmOccurrence {
  return {
    id: declaration.id,
    occurrenceId: ringing.occurrenceId,
    priority: declaration.priority,
    text: declaration.text,
    state: 'normal',
    active: false,
    acknowledged: true,
    latched: false,
    trip: false,
    firstOut: false,
    suppressedBy: ringing.suppressedBy,
    shelf: ringing.shelf,
    raisedAtMs: ringing.atMs,
    clearedAtMs: null,
    value: ringing.value,
    quality: ringing.quality,
    explanation: ringing.explanation,
    count: 0,
    consequence: declaration.consequence,
    response: declaration.response,
  };
}

export function latchesWhenRaised({ latches, trip }: AlarmDeclaration): boolean {
  return latches && trip === undefined;
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

/** It holds the machine in ALARM until it is cleared. */
export function isLatchedTrip(occurrence: AlarmOccurrence | null): boolean {
  return occurrence !== null && occurrence.trip && occurrence.latched;
}

type Younger = 'shelf' | 'explanation';

/** An occurrence as it was written to a disk, perhaps by a server that knew neither shelves nor explanations. */
export type StoredOccurrence = Omit<AlarmOccurrence, Younger> & Partial<Pick<AlarmOccurrence, Younger>>;

export function restored(stored: StoredOccurrence): AlarmOccurrence {
  return {
    ...stored,
    shelf: stored.shelf ?? null,
    explanation: stored.explanation ?? `${stored.text}. ${stored.response}`,
  };
}
