import type { MachineView } from '../../machine/ports.ts';
import { presentAlarm, presentMachine, presentSample, timeOf } from '../present.ts';
import type { z } from 'zod';
import type { SampleReply } from '../replies.ts';

/** Changes are gathered for so long before a delta goes out, in ms: about what an eye takes for at once. */
const gatherMs = 100;
/** A delta goes out at least this often, in ms, also with nothing in it: its absence is the news. */
const deltaAtLeastEveryMs = 1_000;
/** Events held for those who lost their connection: a few minutes of a machine of factory size. */
const heldEvents = 2_000;
const heldBytes = 8 * 1024 * 1024;

/** One who listens: gets every event as text, ready to be sent. */
export interface Listener {
  take(text: string): void;
  /** Called each time the feed looks at its clock. */
  tick(nowMs: number): void;
  close(): void;
}

/**
 * The machine's changes as numbered events, written once for all who listen. Numbers rise by one; they begin at the time
 * of the start, so that a number from before a restart is never taken for one of now.
 */
export class LiveFeed {
  readonly #view: MachineView;
  readonly #now: () => number;
  readonly #listeners = new Set<Listener>();
  readonly #held: { readonly id: number; readonly text: string }[] = [];
  readonly #changed = new Set<string>();
  #heldBytes = 0;
  #lastId: number;
  #lastDeltaAtMs: number;
  #controlAlive: boolean;
  #unsubscribe: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(view: MachineView, now: () => number) {
    this.#view = view;
    this.#now = now;
    this.#lastId = now();
    this.#lastDeltaAtMs = now();
    this.#controlAlive = view.controlAlive;
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  open(): void {
    this.#unsubscribe = this.#view.subscribe({
      signals: (updates) => {
        for (const { signal } of updates) this.#changed.add(signal);
      },
      status: () => this.#publishState(),
      alarm: (event) => {
        this.#publishDelta();
        this.#publish('alarm', presentAlarm(this.#view.declaration, event.occurrence));
      },
    });
    this.#timer = setInterval(() => this.tick(), gatherMs).unref();
  }

  /** Sends what has gathered. The timer calls it; tests do as well. */
  tick(): void {
    const nowMs = this.#now();
    // The clock may be set back: then the last delta lies in the future and the next would be long in coming.
    const sinceMs = Math.abs(nowMs - this.#lastDeltaAtMs);
    if (this.#view.controlAlive !== this.#controlAlive) this.#publishState();
    if (this.#changed.size > 0 || sinceMs >= deltaAtLeastEveryMs) this.#publishDelta(true);
    for (const listener of this.#listeners) listener.tick(nowMs);
  }

  /** Begins with what was missed since `lastEventId`, or with a snapshot where that is not held. */
  join(listener: Listener, lastEventId: string): void {
    const missed = this.#since(lastEventId);
    if (missed === null) listener.take(this.snapshot());
    else for (const { text } of missed) listener.take(text);
    this.#listeners.add(listener);
  }

  leave(listener: Listener): void {
    this.#listeners.delete(listener);
  }

  /** The whole image, numbered as the last event that it includes. */
  snapshot(): string {
    const { declaration, samples, alarms } = this.#view;
    return eventText(this.#lastId, 'snapshot', {
      at: timeOf(this.#now()),
      machine: presentMachine(this.#view),
      signals: this.#present(samples.keys()),
      alarms: alarms.map((alarm) => presentAlarm(declaration, alarm)),
    });
  }

  close(): void {
    clearInterval(this.#timer);
    this.#unsubscribe();
    for (const listener of this.#listeners) listener.close();
    this.#listeners.clear();
  }

  #since(lastEventId: string): readonly { readonly text: string }[] | null {
    if (!/^\d{1,15}$/u.test(lastEventId)) return null;
    const id = Number(lastEventId);
    const firstHeld = this.#lastId - this.#held.length + 1;
    if (id < firstHeld - 1 || id > this.#lastId) return null;
    return this.#held.slice(id - firstHeld + 1);
  }

  #present(ids: Iterable<string>): z.input<typeof SampleReply>[] {
    const { declaration, samples } = this.#view;
    const presented: z.input<typeof SampleReply>[] = [];
    for (const id of ids) {
      const signal = declaration.signals.get(id);
      const sample = samples.get(id);
      if (signal !== undefined && sample !== undefined) presented.push(presentSample(signal, sample));
    }
    return presented;
  }

  #publishState(): void {
    this.#controlAlive = this.#view.controlAlive;
    this.#publishDelta();
    this.#publish('state', presentMachine(this.#view));
  }

  /** Values go out before what they caused. */
  #publishDelta(evenIfEmpty = false): void {
    if (this.#changed.size === 0 && !evenIfEmpty) return;
    const signals = this.#present(this.#changed);
    this.#changed.clear();
    this.#lastDeltaAtMs = this.#now();
    this.#publish('delta', { at: timeOf(this.#lastDeltaAtMs), signals });
  }

  #publish(event: string, data: object): void {
    const id = ++this.#lastId;
    const text = eventText(id, event, data);
    this.#held.push({ id, text });
    this.#heldBytes += text.length;
    while (this.#held.length > heldEvents || this.#heldBytes > heldBytes) {
      this.#heldBytes -= this.#held.shift()?.text.length ?? 0;
    }
    for (const listener of this.#listeners) listener.take(text);
  }
}

function eventText(id: number, event: string, data: object): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
