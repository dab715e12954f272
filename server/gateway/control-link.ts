import { randomUUID } from 'node:crypto';
import { isStop, type Command, type CommandOutcome } from '../../machine/commands/command.ts';
import type { CommandRequest } from '../../machine/ports.ts';
import { controlSilenceMs, sharedClockMs, type FromControl, type FromGateway } from '../protocol.ts';
import type { JournalKeeper } from './journal-keeper.ts';
import type { Mirror } from './mirror.ts';

/** Longer than any command takes, beside two scans: a clear waits 2 s for the drives' reset, a write 2 s for its read-back. */
const outcomeDeadlineMs = 5_000;
/** Commands on their way; more than that is a flood, not an operator. Stopping is never one too many. */
const commandLimit = 500;
const contactCheckMs = 250;
/** The control process has this long to speak for the first time before its absence is an alarm. */
const firstContactMs = 5_000;

/** A command with its outcome, and whether the control process decided it or did not answer. */
export interface AnsweredCommand {
  readonly command: Command;
  readonly outcome: CommandOutcome;
  readonly isDecided: boolean;
}

interface Waiting {
  readonly resolve: (answer: Pick<AnsweredCommand, 'outcome' | 'isDecided'>) => void;
  readonly timer: NodeJS.Timeout;
}

export interface ControlLinkOptions {
  readonly mirror: Mirror;
  readonly journal: JournalKeeper;
  readonly send: (message: FromGateway) => boolean;
  /** The control process is heard from (again), or no longer. */
  readonly onContact: (contact: Contact, reason: string) => void;
}

export type Contact = 'alive' | 'silent' | 'ended';

/** The gateway's end of the line to the control process: image and journal in, commands out. */
export class ControlLink {
  readonly #options: ControlLinkOptions;
  readonly #waiting = new Map<string, Waiting>();
  readonly #contact: NodeJS.Timeout;
  readonly #first = Promise.withResolvers<void>();
  readonly #openedAtMs = performance.now();
  readonly #deadlineMs: number;
  #lastHeardAtMs = 0;
  #attached = false;
  #missed = false;

  constructor(options: ControlLinkOptions) {
    this.#options = options;
    this.#deadlineMs = outcomeDeadlineMs + 2 * options.mirror.declaration.scanPeriodMs;
    options.send({ kind: 'attach' });
    // after a stall of our own, what has arrived meanwhile is heard before silence is judged
    this.#contact = setInterval(() => setImmediate(() => this.#checkContact()), contactCheckMs);
  }

  /** Resolves when the first image has come. */
  get firstContact(): Promise<void> {
    return this.#first.promise;
  }

  /** All but answers about the field, which are for who asked. */
  hear(message: Exclude<FromControl, { kind: 'answer' }>): void {
    this.#lastHeardAtMs = performance.now();
    switch (message.kind) {
      case 'snapshot':
        this.#apply(message);
        this.#attach();
        break;
      case 'delta':
        // deltas before a snapshot belong to a control process that has not heard of us yet
        if (this.#attached) this.#apply(message);
        break;
      case 'outcome':
        this.#settle(message.outcome, true);
        break;
      case 'journal': {
        const { entries, dropped } = message;
        this.#options.journal.take(entries, dropped);
        this.#options.send({ kind: 'journalReceived', seq: entries.at(-1)?.seq ?? 0 });
        break;
      }
    }
  }

  /** The supervisor saw the control process end. */
  gone(reason: string): void {
    this.#lose('ended', `the control process ended (${reason})`);
  }

  /** Whether somebody here waits for the outcome of this command. */
  isWaiting(commandId: string): boolean {
    return this.#waiting.has(commandId);
  }

  async command({ action, principal, origin, station }: CommandRequest): Promise<AnsweredCommand> {
    const command: Command = { id: randomUUID(), action, principal, origin, ...(station !== undefined && { station }) };
    const obstacle = this.#obstacle();
    // a stop is sent whatever is known of the other side: it may be back before anybody notices
    if (obstacle !== null && !isStop(action)) {
      return { command, outcome: this.#unavailable(command.id, obstacle), isDecided: false };
    }
    const answer = await new Promise<Pick<AnsweredCommand, 'outcome' | 'isDecided'>>((resolve) => {
      const timer = setTimeout(
        () => this.#giveUp(command.id, `No answer within ${this.#deadlineMs} ms`),
        this.#deadlineMs,
      );
      this.#waiting.set(command.id, { resolve, timer });
      this.#options.send({ kind: 'command', command, sentAtMs: sharedClockMs() });
    });
    return { command, ...answer };
  }

  /** The server is being stopped: values are no longer current, and nobody needs an alarm to say so. */
  leave(): void {
    clearInterval(this.#contact);
    this.#attached = false;
    this.#options.mirror.controlLost(Date.now());
    for (const id of this.#waiting.keys()) this.#giveUp(id, 'The server is stopping');
  }

  #apply(delta: Extract<FromControl, { kind: 'snapshot' | 'delta' }>): void {
    this.#options.mirror.apply(delta);
    this.#options.send({ kind: 'received', seq: delta.seq });
  }

  #attach(): void {
    if (this.#attached) return;
    this.#attached = true;
    this.#missed = false;
    this.#first.resolve();
    this.#options.onContact('alive', 'the control process answers');
  }

  #obstacle(): string | null {
    if (!this.#attached) return 'The control process does not answer';
    return this.#waiting.size < commandLimit ? null : `${commandLimit} commands are waiting already`;
  }

  #settle(outcome: CommandOutcome, isDecided: boolean): void {
    const waiting = this.#waiting.get(outcome.commandId);
    if (waiting === undefined) return;
    this.#waiting.delete(outcome.commandId);
    clearTimeout(waiting.timer);
    waiting.resolve({ outcome, isDecided });
  }

  #giveUp(commandId: string, why: string): void {
    this.#settle(this.#unavailable(commandId, why), false);
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
    const nowMs = performance.now();
    if (this.#attached) {
      if (nowMs - this.#lastHeardAtMs > controlSilenceMs)
        this.#lose('silent', `no word from the control process for ${controlSilenceMs / 1_000} s`);
      return;
    }
    this.#options.send({ kind: 'attach' });
    if (nowMs - this.#openedAtMs > firstContactMs)
      this.#lose('silent', `no word from the control process since the start, ${firstContactMs / 1_000} s ago`);
  }

  #lose(contact: Exclude<Contact, 'alive'>, reason: string): void {
    if (this.#missed) return;
    this.#missed = true;
    this.#attached = false;
    this.#options.mirror.controlLost(Date.now());
    for (const id of this.#waiting.keys()) this.#giveUp(id, 'The control process went away');
    this.#options.onContact(contact, reason);
  }
}
