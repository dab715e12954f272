import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Command, CommandOutcome } from '../../machine/commands/command.ts';
import type { CommandGate, CommandRequest } from '../../machine/ports.ts';
import { auditEntryOf, type AuditTrail } from '../../operations/ports/audit.ts';
import type { ControlLink } from './control-link.ts';
import type { Mirror } from './mirror.ts';
import type { JournalKeeper } from './journal-keeper.ts';
import type { OwnAlarms } from './own-alarms.ts';

/** An answer waits this long for its audit entry to be on the disk; a database that takes longer gets it later. */
const auditPatienceMs = 1_000;

export interface AuditedGateOptions {
  readonly link: ControlLink;
  readonly mirror: Mirror;
  readonly ownAlarms: OwnAlarms;
  readonly journal: JournalKeeper;
  readonly audit: AuditTrail;
  /** Told of every command with its outcome, for history. */
  readonly onDecided: (command: Command, outcome: CommandOutcome, durationMs: number) => void;
  readonly log: Logger;
}

/**
 * The gate as the gateway's adapters see it: REST and OPC UA call the same one, so both get the same decision and leave the
 * same audit entry. What the control process decided comes to the audit by its journal, which nothing loses; what was
 * decided here, because that process was not to be had or is not concerned, is entered here.
 */
export function auditedGate({
  link,
  mirror,
  ownAlarms,
  journal,
  audit,
  onDecided,
  log,
}: AuditedGateOptions): CommandGate {
  async function enter(command: Command, outcome: CommandOutcome): Promise<void> {
    try {
      await audit.append(auditEntryOf(command, outcome, Date.now()));
    } catch (error) {
      log.error({ err: error, command, outcome }, 'a command could not be written to the audit');
    }
  }

  return {
    async request(request: CommandRequest): Promise<CommandOutcome> {
      const startMs = performance.now();
      const own = ownAlarms.decide(request, mirror.status.state);
      const { command, outcome, isDecided } = own ?? (await link.command(request));
      onDecided(command, outcome, performance.now() - startMs);
      if (own !== null || !isDecided)
        await Promise.race([enter(command, outcome), pause(auditPatienceMs, undefined, { ref: false })]);
      else await journal.storedCommand(command.id, auditPatienceMs);
      return outcome;
    },
  };
}
