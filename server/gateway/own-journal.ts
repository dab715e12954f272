import type { Logger } from 'pino';
import type { AlarmEvent } from '../../machine/alarms/alarm.ts';
import type { AlarmJournal } from '../../operations/ports/journal.ts';

/** Events of the gateway's own alarms that wait for the database; more than that is a database long gone. */
const waitingLimit = 1_000;
const retryMs = 2_000;

/**
 * Writes the gateway's own alarms to the journal, in order, trying again while the database is away: it may be the very
 * fault that the alarm is about.
 */
export class OwnJournal {
  readonly #journal: AlarmJournal;
  readonly #log: Logger;
  readonly #onStored: () => void;
  #waiting: AlarmEvent[] = [];
  #writing: Promise<void> | null = null;
  #retry: NodeJS.Timeout | null = null;

  /** @param onStored fewer events wait than before */
  constructor(journal: AlarmJournal, log: Logger, onStored: () => void) {
    this.#onStored = onStored;
    this.#journal = journal;
    this.#log = log;
  }

  /** What the database has not taken yet, to be kept until it does. */
  get waiting(): readonly AlarmEvent[] {
    return this.#waiting;
  }

  append(events: readonly AlarmEvent[]): void {
    this.#waiting.push(...events);
    const beyond = this.#waiting.length - waitingLimit;
    if (beyond > 0) {
      this.#log.error(
        { events: this.#waiting.splice(0, beyond) },
        'alarm events could not be journalled and are only here',
      );
    }
    this.#begin();
  }

  /** Tries once more what waits. */
  async close(): Promise<void> {
    this.#begin();
    await this.#writing;
    if (this.#retry !== null) clearTimeout(this.#retry);
  }

  #begin(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    for (let event = this.#waiting[0]; event !== undefined; event = this.#waiting[0]) {
      try {
        await this.#journal.append(event);
      } catch (error) {
        this.#log.warn({ err: error, waiting: this.#waiting.length }, 'an alarm event waits for the database');
        this.#retry = setTimeout(() => this.#begin(), retryMs);
        return;
      }
      if (this.#waiting[0] === event) this.#waiting.shift();
      this.#onStored();
    }
  }
}
