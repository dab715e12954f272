import { MessageSecurityMode, type ServerSession } from 'node-opcua';
import type { Principal, Reason } from '../../machine/commands/command.ts';
import type { SignalValue } from '../../machine/signal.ts';
import type { AuditEntry, AuditTrail } from '../../operations/ports/audit.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { seldom } from './seldom.ts';

/** Nobody answers for an anonymous session, and anybody may open thousands: one of each address in this time is entered. */
const anonymousPeriodMs = 60_000;

/** Enters sessions in the audit: who signed in, who was refused and why, how a session ended. */
export interface SessionAudit {
  signedIn(session: ServerSession, principal: Principal): void;
  refused(session: ServerSession, actor: string, reason: Reason): void;
}

/** Where a session comes from: application and address. */
export function stationOf(session: ServerSession | null | undefined): string {
  const application = session?.clientDescription?.applicationUri ?? 'unknown application';
  return `${application} @ ${session?.channel?.remoteAddress || 'unknown address'}`;
}

/** An audit that can't be written stops nobody: it is logged, and the machine goes on. */
export function sessionAudit(audit: Pick<AuditTrail, 'append'>, log: AddressSpaceLog): SessionAudit {
  const anonymousAgain = seldom(anonymousPeriodMs);
  /** Sessions whose end is going to be entered. */
  const entered = new WeakSet<ServerSession>();

  function enter(
    by: Principal | string,
    action: string,
    station: string,
    what: Pick<AuditEntry, 'args' | 'result' | 'reasons'>,
  ): void {
    const who =
      typeof by === 'string'
        ? ({ actor: by, role: null, kind: 'person' } as const)
        : { actor: by.name, role: by.role, kind: by.kind };
    const entry = { atMs: Date.now(), ...who, origin: 'opcua', station, action, ...what } as const;
    audit.append({ ...entry, before: null, after: null, reason: null }).catch((error: unknown) => {
      log.error({ error: String(error), entry }, 'the audit could not be written');
    });
  }

  return {
    signedIn(session, principal) {
      const station = stationOf(session);
      const omitted = principal.kind === 'token' ? anonymousAgain(session.channel?.remoteAddress ?? '') : 0;
      if (omitted === null) return;
      const args = { ...channelOf(session), ...(omitted > 0 && { omitted }) };
      enter(principal, 'signIn', station, { args, result: 'accepted', reasons: [] });
      if (entered.has(session)) return;
      entered.add(session);
      session.once('session_closed', (_session: ServerSession, _deleteSubscriptions: boolean, reason: string) => {
        const how = endings[reason] ?? reason;
        enter(principal, 'signOut', station, {
          args: { session: idOf(session), how },
          result: 'accepted',
          reasons: [],
        });
      });
    },
    refused(session, actor, reason) {
      enter(actor, 'signIn', stationOf(session), { args: channelOf(session), result: 'refused', reasons: [reason] });
    },
  };
}

const endings: Readonly<Record<string, string>> = {
  CloseSession: 'closed by the client',
  Timeout: 'not heard of for too long',
  Terminated: 'closed by the server',
  Forcing: 'closed to make room',
};

function idOf(session: ServerSession): string {
  return session.nodeId.toString();
}

function channelOf(session: ServerSession): Record<string, SignalValue> {
  const { channel } = session;
  return {
    session: idOf(session),
    policy: channel?.securityPolicy.split('#')[1] ?? 'None',
    mode: MessageSecurityMode[channel?.securityMode ?? MessageSecurityMode.None],
  };
}
