import type { Logger } from 'pino';
import { journalLimit, type JournalEntry } from '../protocol.ts';

const retryMs = 2_000;

export interface JournalKeeperOptions {
  /** Told of each entry once, as it arrives, whether the database takes it or not. */
  readonly announce: (entry: JournalEntry) => void;
  /** Stores entries for good; one that was stored before is left out. */
  readonly store: (entries: readonly JournalEntry[]) => Promise<void>;
  /** Every entry up to this number is stored: the control process may forget them. */
  readonly onStored: (seq: number) => void;
  readonly log: Logger;
}

/** Takes the control process's journal: tells it at once, stores it in order, and tries again while the database is away. */
export class JournalKeeper {
  readonly #options: JournalKeeperOptions;
  readonly #waitingFor = new Map<string, () => void>();
  #unstored: JournalEntry[] = [];
  /** What came lately, by number and time: a control process that lost its count may use a number again. */
  readonly #known = new Set<string>();
  #dropped = 0;
  #writing: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;

  constructor(options: JournalKeeperOptions) {
    this.#options = options;
  }

  /** How many entries the control process had to drop because nobody took them. */
  get dropped(): number {
    return this.#dropped;
  }

  take(entries: readonly JournalEntry[], dropped: number): void {
    if (dropped > this.#dropped) {
      this.#options.log.error({ dropped }, 'the control process had to drop journal entries that waited too long');
      this.#dropped = dropped;
    }
    for (const entry of entries) {
      // sent anew to a gateway that has it already: it waits for the database as before
      if (!this.#isNew(entry)) continue;
      this.#unstored.push(entry);
      this.#options.announce(entry);
    }
    // the control process keeps no more than this either
    if (this.#unstored.length > journalLimit) this.#unstored.splice(0, this.#unstored.length - journalLimit);
    this.#begin();
  }

  /** Resolves when the entry of this command is stored, or after `patienceMs`. */
  async storedCommand(commandId: string, patienceMs: number): Promise<void> {
    if (!this.#unstored.some((entry) => isCommand(entry, commandId))) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waitingFor.set(commandId, resolve);
    const timer = setTimeout(resolve, patienceMs);
    await promise;
    clearTimeout(timer);
    this.#waitingFor.delete(commandId);
  }

  /** Tries once more; what the database does not take stays with the control process. */
  async close(): Promise<void> {
    this.#begin();
    await this.#writing;
    if (this.#retry !== null) clearTimeout(this.#retry);
  }

  #isNew({ seq, atMs }: JournalEntry): boolean {
    const key = `${seq} ${atMs}`;
    if (this.#known.has(key)) return false;
    this.#known.add(key);
    for (const oldest of this.#known) {
      if (this.#known.size <= journalLimit) break;
      this.#known.delete(oldest);
    }
    return true;
  }

  #begin(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    while (this.#unstored.length > 0) {
      const entries = [...this.#unstored];
      try {
        await this.#options.store(entries);
      } catch (error) {
        this.#options.log.error({ err: error, entries: entries.length }, 'journal entries wait for the database');
        if (this.#retry !== null) clearTimeout(this.#retry);
        this.#retry = setTimeout(() => this.#begin(), retryMs);
        return;
      }
      const last = entries.at(-1)?.seq ?? 0;
      this.#unstored = this.#unstored.filter(({ seq }) => seq > last);
      for (const entry of entries) if (entry.kind === 'command') this.#waitingFor.get(entry.decided.command.id)?.();
      this.#options.onStored(last);
    }
  }
}

function isCommand(entry: JournalEntry, id: string): boolean {
  return entry.kind === 'command' && entry.decided.command.id === id;
}
