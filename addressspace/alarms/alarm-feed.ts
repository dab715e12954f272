import type { AlarmEvent, AlarmOccurrence } from '../../machine/alarms/alarm.ts';

/** How long one turn of the event loop may go on telling, ms. */
const sliceMs = 8;
/** Events that wait to be told; the control process keeps no more either. */
export const mostWaiting = 10_000;
/** An event and the list that it changed come by different ways; so long after either they must agree, ms. */
const agreementMs = 2_000;

export interface AlarmFeedOptions {
  /** The alarms that stand. */
  readonly standing: () => readonly AlarmOccurrence[];
  /** Shows and tells one event. */
  readonly take: (event: AlarmEvent) => void;
  /** Takes over what stands, without an event. @returns whether anything else was shown */
  readonly restore: (standing: readonly AlarmOccurrence[]) => boolean;
  /** Clients may have missed something: they are to ask for a refresh. */
  readonly onGap: (dropped: number) => void;
}

/**
 * The way of the alarm events to the clients: in order, each once, and a burst of them over many turns of the event loop,
 * so that nothing else waits for them. Where events are missing, what stands is taken over as it is.
 */
export class AlarmFeed {
  readonly #options: AlarmFeedOptions;
  #waiting: AlarmEvent[] = [];
  #next = 0;
  #turn: NodeJS.Immediate | null = null;
  #check: NodeJS.Timeout | null = null;
  #heardAtMs = -Infinity;
  #whenTold: (() => void)[] = [];

  constructor(options: AlarmFeedOptions) {
    this.#options = options;
    options.restore(options.standing());
  }

  announce(event: AlarmEvent): void {
    this.#heardAtMs = performance.now();
    this.#waiting.push(event);
    if (this.#waiting.length - this.#next > mostWaiting) {
      const dropped = this.#waiting.length - this.#next;
      this.#waiting = [];
      this.#next = 0;
      this.#options.restore(this.#options.standing());
      this.#options.onGap(dropped);
    }
    this.#turn ??= setImmediate(() => this.#tell());
  }

  /** The list of what stands is another, for example since the control process is heard from again: it counts at once. */
  takeOver(): void {
    if (this.#options.restore(this.#options.standing())) this.#options.onGap(0);
  }

  /** The list of what stands may have changed. Its event is on its way; should it not come, the list counts. */
  expectAgreement(): void {
    this.#check ??= setTimeout(() => {
      this.#check = null;
      const isQuiet = performance.now() - this.#heardAtMs >= agreementMs && this.#turn === null;
      if (isQuiet) this.takeOver();
      else this.expectAgreement();
    }, agreementMs).unref();
  }

  /** Resolves when all that has been announced by now is told. */
  async told(): Promise<void> {
    if (this.#turn === null) return;
    await new Promise<void>((resolve) => this.#whenTold.push(resolve));
  }

  close(): void {
    if (this.#turn !== null) clearImmediate(this.#turn);
    if (this.#check !== null) clearTimeout(this.#check);
    this.#done();
  }

  #tell(): void {
    const sinceMs = performance.now();
    for (;;) {
      const event = this.#waiting[this.#next];
      if (event === undefined) return this.#done();
      this.#next++;
      this.#options.take(event);
      if (performance.now() - sinceMs >= sliceMs) break;
    }
    this.#turn = setImmediate(() => this.#tell());
  }

  #done(): void {
    this.#turn = null;
    this.#waiting = [];
    this.#next = 0;
    for (const resolve of this.#whenTold.splice(0)) resolve();
  }
}
