import type { Logger } from 'pino';
import type { Command, CommandOutcome } from '../../machine/commands/command.ts';
import type { CommandGate, CommandRequest } from '../../machine/ports.ts';
import { auditEntryOf, type AuditTrail } from '../../operations/ports/audit.ts';
import type { ControlLink } from './control-link.ts';
import type { Mirror } from './mirror.ts';
import type { OwnAlarms } from './own-alarms.ts';

export interface AuditedGateOptions {
  readonly link: ControlLink;
  readonly mirror: Mirror;
  readonly ownAlarms: OwnAlarms;
  readonly audit: AuditTrail;
  /** Told of every command with its outcome, for history. */
  readonly onDecided: (command: Command, outcome: CommandOutcome, durationMs: number) => void;
  readonly log: Logger;
}

/**
 * The gate as the gateway's adapters see it: REST and OPC UA call the same one, so both get the same decision and leave the
 * same audit entry, written before the caller is answered.
 */
export function auditedGate({ link, mirror, ownAlarms, audit, onDecided, log }: AuditedGateOptions): CommandGate {
  return {
    async request(request: CommandRequest): Promise<CommandOutcome> {
      const startMs = performance.now();
      const { command, outcome } = ownAlarms.acknowledge(request, mirror.status.state) ?? (await link.command(request));
      onDecided(command, outcome, performance.now() - startMs);
      try {
        await audit.append(auditEntryOf(command, outcome, Date.now()));
      } catch (error) {
        // the command was decided and maybe carried out: its true outcome is told, and the missing entry kept in the log
        log.error({ err: error, command, outcome }, 'a command could not be written to the audit');
      }
      return outcome;
    },
  };
}
