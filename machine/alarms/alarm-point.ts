import type { Quality } from '../quality.ts';
import type { Now, SignalValue } from '../signal.ts';
import type { AlarmDeclaration, AlarmEvent, AlarmOccurrence, AlarmTransition } from './alarm.ts';
import { raisedOccurrence, settled } from './occurrence.ts';

/** What one alarm needs from the list that it stands in. */
export interface AlarmContext {
  nextOccurrenceId(alarm: string, now: Now): string;
  /** The cause at the root of `alarm`, if that alarm is active: a module that is lost with its line gives the line. */
  activeCause(alarm: string): string | null;
  /** No trip is latched at present, so the next one is the first of its stop. */
  isFirstTrip(): boolean;
  emit(event: AlarmEvent): void;
}

/** One declared alarm: its condition as last reported, its delays, and its occurrence if one stands. */
export class AlarmPoint {
  readonly declaration: AlarmDeclaration;
  readonly #context: AlarmContext;
  occurrence: AlarmOccurrence | null = null;
  /** Says what the condition reads and where its limit lies, as a sentence; the way out follows from the declaration. */
  explain: () => string;
  #condition: boolean | null = null;
  #trips = false;
  #value: SignalValue = null;
  #quality: Quality | null = null;
  #cause: string | null = null;
  #onSinceMs: number | null = null;
  #offSinceMs: number | null = null;

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
    if (this.#condition === true) this.#stand(now);
    else if (this.#condition === false) this.#vanish(now);
  }

  acknowledge(now: Now, actor: string, comment: string | undefined): void {
    if (this.occurrence === null) return;
    this.#change({ acknowledged: true });
    this.#emit('acknowledged', now, actor, comment);
    this.#forgetIfOver();
  }

  /** Resets the latch; the caller has made sure that the condition is gone. */
  clear(now: Now, actor: string): void {
    if (this.occurrence?.latched !== true) return;
    // what trips next is the first of its own stop
    this.#change({ latched: false, firstOut: false, clearedAtMs: now.wallMs });
    this.#emit('cleared', now, actor);
    this.#forgetIfOver();
  }

  #stand(now: Now): void {
    const nowMs = now.monotonicMs;
    this.#offSinceMs = null;
    this.#onSinceMs ??= nowMs;
    const cause = this.#cause === null ? null : this.#context.activeCause(this.#cause);
    const trips = this.#trips && cause === null;
    const due = nowMs - this.#onSinceMs >= this.declaration.onDelaySeconds * 1_000;
    if (this.occurrence?.active !== true && !due && !trips) return;
    this.#raise(now, cause);
    if (this.occurrence !== null && this.occurrence.suppressedBy !== cause) this.#suppress(now, cause);
    if (trips) this.#trip(now);
  }

  #raise(now: Now, cause: string | null): void {
    const { occurrence } = this;
    if (occurrence?.active === true) return;
    const { wallMs: atMs } = now;
    // what was cleared is history: it rings anew; what merely came and went is folded into what still stands
    if (occurrence === null || (occurrence.trip && !occurrence.latched)) {
      const occurrenceId = this.#context.nextOccurrenceId(this.declaration.id, now);
      this.occurrence = raisedOccurrence(this.declaration, {
        occurrenceId,
        atMs,
        value: this.#value,
        quality: this.#quality,
        suppressedBy: cause,
        explanation: this.#explanation(),
        shelf: null,
      });
    } else {
      this.#change({
        active: true,
        acknowledged: false,
        clearedAtMs: null,
        count: occurrence.count + 1,
        suppressedBy: occurrence.trip ? null : cause,
      });
    }
    this.#emit(this.occurrence?.suppressedBy === null ? 'raised' : 'suppressed', now, null);
  }

  /** Its cause came up, or went away while the condition stays. What has tripped stays in sight. */
  #suppress(now: Now, cause: string | null): void {
    if (this.occurrence?.trip === true && cause !== null) return;
    this.#change({ suppressedBy: cause });
    this.#emit(cause === null ? 'raised' : 'suppressed', now, null);
  }

  #trip(now: Now): void {
    if (this.occurrence?.trip === true && this.occurrence.latched) return;
    const explanation = this.#explanation();
    this.#change({ trip: true, latched: true, firstOut: this.#context.isFirstTrip(), explanation });
    this.#emit('tripped', now, null);
  }

  #vanish(now: Now): void {
    const nowMs = now.monotonicMs;
    this.#onSinceMs = null;
    if (this.occurrence?.active !== true) return;
    this.#offSinceMs ??= nowMs;
    if (nowMs - this.#offSinceMs < this.declaration.offDelaySeconds * 1_000) return;
    this.#offSinceMs = null;
    const { latched, suppressedBy } = this.occurrence;
    const gone = { active: false, clearedAtMs: latched ? null : now.wallMs };
    if (suppressedBy === null) {
      this.#change(gone);
      this.#emit('returned', now, null);
    } else {
      // nobody was called to it, so nobody has to acknowledge it
      this.#change({ ...gone, acknowledged: true, suppressedBy: null });
      this.#emit(latched ? 'returned' : 'cleared', now, null);
    }
    this.#forgetIfOver();
  }

  #explanation(): string {
    return `${this.explain()} ${this.declaration.response}`;
  }

  #forgetIfOver(): void {
    if (this.occurrence?.state === 'normal') this.occurrence = null;
  }

  #change(marks: Partial<AlarmOccurrence>): void {
    if (this.occurrence !== null) this.occurrence = settled({ ...this.occurrence, ...marks });
  }

  #emit(transition: AlarmTransition, now: Now, actor: string | null, comment?: string): void {
    if (this.occurrence === null) return;
    const event = { atMs: now.wallMs, transition, occurrence: this.occurrence, actor };
    this.#context.emit(comment === undefined ? event : { ...event, comment });
  }
}
