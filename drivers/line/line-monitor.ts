import type { LineState } from '../../operations/ports/field-report.ts';
import type { FieldClock } from '../field.ts';
import { BusyTime } from '../monitor/busy-time.ts';
import { type EndedRequest, requestKey, WireTrace } from '../monitor/wire-trace.ts';
import { BadReplyError, FieldError, ModbusExceptionError, ModuleSilentError } from '../wire/errors.ts';
import { addressOf, type FieldRequest, functionOf } from '../wire/request.ts';

/** What a line tells about itself while it works; it decides nothing. */
export class LineMonitor {
  readonly trace = new WireTrace();
  readonly #clock: FieldClock;
  readonly #busy: BusyTime;
  #state: LineState = 'closed';
  #stateSinceMs: number;
  #reason: string | null = null;
  #nextTryMs: number | null = null;
  #connections = 0;
  /** Requests that are under way, and since when there have been any. */
  #underWay = 0;
  #busySinceMs = 0;

  constructor(clock: FieldClock) {
    this.#clock = clock;
    this.#busy = new BusyTime(clock.monotonicMs());
    this.#stateSinceMs = clock.wallMs();
  }

  connecting(): void {
    this.#turn('connecting');
  }

  opened(): void {
    this.#connections++;
    this.#reason = null;
    this.#turn('open');
  }

  /** @param reason  what ended the connection, or kept it from opening */
  failed(reason: string): void {
    this.#reason = reason;
  }

  waits(pauseMs: number): void {
    this.#turn('back-off');
    this.#nextTryMs = this.#clock.wallMs() + pauseMs;
  }

  closed(): void {
    this.#turn('closed');
  }

  /** A request begins, with the silence that must go before it. @returns what `settled` is told at its end */
  asked(unit: number, request: FieldRequest): EndedRequest {
    if (this.#underWay++ === 0) this.#busySinceMs = this.#clock.monotonicMs();
    return { since: this.trace.next, key: requestKey(unit, functionOf(request), addressOf(request)) };
  }

  /** It is over. @param error  why it brought nothing; null: it was answered */
  settled(asked: EndedRequest, error: unknown): void {
    if (--this.#underWay === 0) this.#busy.add(this.#busySinceMs, this.#clock.monotonicMs());
    if (error === null || error instanceof ModbusExceptionError) this.trace.note('answered', asked);
    else if (error instanceof ModuleSilentError) this.trace.note('silent', asked);
    else if (error instanceof BadReplyError) this.trace.note('refused', asked);
    else if (error instanceof FieldError) this.trace.note('lost', asked);
  }

  report(): {
    readonly state: LineState;
    readonly stateSinceMs: number;
    readonly reason: string | null;
    readonly nextTryMs: number | null;
    readonly reconnects: number;
    readonly measuredPercent: number | null;
  } {
    return {
      state: this.#state,
      stateSinceMs: this.#stateSinceMs,
      reason: this.#reason,
      nextTryMs: this.#nextTryMs,
      reconnects: Math.max(0, this.#connections - 1),
      measuredPercent: this.#busy.percent(this.#clock.monotonicMs()),
    };
  }

  #turn(state: LineState): void {
    if (state !== this.#state) this.#stateSinceMs = this.#clock.wallMs();
    this.#state = state;
    this.#nextTryMs = null;
  }
}
