import type { AlarmDeclaration, AlarmEvent, AlarmOccurrence, AlarmPriority } from '../../machine/alarms/alarm.ts';

/** What a condition shows: an alarm, its occurrence if one is listed, and the last that happened to it. */
export interface Face {
  readonly declaration: AlarmDeclaration;
  /** null: the alarm is at rest. */
  readonly occurrence: AlarmOccurrence | null;
  /** Identifies the last event, and what it told; null: none is known. */
  readonly eventId: Buffer | null;
  /** When that happened, by the machine's own time; null: nothing has happened that is known. */
  readonly atMs: number | null;
  readonly receivedAtMs: number | null;
  readonly comment: Comment | null;
  /** Who did the last that somebody did to this occurrence. */
  readonly actor: string | null;
  /** When a state last changed, by the name of its variable. */
  readonly since: ReadonlyMap<string, number>;
}

export interface Comment {
  readonly text: string;
  readonly atMs: number;
}

const severities: Readonly<Record<AlarmPriority, number>> = { 1: 900, 2: 700, 3: 500, 4: 300 };

export function severityOf({ declaration }: Face): number {
  return severities[declaration.priority];
}

/** The states of OPC 10000-9 that follow from an occurrence. */
export const states = {
  /** An alarm out of service reports nothing: that is what OPC 10000-9, 5.5.2 calls disabled. */
  EnabledState: ({ occurrence }) => occurrence?.shelf?.kind !== 'out-of-service',
  ActiveState: ({ occurrence }) => occurrence?.active ?? false,
  AckedState: ({ occurrence }) => occurrence?.acknowledged ?? true,
  /** Nothing waits for a confirmation: the machine asks for none. */
  ConfirmedState: () => true,
  SuppressedState: ({ occurrence }) => (occurrence?.suppressedBy ?? null) !== null,
  OutOfServiceState: ({ occurrence }) => occurrence?.shelf?.kind === 'out-of-service',
  LatchedState: ({ occurrence }) => occurrence?.latched ?? false,
} as const satisfies Record<string, (face: Face) => boolean>;

export type ShelvingState = 'Unshelved' | 'TimedShelved' | 'OneShotShelved';

export function shelvingOf({ occurrence }: Face): ShelvingState {
  if (occurrence?.shelf?.kind !== 'shelved') return 'Unshelved';
  return occurrence.shelf.once === true ? 'OneShotShelved' : 'TimedShelved';
}

/** How long its shelf lasts still, in ms; 0: it is not shelved. */
export function unshelvesInMs(face: Face, nowMs: number): number {
  const untilMs = shelvingOf(face) === 'Unshelved' ? null : (face.occurrence?.shelf?.untilMs ?? null);
  return untilMs === null ? 0 : Math.max(0, untilMs - nowMs);
}

export function isSuppressedOrShelved(face: Face): boolean {
  return states.SuppressedState(face) || states.OutOfServiceState(face) || shelvingOf(face) !== 'Unshelved';
}

/** Whether a client that comes later is to hear of it: all that is listed, but for what is out of service. */
export function isRetained(face: Face): boolean {
  return face.occurrence !== null && face.occurrence.state !== 'normal' && states.EnabledState(face);
}

/** What happened, or at rest what the alarm is about. */
export function messageOf({ declaration, occurrence }: Face): string {
  return occurrence?.explanation ?? declaration.text;
}

/** An alarm of which nothing more is known than what stands. */
export function faceAtRest(declaration: AlarmDeclaration): Face {
  const unknown = { eventId: null, atMs: null, receivedAtMs: null, comment: null, actor: null };
  return { declaration, occurrence: null, ...unknown, since: new Map() };
}

/** Takes over what stands, without anything having happened: at the start, or when events are known to be missing. */
export function restoredFace(face: Face, occurrence: AlarmOccurrence | null, eventId: Buffer, nowMs: number): Face {
  const { declaration } = face;
  if (occurrence === null) return { ...face, occurrence, eventId, receivedAtMs: nowMs };
  const { shelf, active, raisedAtMs, clearedAtMs } = occurrence;
  const activeSinceMs = active ? raisedAtMs : (clearedAtMs ?? raisedAtMs);
  return {
    declaration,
    occurrence,
    eventId,
    atMs: Math.max(raisedAtMs, clearedAtMs ?? 0, shelf?.atMs ?? 0),
    receivedAtMs: nowMs,
    comment: shelf && { text: shelf.reason, atMs: shelf.atMs },
    actor: shelf?.by ?? null,
    since: new Map([['ActiveState', activeSinceMs]]),
  };
}

/** The face after an event. An occurrence that is over is shown by its event still, and not after it. */
export function faceAfter(face: Face, event: AlarmEvent, eventId: Buffer, nowMs: number): Face {
  const { occurrence, atMs, actor, comment } = event;
  const isSame = occurrence.occurrenceId === face.occurrence?.occurrenceId;
  const next: Face = {
    declaration: face.declaration,
    occurrence,
    eventId,
    atMs,
    receivedAtMs: nowMs,
    comment: comment === undefined ? (isSame ? face.comment : null) : { text: comment, atMs },
    actor: actor ?? (isSame ? face.actor : null),
    since: face.since,
  };
  const changed = Object.entries(states).filter(([, is]) => is(face) !== is(next));
  return { ...next, since: new Map([...face.since, ...changed.map(([name]) => [name, atMs] as const)]) };
}
