import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { Logger } from 'pino';
import { permissionReason, roleFor } from '../../machine/commands/permission.ts';
import type { CommandRequest } from '../../machine/ports.ts';
import { RetainedFile } from '../retained-file.ts';
import type { AnsweredCommand } from './control-link.ts';
import type { Mirror } from './mirror.ts';

interface Retained {
  readonly version: 1;
  readonly requests: readonly CommandRequest[];
}

/**
 * Acknowledgements that were given while the control process was away: kept on the disk, one for each alarm, and delivered
 * when it is back. Each is for the occurrence that was seen then, and for no other that may have taken its place.
 */
export class KeptAcknowledgements {
  readonly #mirror: Mirror;
  readonly #file: RetainedFile<Retained>;
  readonly #kept: Map<string, CommandRequest>;
  #delivering = false;

  static async open(dataDir: string, mirror: Mirror, log: Logger): Promise<KeptAcknowledgements> {
    const file = new RetainedFile<Retained>(path.join(dataDir, 'kept-acknowledgements.json'), 1, (error) =>
      log.error({ err: error }, 'kept acknowledgements could not be saved; they are lost with this process'),
    );
    const retained = await file.load();
    return new KeptAcknowledgements(mirror, file, retained?.requests ?? []);
  }

  private constructor(mirror: Mirror, file: RetainedFile<Retained>, requests: readonly CommandRequest[]) {
    this.#mirror = mirror;
    this.#file = file;
    this.#kept = new Map(requests.map((request) => [alarmOf(request), request]));
  }

  /**
   * @returns null when there is nothing to keep: the control process is there, or this is no acknowledgement of an occurrence
   * that stood unacknowledged when it was last heard from
   */
  async keep(request: CommandRequest): Promise<AnsweredCommand | null> {
    const { action, principal } = request;
    const { controlAlive, alarms, declaration, status } = this.#mirror;
    if (controlAlive || action.name !== 'acknowledge') return null;
    if (permissionReason(principal, roleFor(action, declaration)) !== null) return null;
    const occurrence = alarms.find(({ id, count }) => id === action.alarm && count > 0);
    const isOther = action.occurrenceId !== undefined && action.occurrenceId !== occurrence?.occurrenceId;
    if (occurrence === undefined || occurrence.acknowledged || isOther) return null;
    const { occurrenceId, state: before } = occurrence;
    const kept = { ...request, action: { ...action, occurrenceId } };
    this.#kept.set(action.alarm, kept);
    await this.#save();
    const commandId = randomUUID();
    const note = 'The control process is away. The acknowledgement is kept, and delivered when it is back.';
    return {
      command: { ...kept, id: commandId },
      outcome: { accepted: true, commandId, state: status.state, before, after: 'kept', note },
      isDecided: false,
    };
  }

  /** Hands over what is kept; what the control process does not decide on stays for the next time. */
  async deliver(command: (request: CommandRequest) => Promise<AnsweredCommand>): Promise<void> {
    if (this.#delivering) return;
    this.#delivering = true;
    for (const [alarm, request] of this.#kept) {
      const { isDecided } = await command(request);
      if (isDecided && this.#kept.get(alarm) === request) this.#kept.delete(alarm);
    }
    this.#delivering = false;
    await this.#save();
  }

  #save(): Promise<void> {
    return this.#file.save({ version: 1, requests: [...this.#kept.values()] });
  }
}

function alarmOf({ action }: CommandRequest): string {
  return action.name === 'acknowledge' ? action.alarm : '';
}
