import type { Now } from '../signal.ts';
import type { AlarmDeclaration, AlarmEvent, AlarmOccurrence, AlarmPriority } from './alarm.ts';
import { AlarmPoint } from './alarm-point.ts';
import { isAnnounced } from './occurrence.ts';

/** Why an acknowledgement was not taken. */
export type AcknowledgeRefusal = 'UNKNOWN_ALARM' | 'ALARM_NOT_STANDING' | 'OTHER_OCCURRENCE' | 'ALREADY_ACKNOWLEDGED';

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
  #events: AlarmEvent[] = [];
  #standing: readonly AlarmOccurrence[] | null = null;
  #serial = 0;

  /** @param retained occurrences that stood when the process ended: they stand on, and are not announced anew */
  constructor(declarations: readonly AlarmDeclaration[], retained: readonly AlarmOccurrence[] = []) {
    for (const declaration of declarations) this.#add(declaration);
    for (const occurrence of retained) {
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

  settle(now: Now): void {
    for (const point of this.#points.values()) point.settle(now);
  }

  /** @returns null when it was acknowledged, else why not */
  acknowledge(
    alarm: string,
    occurrenceId: string | undefined,
    by: { readonly actor: string; readonly comment?: string | undefined },
    now: Now,
  ): AcknowledgeRefusal | null {
    const point = this.#points.get(alarm);
    if (point === undefined) return 'UNKNOWN_ALARM';
    const { occurrence } = point;
    if (occurrence === null) return 'ALARM_NOT_STANDING';
    if (occurrenceId !== undefined && occurrence.occurrenceId !== occurrenceId) return 'OTHER_OCCURRENCE';
    if (occurrence.acknowledged) return 'ALREADY_ACKNOWLEDGED';
    point.acknowledge(now, by.actor, by.comment);
    return null;
  }

  /**
   * Alarms that have tripped, or are about to, whose condition stands, or stood when it was last known: a clear has to wait
   * for them.
   */
  standingCauses(): readonly AlarmPoint[] {
    return [...this.#points.values()].filter(
      ({ stands, occurrence, declaration }) =>
        stands && occurrence?.suppressedBy === null && (occurrence.latched || declaration.trip !== undefined),
    );
  }

  get anyLatched(): boolean {
    return this.standing().some((occurrence) => occurrence.latched);
  }

  /** Resets every latch whose condition is gone. */
  clear(now: Now, actor: string): void {
    for (const point of this.#latched()) if (!point.stands) point.clear(now, actor);
  }

  get tripLatched(): boolean {
    return this.standing().some(isLatchedTrip);
  }

  /** All that stands, suppressed and shelved occurrences included. The list is replaced, not changed. */
  standing(): readonly AlarmOccurrence[] {
    this.#standing ??= [...this.#points.values()].flatMap(({ occurrence }) => occurrence ?? []);
    return this.#standing;
  }

  summary(): AlarmSummary {
    let unacknowledged = 0;
    let active = 0;
    let highest: AlarmPriority | null = null;
    for (const occurrence of this.standing()) {
      if (!isAnnounced(occurrence)) continue;
      if (!occurrence.acknowledged) unacknowledged++;
      if (occurrence.active) active++;
      if (highest === null || occurrence.priority < highest) highest = occurrence.priority;
    }
    return { unacknowledged, active, highest };
  }

  /** What happened since the last call, in order. */
  takeEvents(): readonly AlarmEvent[] {
    if (this.#events.length === 0) return [];
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #latched(): readonly AlarmPoint[] {
    return [...this.#points.values()].filter((point) => point.occurrence?.latched === true);
  }

  #add(declaration: AlarmDeclaration): AlarmPoint {
    const point = new AlarmPoint(declaration, {
      nextOccurrenceId: (alarm, now) => `${alarm}-${Math.floor(now.wallMs).toString(36)}-${++this.#serial}`,
      activeCause: (alarm) => this.#activeCause(alarm),
      isFirstTrip: () => !this.tripLatched,
      emit: (event) => {
        this.#events.push(event);
        this.#standing = null;
      },
    });
    this.#points.set(declaration.id, point);
    return point;
  }

  /** Nobody raises it any more, so its condition is gone. */
  #orphan(occurrence: AlarmOccurrence): AlarmPoint {
    const point = this.#add(declarationOf(occurrence));
    point.report(false, false);
    return point;
  }

  #activeCause(alarm: string): string | null {
    const occurrence = this.#points.get(alarm)?.occurrence;
    if (occurrence?.active !== true) return null;
    return occurrence.suppressedBy ?? alarm;
  }
}

function isLatchedTrip(occurrence: AlarmOccurrence): boolean {
  return occurrence.trip && occurrence.latched;
}

function declarationOf(occurrence: AlarmOccurrence): AlarmDeclaration {
  const { id, text, priority, consequence, response, latched } = occurrence;
  return { id, text, priority, consequence, response, latches: latched, onDelaySeconds: 0, offDelaySeconds: 0 };
}
