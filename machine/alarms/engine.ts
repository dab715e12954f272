import type { AnnunciationDeclaration } from '../declaration.ts';
import type { Now } from '../signal.ts';
import type { Actor, AlarmDeclaration, AlarmEvent, AlarmOccurrence, AlarmPriority } from './alarm.ts';
import { AlarmPoint } from './alarm-point.ts';
import { isAnnounced, isLatchedTrip, restored, type StoredOccurrence } from './occurrence.ts';

const nothingHappened: readonly AlarmEvent[] = Object.freeze([]);

/** Why a comment was not taken. */
export type CommentRefusal = 'UNKNOWN_ALARM' | 'ALARM_NOT_STANDING' | 'OTHER_OCCURRENCE';

/** Why an acknowledgement was not taken. */
export type AcknowledgeRefusal = CommentRefusal | 'ALREADY_ACKNOWLEDGED';

export interface AlarmSummary {
  readonly unacknowledged: number;
  readonly active: number;
  readonly highest: AlarmPriority | null;
}

/**
 * The alarms of one owner, by ISA-18.2. Guards report conditions to their points; `settle` turns them into occurrences
 * and events. Causes must be declared before what follows from them.
 */
export class AlarmEngine {
  readonly #points = new Map<string, AlarmPoint>();
  readonly #chatterMs: number;
  /** In the order of declaration. */
  readonly #ordered: AlarmPoint[] = [];
  /** Points of alarms that nobody raises any more, until the first settle. */
  readonly #orphans: AlarmPoint[] = [];
  #events: AlarmEvent[] = [];
  #standing: readonly AlarmOccurrence[] | null = null;
  #summary: AlarmSummary | null = null;
  #tripLatched: boolean | null = null;
  #serial = 0;

  /** @param retained occurrences that stood when the process ended: they stand on, and are not announced anew */
  constructor(
    declarations: readonly AlarmDeclaration[],
    { chatterSeconds }: Pick<AnnunciationDeclaration, 'chatterSeconds'>,
    retained: readonly StoredOccurrence[] = [],
  ) {
    this.#chatterMs = chatterSeconds * 1_000;
    for (const declaration of declarations) this.#add(declaration);
    for (const stored of retained) {
      const occurrence = restored(stored);
      // an alarm that the configuration no longer knows must not vanish with its latched trip
      const point = this.#points.get(occurrence.id) ?? this.#orphan(occurrence);
      point.occurrence = occurrence;
    }
  }

  /** @throws RangeError when the alarm is not declared: the configuration check has a hole, nothing may start */
  point(alarm: string): AlarmPoint {
    const point = this.#points.get(alarm);
    if (point === undefined) throw new RangeError(`alarm ${alarm} is raised but not declared`);
    return point;
  }

  find(alarm: string): AlarmPoint | undefined {
    return this.#points.get(alarm);
  }

  settle(now: Now): void {
    if (this.#orphans.length > 0) {
      for (const orphan of this.#orphans.splice(0)) orphan.takeBack(now, null);
    }
    for (const point of this.#ordered) point.settle(now);
  }

  /** @returns null when it was acknowledged, else why not */
  acknowledge(
    alarm: string,
    occurrenceId: string | undefined,
    by: Actor & { readonly comment?: string | undefined },
    now: Now,
  ): AcknowledgeRefusal | null {
    const point = this.#points.get(alarm);
    if (point === undefined) return 'UNKNOWN_ALARM';
    const { occurrence } = point;
    // what was put aside before it rang has nothing to acknowledge
    if (occurrence === null || occurrence.count === 0) return 'ALARM_NOT_STANDING';
    if (occurrenceId !== undefined && occurrence.occurrenceId !== occurrenceId) return 'OTHER_OCCURRENCE';
    if (occurrence.acknowledged) return 'ALREADY_ACKNOWLEDGED';
    point.acknowledge(now, by, by.comment);
    return null;
  }

  /** @returns null when it was noted in the journal, else why not */
  comment(
    alarm: string,
    occurrenceId: string | undefined,
    by: Actor & { readonly comment: string },
    now: Now,
  ): CommentRefusal | null {
    const point = this.#points.get(alarm);
    if (point === undefined) return 'UNKNOWN_ALARM';
    if (point.occurrence === null) return 'ALARM_NOT_STANDING';
    if (occurrenceId !== undefined && point.occurrence.occurrenceId !== occurrenceId) return 'OTHER_OCCURRENCE';
    point.comment(now, by, by.comment);
    return null;
  }

  /**
   * Alarms that have tripped, or are about to, whose condition stands, or stood when it was last known: a clear has to wait
   * for them.
   */
  standingCauses(): readonly AlarmPoint[] {
    return this.#ordered.filter(({ stands, occurrence, declaration }) => {
      if (!stands || occurrence === null || occurrence.count === 0) return false;
      // a cause that only outlasts its condition by its off-delay explains no standing one any more
      if (occurrence.suppressedBy !== null && this.#points.get(occurrence.suppressedBy)?.stands === true) return false;
      return occurrence.latched || declaration.trip !== undefined;
    });
  }

  get anyLatched(): boolean {
    return this.standing().some((occurrence) => occurrence.latched);
  }

  /** Resets every latch whose condition is gone. */
  clear(now: Now, by: Actor): void {
    for (const point of this.#ordered) if (!point.stands) point.clear(now, by);
  }

  get tripLatched(): boolean {
    this.#tripLatched ??= this.#ordered.some(({ occurrence }) => isLatchedTrip(occurrence));
    return this.#tripLatched;
  }

  /** All that stands, suppressed and shelved occurrences included. The list is replaced, not changed. */
  standing(): readonly AlarmOccurrence[] {
    this.#standing ??= this.#ordered.flatMap(({ occurrence }) => occurrence ?? []);
    return this.#standing;
  }

  /** Of what operators are called to. Replaced, not changed. */
  summary(): AlarmSummary {
    this.#summary ??= summaryOf(this.standing());
    return this.#summary;
  }

  /** What happened since the last call, in order. */
  takeEvents(): readonly AlarmEvent[] {
    if (this.#events.length === 0) return nothingHappened;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #add(declaration: AlarmDeclaration): AlarmPoint {
    const point = new AlarmPoint(declaration, {
      chatterMs: this.#chatterMs,
      nextOccurrenceId: (alarm, now) => `${alarm}-${Math.floor(now.wallMs).toString(36)}-${++this.#serial}`,
      activeCause: (alarm) => this.#activeCause(alarm),
      isFirstTrip: () => !this.tripLatched,
      emit: (event) => this.#note(event),
    });
    this.#points.set(declaration.id, point);
    this.#ordered.push(point);
    return point;
  }

  #note(event: AlarmEvent): void {
    this.#events.push(event);
    this.#standing = null;
    this.#summary = null;
    this.#tripLatched = null;
  }

  /** Nobody raises it any more, so its condition is gone, and nobody needs it put aside. */
  #orphan(occurrence: AlarmOccurrence): AlarmPoint {
    const point = this.#add(declarationOf(occurrence));
    point.report(false, false);
    this.#orphans.push(point);
    return point;
  }

  #activeCause(alarm: string): string | null {
    const occurrence = this.#points.get(alarm)?.occurrence;
    if (occurrence?.active !== true) return null;
    return occurrence.suppressedBy ?? alarm;
  }
}

function summaryOf(standing: readonly AlarmOccurrence[]): AlarmSummary {
  let unacknowledged = 0;
  let active = 0;
  let highest: AlarmPriority | null = null;
  for (const occurrence of standing) {
    if (!isAnnounced(occurrence)) continue;
    if (!occurrence.acknowledged) unacknowledged++;
    if (occurrence.active) active++;
    if (highest === null || occurrence.priority < highest) highest = occurrence.priority;
  }
  return { unacknowledged, active, highest };
}

function declarationOf(occurrence: AlarmOccurrence): AlarmDeclaration {
  const { id, text, priority, consequence, response, latched } = occurrence;
  return { id, text, priority, consequence, response, latches: latched, onDelaySeconds: 0, offDelaySeconds: 0 };
}
