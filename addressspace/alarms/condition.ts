import { randomBytes } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { NodeId, UAObject, Variant } from 'node-opcua';
import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import { eventIdOf } from '../event-id.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { ConditionEvent } from './condition-event.ts';
import { type FieldNode, showLive, tellMonitors } from './condition-node.ts';
import { type Face, faceAfter, faceAtRest, isRetained, restoredFace, states } from './face.ts';
import type { Ground } from './fields.ts';

/** Of an event that nothing in the journal stands for. */
const eventIdBytes = 16;

/** Events whose id is remembered for each condition: more than a client has unanswered. */
const mostEventIds = 64;

export interface ConditionParts {
  readonly node: UAObject;
  readonly fieldNodes: readonly FieldNode[];
  readonly declaration: Face['declaration'];
  readonly ground: Ground;
  /** Objects that tell of its events, the Server first. */
  readonly notifiers: readonly UAObject[];
  readonly log: AddressSpaceLog;
}

/** One alarm as a condition of OPC 10000-9: what it shows, and the events that it has told. It decides nothing. */
export class Condition {
  readonly node: UAObject;
  readonly #parts: ConditionParts;
  readonly #ids: ReadonlyMap<string, NodeId>;
  /** By the ids of the variables. */
  #values: ReadonlyMap<string, Variant> = new Map();
  #face: Face;
  /** EventIds in hexadecimal → the occurrence that they told of. */
  readonly #told = new Map<string, string>();
  #lastOccurrenceId: string | null = null;

  constructor(parts: ConditionParts) {
    this.node = parts.node;
    this.#parts = parts;
    this.#face = faceAtRest(parts.declaration);
    this.#ids = new Map(parts.fieldNodes.map(({ path, variable }) => [path, variable.nodeId]));
    for (const { field, variable, key } of parts.fieldNodes) {
      showLive(
        variable,
        () => this.#values.get(key) ?? field.value(this.#face, parts.ground, Date.now()),
        () => (field.isLive === true ? null : this.#face.atMs),
      );
    }
    this.#show(this.#face);
  }

  get id(): string {
    return this.#parts.declaration.id;
  }

  get occurrence(): AlarmOccurrence | null {
    return this.#face.occurrence;
  }

  get isRetained(): boolean {
    return isRetained(this.#face);
  }

  get isDisabled(): boolean {
    return !states.EnabledState(this.#face);
  }

  /** The occurrence that an event told of; null: this condition told no such event, or it counts no longer. */
  occurrenceOf(eventId: Buffer | null): string | null {
    return (eventId && this.#told.get(eventId.toString('hex'))) ?? null;
  }

  /** Whether it is this occurrence that was over last. */
  isOver(occurrenceId: string): boolean {
    return this.#face.occurrence === null && this.#lastOccurrenceId === occurrenceId;
  }

  /** Takes over what stands, without an event. @returns whether that is anything else than was shown */
  restore(occurrence: AlarmOccurrence | null): boolean {
    if (sameMarks(occurrence, this.#face.occurrence)) return false;
    const eventId = randomBytes(eventIdBytes);
    this.#show(restoredFace(this.#face, occurrence, eventId, Date.now()));
    this.#remember(eventId, occurrence);
    return true;
  }

  /** Shows what happened and tells it once. While it is disabled, as before and after, nothing is told. */
  take(event: AlarmEvent): void {
    const wasDisabled = this.isDisabled;
    const eventId = eventIdOf(event);
    const { occurrence } = event;
    // who has not heard that it stopped the machine has not seen what he would acknowledge
    if (event.transition === 'tripped') this.#told.clear();
    this.#remember(eventId, occurrence);
    this.#show(faceAfter(this.#face, event, eventId, Date.now()));
    if (!wasDisabled || !this.isDisabled) this.tell();
    if (occurrence.state === 'normal') this.#show({ ...this.#face, occurrence: null });
  }

  /** Tells what it shows: anew to who asked for a refresh, or for the first time. */
  tell(): void {
    const { notifiers, log, fieldNodes, ground } = this.#parts;
    const values = new Map(this.#values);
    for (const { field, key } of fieldNodes) {
      if (field.isLive === true) values.set(key, field.value(this.#face, ground, Date.now()));
    }
    const event = new ConditionEvent(this.node, this.#ids, values);
    for (const notifier of notifiers) {
      for (const listener of (notifier as unknown as EventEmitter).listeners('event')) {
        try {
          listener.call(notifier, event);
        } catch (cause) {
          log.error({ alarm: this.id, cause: String(cause) }, 'a monitored item failed to take an alarm event');
        }
      }
    }
  }

  #remember(eventId: Buffer, occurrence: AlarmOccurrence | null): void {
    if (occurrence === null) return;
    this.#lastOccurrenceId = occurrence.occurrenceId;
    this.#told.set(eventId.toString('hex'), occurrence.occurrenceId);
    for (const oldest of this.#told.keys()) {
      if (this.#told.size <= mostEventIds) break;
      this.#told.delete(oldest);
    }
  }

  #show(face: Face): void {
    const { fieldNodes, ground, log } = this.#parts;
    const before = this.#values;
    this.#face = face;
    const values = new Map<string, Variant>();
    for (const { field, key } of fieldNodes) {
      if (field.isLive !== true) values.set(key, field.value(face, ground, Date.now()));
    }
    this.#values = values;
    for (const { variable, key } of fieldNodes) {
      if (isSame(before.get(key), values.get(key))) continue;
      tellMonitors(variable, (cause) =>
        log.error({ alarm: this.id, cause: String(cause) }, 'a monitored item failed to take an alarm’s state'),
      );
    }
  }
}

function isSame(one: Variant | undefined, other: Variant | undefined): boolean {
  return one !== undefined && other !== undefined && String(one.value) === String(other.value);
}

/** Whether both are the same occurrence in the same state. */
function sameMarks(one: AlarmOccurrence | null, other: AlarmOccurrence | null): boolean {
  if (one === null || other === null) return one === other;
  return (
    one.occurrenceId === other.occurrenceId &&
    one.state === other.state &&
    one.active === other.active &&
    one.acknowledged === other.acknowledged &&
    one.latched === other.latched &&
    one.firstOut === other.firstOut &&
    one.suppressedBy === other.suppressedBy &&
    one.shelf?.atMs === other.shelf?.atMs &&
    one.count === other.count
  );
}
