import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Command, CommandOutcome } from '../../machine/commands/command.ts';
import type { CommandGate, CommandRequest } from '../../machine/ports.ts';
import { auditEntryOf, type AuditEntry, type AuditTrail } from '../../operations/ports/audit.ts';
import type { ControlLink } from './control-link.ts';
import type { Mirror } from './mirror.ts';
import type { KeptAcknowledgements } from './kept-acknowledgements.ts';
import type { JournalKeeper } from './journal-keeper.ts';
import type { OwnAlarms } from './own-alarms.ts';

/** An answer waits this long for its audit entry to be on the disk; a database that takes longer gets it later. */
const auditPatienceMs = 1_000;

export interface AuditedGateOptions {
  readonly link: ControlLink;
  readonly mirror: Mirror;
  readonly ownAlarms: OwnAlarms;
  readonly kept: KeptAcknowledgements;
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
  kept,
  journal,
  audit,
  onDecided,
  log,
}: AuditedGateOptions): CommandGate {
  return {
    async request(request: CommandRequest): Promise<CommandOutcome> {
      const startMs = performance.now();
      const own = ownAlarms.decide(request, mirror.status.state) ?? (await kept.keep(request));
      const { command, outcome, isDecided } = own ?? (await link.command(request));
      onDecided(command, outcome, performance.now() - startMs);
      if (own !== null || !isDecided) await enterInAudit(audit, auditEntryOf(command, outcome, Date.now()), log);
      else await journal.storedCommand(command.id, auditPatienceMs);
      return outcome;
    },
  };
}

/** For what was decided in the gateway. Resolves when the entry is on the disk, or when the patience for that is over. */
export async function enterInAudit(audit: AuditTrail, entry: AuditEntry, log: Logger): Promise<void> {
  const entered = audit.append(entry).catch((error: unknown) => {
    log.error({ err: error, entry }, 'a command could not be written to the audit');
  });
  await Promise.race([entered, pause(auditPatienceMs, undefined, { ref: false })]);
}
