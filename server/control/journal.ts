import { journalBatch, journalLimit, type FromControl, type JournalEntry } from '../protocol.ts';

/** An entry before it has its number. */
export type JournalNews = JournalEntry extends infer Entry
  ? Entry extends JournalEntry
    ? Omit<Entry, 'seq'>
    : never
  : never;

/**
 * Events on their way to the gateway's database. They wait here, and in the retained file, until the gateway has stored
 * them. Bounded: beyond the limit the oldest go, and their number is told.
 */
export class Journal {
  readonly #send: (message: FromControl) => boolean;
  #pending: JournalEntry[];
  #nextSeq: number;
  #dropped: number;
  #attached = false;
  /** Highest number that is with the gateway and not yet confirmed. */
  #sentSeq = 0;

  /**
   * @param wallMs numbers begin at a multiple of the start time, so that even a lost retained file repeats none
   */
  constructor(
    kept: { nextSeq: number; pending: readonly JournalEntry[]; dropped: number } | null,
    wallMs: number,
    send: (message: FromControl) => boolean,
  ) {
    this.#send = send;
    this.#pending = [...(kept?.pending ?? [])];
    this.#dropped = kept?.dropped ?? 0;
    this.#nextSeq = Math.max(kept?.nextSeq ?? 0, Math.floor(wallMs) * 1_000);
  }

  add(news: JournalNews): void {
    this.#pending.push({ ...news, seq: this.#nextSeq++ });
    if (this.#pending.length > journalLimit) {
      this.#pending.shift();
      this.#dropped++;
    }
    this.#flush();
  }

  /** A gateway is there (again): what it has not confirmed goes out anew. */
  attach(): void {
    this.#attached = true;
    this.#sentSeq = 0;
    this.#flush();
  }

  detach(): void {
    this.#attached = false;
    this.#sentSeq = 0;
  }

  stored(seq: number): void {
    this.#pending = this.#pending.filter((entry) => entry.seq > seq);
    if (seq >= this.#sentSeq) this.#sentSeq = 0;
    this.#flush();
  }

  retained(): { nextSeq: number; pending: readonly JournalEntry[]; dropped: number } {
    return { nextSeq: this.#nextSeq, pending: [...this.#pending], dropped: this.#dropped };
  }

  #flush(): void {
    if (!this.#attached || this.#sentSeq !== 0 || this.#pending.length === 0) return;
    const entries = this.#pending.slice(0, journalBatch);
    if (this.#send({ kind: 'journal', entries, dropped: this.#dropped })) this.#sentSeq = entries.at(-1)?.seq ?? 0;
  }
}
