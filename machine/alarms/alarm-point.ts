import type { Quality } from '../quality.ts';
import type { Now, SignalValue } from '../signal.ts';
import type { Actor, AlarmDeclaration, AlarmEvent, AlarmOccurrence, AlarmTransition, Shelf } from './alarm.ts';
import { isAnnounced, isLatchedTrip, latchesWhenRaised, putAside, raisedOccurrence, settled } from './occurrence.ts';
import { ShelfClock } from './shelf-clock.ts';

/** What one alarm needs from the list that it stands in. */
export interface AlarmContext {
  /** What rings again within this time is the same occurrence. */
  readonly chatterMs: number;
  nextOccurrenceId(alarm: string, now: Now): string;
  /** The cause at the root of `alarm`, if that alarm is active: a module that is lost with its line gives the line. */
  activeCause(alarm: string): string | null;
  /** No trip is latched at present, so the next one is the first of its stop. */
  isFirstTrip(): boolean;
  emit(event: AlarmEvent): void;
}

/** For how long an alarm is put aside, and why; `minutes` null: until it is put back by hand. */
export interface Aside {
  readonly kind: Shelf['kind'];
  readonly minutes: number | null;
  /** Only until its condition is gone, if that is before. */
  readonly once?: boolean;
  readonly reason: string;
}

/** One declared alarm: its condition as last reported, its delays, and its occurrence if one stands. */
export class AlarmPoint {
  readonly declaration: AlarmDeclaration;
  readonly #context: AlarmContext;
  readonly #shelfClock = new ShelfClock();
  occurrence: AlarmOccurrence | null = null;
  /** Says what the condition reads and where its limit lies, as a sentence; the way out follows from the declaration. */
  explain: () => string;
  /** The occurrence that was over last: it goes on if the alarm rings again at once. */
  #last: AlarmOccurrence | null = null;
  #condition: boolean | null = null;
  #trips = false;
  #value: SignalValue = null;
  #quality: Quality | null = null;
  #cause: string | null = null;
  #onSinceMs: number | null = null;
  #offSinceMs: number | null = null;
  #returnedAtMs: number | null = null;
  /** It had been announced, and nobody had acknowledged it, when its cause came up and suppressed it. */
  #unanswered = false;

  constructor(declaration: AlarmDeclaration, context: AlarmContext) {
    this.declaration = declaration;
    this.#context = context;
    this.explain = () => `${declaration.text}.`;
  }

  /** The condition stands, as far as is known: what is unknown counts as it was known last. */
  get stands(): boolean {
    return this.#condition ?? this.occurrence?.active ?? false;
  }

  /** What the condition read when it was last reported. */
  get value(): SignalValue {
    return this.#value;
  }

  /** It stops the machine, by what is declared or because it has done so: it can't be taken out of service. */
  get isInterlock(): boolean {
    return this.declaration.trip !== undefined || this.occurrence?.trip === true;
  }

  /**
   * @param condition null when it can't be judged now: a standing alarm stays as it is, none begins
   * @param trips the machine is to stop for it now
   * @param cause the alarm that would explain this one; it is suppressed while that one is active
   */
  report(
    condition: boolean | null,
    trips: boolean,
    value: SignalValue = null,
    quality: Quality | null = null,
    cause: string | null = null,
  ): void {
    this.#condition = condition;
    this.#trips = trips;
    this.#cause = cause;
    if (condition !== true) return;
    this.#value = value;
    this.#quality = quality;
  }

  settle(now: Now): void {
    const shelf = this.occurrence?.shelf ?? null;
    if (shelf !== null && this.#isOver(shelf, now)) this.takeBack(now, null);
    if (this.#condition === true) this.#stand(now);
    else if (this.#condition === false) this.#vanish(now);
  }

  acknowledge(now: Now, by: Actor, comment: string | undefined): void {
    if (this.occurrence === null) return;
    this.#unanswered = false;
    this.#change({ acknowledged: true });
    this.#emit('acknowledged', now, by, comment);
    this.#forgetIfOver();
  }

  /** Notes what somebody says about the occurrence that stands. */
  comment(now: Now, by: Actor, comment: string): void {
    this.#emit('commented', now, by, comment);
  }

  /** Resets the latch; the caller has made sure that the condition is gone. */
  clear(now: Now, by: Actor): void {
    if (this.occurrence?.latched !== true) return;
    this.#offSinceMs = null;
    // what trips next is the first of its own stop
    this.#change({ ...this.#gone(), latched: false, firstOut: false, clearedAtMs: now.wallMs });
    this.#emit('cleared', now, by);
    this.#forgetIfOver();
  }

  /** Nobody is called to it for a while, or until it is put back into service; an earlier shelf ends with it. */
  putAside({ kind, minutes, once = false, reason }: Aside, now: Now, by: Actor): void {
    const forMs = minutes === null ? null : minutes * 60_000;
    const untilMs = forMs === null ? null : now.wallMs + forMs;
    const shelf: Shelf = { kind, by: by.name, atMs: now.wallMs, untilMs, ...(once && { once }), reason };
    this.#shelfClock.start(forMs, now);
    this.#unanswered = false;
    if (this.occurrence === null) {
      const occurrenceId = this.#context.nextOccurrenceId(this.declaration.id, now);
      this.#last = null;
      this.occurrence = putAside(this.declaration, { occurrenceId, atMs: now.wallMs, shelf });
    } else this.#change({ shelf });
    this.#emit(kind, now, by, reason);
  }

  /** Its shelf ends: what stands is announced, as if it rang now. @param by null: its time is up, or it trips */
  takeBack(now: Now, by: Actor | null, reason?: string): void {
    const { occurrence } = this;
    if (occurrence === null || occurrence.shelf === null) return;
    this.#change({ shelf: null, acknowledged: occurrence.acknowledged && !occurrence.active });
    this.#emit(occurrence.shelf.kind === 'shelved' ? 'unshelved' : 'in-service', now, by, reason);
    this.#forgetIfOver();
  }

  /** Not before it is put back by hand is an alarm in service again, unless it stops the machine by today's configuration. */
  #isOver(shelf: Shelf, now: Now): boolean {
    if (shelf.kind === 'out-of-service') return this.declaration.trip !== undefined;
    return this.#shelfClock.isOver(shelf, now);
  }

  #stand(now: Now): void {
    const nowMs = now.monotonicMs;
    this.#offSinceMs = null;
    this.#onSinceMs ??= nowMs;
    const cause = this.#cause === null ? null : this.#context.activeCause(this.#cause);
    const trips = this.#trips && cause === null;
    const due = nowMs - this.#onSinceMs >= this.declaration.onDelaySeconds * 1_000;
    if (this.occurrence?.active !== true && !due && !trips) return;
    // what its cause explains calls nobody, and must not push out of sight what somebody has yet to acknowledge
    if (cause !== null && this.#wouldPushOut(now)) return;
    // what stops the machine is in sight, whoever put it aside
    if (trips) this.takeBack(now, null);
    this.#raise(now, cause);
    if (this.occurrence !== null && this.occurrence.suppressedBy !== cause) this.#suppress(now, cause);
    if (trips) this.#trip(now);
  }

  #raise(now: Now, cause: string | null): void {
    const { occurrence } = this;
    if (occurrence?.active === true) return;
    const value = this.#value;
    const quality = this.#quality;
    const explanation = this.#explanation();
    const shelf = occurrence?.shelf ?? null;
    this.#noteUnanswered();
    const same = this.#sameOccurrence(now);
    if (same === null) {
      this.#supersede(now);
      const occurrenceId = this.occurrence?.occurrenceId ?? this.#context.nextOccurrenceId(this.declaration.id, now);
      const ringing = { occurrenceId, atMs: now.wallMs, value, quality, suppressedBy: cause, explanation, shelf };
      this.occurrence = raisedOccurrence(this.declaration, ringing);
    } else {
      const suppressedBy = same.trip ? null : cause;
      const count = same.count + 1;
      this.occurrence = same;
      this.#change({
        active: true,
        acknowledged: false,
        clearedAtMs: null,
        count,
        suppressedBy,
        value,
        quality,
        explanation,
      });
    }
    this.#last = null;
    this.#emit(this.occurrence.suppressedBy === null ? 'raised' : 'suppressed', now, null);
  }

  #wouldPushOut(now: Now): boolean {
    const { occurrence } = this;
    if (occurrence === null || occurrence.active || occurrence.acknowledged || !isAnnounced(occurrence)) return false;
    return this.#sameOccurrence(now) === null;
  }

  /**
   * The occurrence that goes on when the alarm rings: one that is latched, or returned so shortly ago that this is chatter.
   * What was cleared is history.
   */
  #sameOccurrence(now: Now): AlarmOccurrence | null {
    const candidate = this.occurrence ?? this.#last;
    if (candidate === null || candidate.count === 0) return null;
    if (candidate.latched) return candidate;
    const wasCleared = candidate.trip || latchesWhenRaised(this.declaration);
    if (wasCleared) return null;
    return this.#returnedForMs(candidate, now) <= this.#context.chatterMs ? candidate : null;
  }

  /** Since the occurrence returned; what returned before this process began is told by the wall clock. */
  #returnedForMs({ clearedAtMs }: AlarmOccurrence, now: Now): number {
    if (this.#returnedAtMs !== null) return now.monotonicMs - this.#returnedAtMs;
    const forMs = clearedAtMs === null ? Infinity : now.wallMs - clearedAtMs;
    return forMs < 0 ? Infinity : forMs;
  }

  /** What has rung and is listed still makes room for an occurrence of its own; what has not becomes that occurrence. */
  #supersede(now: Now): void {
    const { occurrence } = this;
    if (occurrence === null || occurrence.count === 0) return;
    this.#unanswered = false;
    this.occurrence = { ...occurrence, shelf: null, state: 'normal' };
    this.#emit('superseded', now, null);
    this.occurrence = null;
  }

  /** Its cause came up, or went away while the condition stays. What has tripped stays in sight. */
  #suppress(now: Now, cause: string | null): void {
    if (this.occurrence?.trip === true && cause !== null) return;
    this.#noteUnanswered();
    this.#change({ suppressedBy: cause });
    this.#emit(cause === null ? 'raised' : 'suppressed', now, null);
  }

  #noteUnanswered(): void {
    const { occurrence } = this;
    if (occurrence === null) this.#unanswered = false;
    else if (isAnnounced(occurrence)) this.#unanswered = !occurrence.acknowledged;
  }

  /** That the machine stops is news also to who has acknowledged the alarm before. */
  #trip(now: Now): void {
    if (isLatchedTrip(this.occurrence)) return;
    const explanation = this.#explanation();
    const firstOut = this.#context.isFirstTrip();
    this.#change({ trip: true, latched: true, acknowledged: false, firstOut, explanation });
    this.#emit('tripped', now, null);
  }

  #vanish(now: Now): void {
    const nowMs = now.monotonicMs;
    this.#onSinceMs = null;
    if (this.occurrence?.active !== true) return;
    this.#offSinceMs ??= nowMs;
    if (nowMs - this.#offSinceMs < this.declaration.offDelaySeconds * 1_000) return;
    this.#offSinceMs = null;
    this.#returnedAtMs = nowMs;
    const { latched, suppressedBy } = this.occurrence;
    this.#change({ ...this.#gone(), clearedAtMs: latched ? null : now.wallMs });
    const isSettled = suppressedBy !== null && !latched && this.occurrence.acknowledged;
    this.#emit(isSettled ? 'cleared' : 'returned', now, null);
    if (this.occurrence.shelf?.once === true) this.takeBack(now, null);
    else this.#forgetIfOver();
  }

  /** The marks of an occurrence whose condition is gone. To what was suppressed nobody was called, so nobody has to acknowledge it. */
  #gone(): Pick<AlarmOccurrence, 'active' | 'suppressedBy' | 'acknowledged'> {
    const { acknowledged = true, suppressedBy = null } = this.occurrence ?? {};
    const isAnswered = suppressedBy !== null && !this.#unanswered;
    return { active: false, suppressedBy: null, acknowledged: acknowledged || isAnswered };
  }

  #explanation(): string {
    return `${this.explain()} ${this.declaration.response}`;
  }

  #forgetIfOver(): void {
    if (this.occurrence?.state !== 'normal') return;
    this.#last = this.occurrence;
    this.occurrence = null;
  }

  #change(marks: Partial<AlarmOccurrence>): void {
    if (this.occurrence !== null) this.occurrence = settled({ ...this.occurrence, ...marks });
  }

  #emit(transition: AlarmTransition, now: Now, by: Actor | null, comment?: string): void {
    if (this.occurrence === null) return;
    this.#context.emit({
      atMs: now.wallMs,
      transition,
      occurrence: this.occurrence,
      actor: by?.name ?? null,
      ...(by?.station === undefined ? {} : { station: by.station }),
      ...(comment === undefined ? {} : { comment }),
    });
  }
}
