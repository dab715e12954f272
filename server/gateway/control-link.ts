import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { Command, CommandOutcome } from '../../machine/commands/command.ts';
import type { CommandRequest } from '../../machine/ports.ts';
import { controlSilenceMs, type FromControl, type FromGateway, type JournalEntry } from '../protocol.ts';
import type { Mirror } from './mirror.ts';

/** Longer than any command takes: a clear waits 2 s for the drives' reset, a write 2 s for its read-back. */
const outcomeDeadlineMs = 5_000;
/** Commands on their way; more than that is a flood, not an operator. */
const commandLimit = 500;
const attachPeriodMs = 500;

interface Waiting {
  readonly resolve: (outcome: CommandOutcome) => void;
  readonly timer: NodeJS.Timeout;
}

export interface ControlLinkOptions {
  readonly mirror: Mirror;
  readonly send: (message: FromGateway) => boolean;
  /** Told of each entry once, as it arrives, whether the database takes it or not. */
  readonly onEntries: (entries: readonly JournalEntry[]) => void;
  /** Stores entries for good; the control process keeps them until this resolves. */
  readonly store: (entries: readonly JournalEntry[]) => Promise<void>;
  /** The control process is heard from (again), or no longer. */
  readonly onContact: (alive: boolean, reason: string) => void;
  readonly log: Logger;
}

/** The gateway's end of the line to the control process: image in, commands out, journal stored and confirmed. */
export class ControlLink {
  readonly #options: ControlLinkOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #attach: NodeJS.Timeout;
  readonly #first = Promise.withResolvers<void>();
  #lastHeardAtMs = 0;
  #attached = false;
  #journal: Promise<void> = Promise.resolve();
  #announcedSeq = 0;
  #dropped = 0;

  constructor(options: ControlLinkOptions) {
    this.#options = options;
    options.send({ kind: 'attach' });
    // after a stall of our own, what has arrived meanwhile is heard before silence is judged
    this.#attach = setInterval(() => setImmediate(() => this.#checkContact()), attachPeriodMs / 2);
  }

  /** Resolves when the first image has come. */
  get firstContact(): Promise<void> {
    return this.#first.promise;
  }

  hear(message: FromControl): void {
    this.#lastHeardAtMs = performance.now();
    switch (message.kind) {
      case 'snapshot':
        this.#apply(message);
        if (!this.#attached) {
          this.#attached = true;
          this.#first.resolve();
          this.#options.onContact(true, 'the control process answers');
        }
        break;
      case 'delta':
        // deltas before a snapshot belong to a control process that has not heard of us yet
        if (this.#attached) this.#apply(message);
        break;
      case 'outcome':
        this.#settle(message.outcome);
        break;
      case 'journal':
        this.#announce(message.entries);
        this.#journal = this.#journal.then(() => this.#store(message.entries, message.dropped));
        break;
    }
  }

  /** The supervisor saw the control process end. */
  gone(reason: string): void {
    this.#lose(`the control process ended (${reason})`);
  }

  async command({
    action,
    principal,
    origin,
    station,
  }: CommandRequest): Promise<{ command: Command; outcome: CommandOutcome }> {
    const command: Command = { id: randomUUID(), action, principal, origin, ...(station !== undefined && { station }) };
    if (!this.#attached)
      return { command, outcome: this.#unavailable(command.id, 'The control process does not answer') };
    if (this.#waiting.size >= commandLimit)
      return { command, outcome: this.#unavailable(command.id, `${commandLimit} commands are waiting already`) };
    const outcome = await new Promise<CommandOutcome>((resolve) => {
      const timer = setTimeout(
        () => this.#settle(this.#unavailable(command.id, `No answer within ${outcomeDeadlineMs} ms`)),
        outcomeDeadlineMs,
      );
      this.#waiting.set(command.id, { resolve, timer });
      this.#options.send({ kind: 'command', command });
    });
    return { command, outcome };
  }

  /** The server is being stopped: values are no longer current, and nobody needs an alarm to say so. */
  leave(): void {
    clearInterval(this.#attach);
    this.#attached = false;
    this.#options.mirror.controlLost(Date.now());
  }

  /** Resolves when every journal entry received so far is stored. */
  async close(): Promise<void> {
    this.leave();
    for (const id of this.#waiting.keys()) this.#settle(this.#unavailable(id, 'The server is stopping'));
    await this.#journal;
  }

  #apply(delta: Extract<FromControl, { kind: 'snapshot' | 'delta' }>): void {
    this.#options.mirror.apply(delta);
    this.#options.send({ kind: 'received', seq: delta.seq });
  }

  #announce(entries: readonly JournalEntry[]): void {
    const fresh = entries.filter(({ seq }) => seq > this.#announcedSeq);
    this.#announcedSeq = fresh.at(-1)?.seq ?? this.#announcedSeq;
    if (fresh.length > 0) this.#options.onEntries(fresh);
  }

  async #store(entries: readonly JournalEntry[], dropped: number): Promise<void> {
    if (dropped > this.#dropped) {
      this.#options.log.error({ dropped }, 'the control process had to drop journal entries that waited too long');
      this.#dropped = dropped;
    }
    const last = entries.at(-1);
    if (last === undefined) return;
    try {
      await this.#options.store(entries);
      this.#options.send({ kind: 'journalStored', seq: last.seq });
    } catch (error) {
      // not confirmed, so the control process keeps them; asking anew brings them back
      this.#options.log.error(
        { err: error },
        'journal entries could not be stored; they stay with the control process',
      );
      setTimeout(() => this.#options.send({ kind: 'attach' }), 5_000).unref();
    }
  }

  #settle(outcome: CommandOutcome): void {
    const waiting = this.#waiting.get(outcome.commandId);
    if (waiting === undefined) return;
    this.#waiting.delete(outcome.commandId);
    clearTimeout(waiting.timer);
    waiting.resolve(outcome);
  }

  #unavailable(commandId: string, why: string): CommandOutcome {
    return {
      accepted: false,
      commandId,
      state: this.#options.mirror.status.state,
      kind: 'unavailable',
      reasons: [
        {
          code: 'CONTROL_UNAVAILABLE',
          text: `${why}; whether the machine did anything is not known. Look at its state, and use the hard-wired stop if in doubt.`,
        },
      ],
    };
  }

  #checkContact(): void {
    if (!this.#attached) this.#options.send({ kind: 'attach' });
    else if (performance.now() - this.#lastHeardAtMs > controlSilenceMs)
      this.#lose(`no word from the control process for ${controlSilenceMs} ms`);
  }

  #lose(reason: string): void {
    if (!this.#attached) return;
    this.#attached = false;
    this.#options.mirror.controlLost(Date.now());
    for (const id of this.#waiting.keys()) this.#settle(this.#unavailable(id, 'The control process went away'));
    this.#options.onContact(false, reason);
  }
}
