import { journalBatch, journalLimit, type FromControl, type JournalEntry } from '../protocol.ts';

/** An entry before it has its number. */
export type JournalNews = JournalEntry extends infer Entry
  ? Entry extends JournalEntry
    ? Omit<Entry, 'seq'>
    : never
  : never;

/** What of the journal must survive this process. */
export interface RetainedJournal {
  readonly nextSeq: number;
  readonly pending: readonly JournalEntry[];
  readonly dropped: number;
}

/**
 * Events on their way to the gateway's database. They are told at once, batch by batch as the gateway takes them, and wait
 * here and in the retained file until it has stored them. Bounded: beyond the limit the oldest go, and their number is told.
 */
export class Journal {
  readonly #send: (message: FromControl) => boolean;
  #pending: JournalEntry[];
  /** The same entries as JSON: saving thousands of them must not cost a scan its time. */
  #texts: string[];
  #nextSeq: number;
  #dropped: number;
  #attached = false;
  #sentSeq = 0;
  #receivedSeq = 0;

  /**
   * @param wallMs numbers begin at a multiple of the start time, so that even a lost retained file repeats none
   */
  constructor(kept: RetainedJournal | null, wallMs: number, send: (message: FromControl) => boolean) {
    this.#send = send;
    this.#pending = [...(kept?.pending ?? [])];
    this.#texts = this.#pending.map((entry) => JSON.stringify(entry));
    this.#dropped = kept?.dropped ?? 0;
    this.#nextSeq = Math.max(kept?.nextSeq ?? 0, Math.floor(wallMs) * 1_000);
  }

  add(news: JournalNews): void {
    const entry = { ...news, seq: this.#nextSeq++ };
    this.#pending.push(entry);
    this.#texts.push(JSON.stringify(entry));
    if (this.#pending.length > journalLimit) {
      this.#pending.shift();
      this.#texts.shift();
      this.#dropped++;
    }
    this.#flush();
  }

  /** A gateway is there (again): what is not stored goes out anew. */
  attach(): void {
    this.#attached = true;
    this.#sentSeq = this.#receivedSeq = 0;
    this.#flush();
  }

  detach(): void {
    this.#attached = false;
  }

  /** The gateway has taken what was sent up to `seq` and is ready for more. */
  received(seq: number): void {
    this.#receivedSeq = Math.min(Math.max(this.#receivedSeq, seq), this.#sentSeq);
    this.#flush();
  }

  stored(seq: number): void {
    const kept = this.#pending.findIndex((entry) => entry.seq > seq);
    const gone = kept === -1 ? this.#pending.length : kept;
    this.#pending.splice(0, gone);
    this.#texts.splice(0, gone);
  }

  /** The `RetainedJournal` as JSON. */
  retainedText(): string {
    return `{"nextSeq":${this.#nextSeq},"dropped":${this.#dropped},"pending":[${this.#texts.join(',')}]}`;
  }

  #flush(): void {
    if (!this.#attached || this.#receivedSeq !== this.#sentSeq) return;
    const first = this.#pending.findIndex((entry) => entry.seq > this.#sentSeq);
    if (first === -1) return;
    const entries = this.#pending.slice(first, first + journalBatch);
    if (this.#send({ kind: 'journal', entries, dropped: this.#dropped })) this.#sentSeq = entries.at(-1)?.seq ?? 0;
  }
}
