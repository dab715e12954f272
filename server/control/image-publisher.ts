import type { Sample, SignalUpdate } from '../../machine/signal.ts';
import { imageWindow, type FromControl, type ImageDelta } from '../protocol.ts';

/** Besides the signals: what replaces what the gateway knew. */
export type WholeImage = Required<Omit<ImageDelta, 'seq' | 'updates' | 'merged'>>;

/**
 * Sends what changed to the gateway at once while there is credit, and merges it (newest wins) while there is none.
 * Its memory is bounded by the number of signals, however long the gateway sleeps.
 */
export class ImagePublisher {
  readonly #send: (message: FromControl) => boolean;
  #pending = new Map<string, Sample>();
  /** What replaces what the gateway knows, the newest of each kind. */
  #news: Partial<WholeImage> = {};
  #attached = false;
  #seq = 0;
  #confirmed = 0;
  #merged = 0;

  constructor(send: (message: FromControl) => boolean) {
    this.#send = send;
  }

  /** A gateway is there (again): it gets everything. */
  attach(samples: ReadonlyMap<string, Sample>, whole: WholeImage): void {
    this.#pending.clear();
    this.#news = {};
    this.#merged = 0;
    const updates = [...samples].map(([signal, sample]) => update(signal, sample));
    this.#seq++;
    this.#confirmed = this.#seq - 1;
    this.#attached = this.#send({ kind: 'snapshot', seq: this.#seq, updates, ...whole, merged: 0 });
  }

  detach(): void {
    this.#attached = false;
    this.#pending.clear();
  }

  received(seq: number): void {
    // a number that was never sent is an echo from before this process began
    if (seq <= this.#seq) this.#confirmed = Math.max(this.#confirmed, seq);
    this.flush();
  }

  signals(updates: readonly SignalUpdate[]): void {
    if (!this.#attached) return;
    for (const { signal, ...sample } of updates) {
      if (this.#pending.has(signal)) this.#merged++;
      this.#pending.set(signal, sample);
    }
  }

  tell(news: Partial<WholeImage>): void {
    this.#news = { ...this.#news, ...news };
  }

  /** Sends all that is pending, if there is credit. */
  flush(): void {
    if (this.#pending.size > 0 || Object.keys(this.#news).length > 0) this.pulse();
  }

  /** The same, also when nothing has changed: the gateway hears that this process lives. */
  pulse(): void {
    if (!this.#attached || this.#seq - this.#confirmed >= imageWindow) return;
    this.#seq++;
    const delta: FromControl = {
      kind: 'delta',
      seq: this.#seq,
      updates: [...this.#pending].map(([signal, sample]) => update(signal, sample)),
      ...this.#news,
      merged: this.#merged,
    };
    this.#pending.clear();
    this.#news = {};
    this.#merged = 0;
    this.#attached = this.#send(delta);
  }
}

function update(signal: string, { value, quality, sourceTimeMs }: Sample): SignalUpdate {
  return { signal, value, quality, sourceTimeMs };
}
