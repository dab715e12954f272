import {
  type ISessionContext,
  type NodeId,
  type OPCUAServer,
  type ServerSession,
  UAUserManagerBase,
  UserNameIdentityToken,
  WellKnownRoles,
  makeRoles,
} from 'node-opcua';
import type { Principal } from '../../machine/commands/command.ts';
import { type Role, includesRole } from '../../machine/commands/role.ts';
import type { Accounts } from '../../operations/ports/accounts.ts';
import type { Attempts } from '../../operations/ports/attempts.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { seldom } from './seldom.ts';
import { type SessionAudit, stationOf } from './session-audit.ts';

/** The standard role that each of ours adds to those below it (OPC 10000-18, 4.2). */
export const standardRole: Readonly<Record<Role, WellKnownRoles>> = {
  observer: WellKnownRoles.Observer,
  operator: WellKnownRoles.Operator,
  engineer: WellKnownRoles.Engineer,
  admin: WellKnownRoles.ConfigureAdmin,
};

const ladder = Object.keys(standardRole) as Role[];

export const anonymous: Principal = { name: 'anonymous', role: 'observer', kind: 'token' };

export type SignInAccounts = Pick<Accounts, 'authenticate' | 'find'>;

export interface IdentityParts {
  readonly accounts: SignInAccounts;
  readonly throttle: Attempts;
  readonly entries: SessionAudit;
  readonly log: AddressSpaceLog;
}

const remindAfterMs = 60_000;

/** Who stands behind each session. */
export interface Identities {
  readonly userManager: UAUserManagerBase;
  /** By another way than a password: who stands behind the token. */
  admit(token: object, principal: Principal): void;
  /** To be called once on the server before it starts. */
  watch(server: OPCUAServer): void;
  principalOf(context: ISessionContext | null): Principal;
  /** Where the request comes from, for the audit: application and address. */
  stationOf(context: ISessionContext | null): string;
}

/**
 * Checks user names against the accounts and remembers the principal by the identity token that the session bears, so
 * that two sessions of one user name, or one session that changes its user, are never mixed up. A user who still has to
 * change the first password may only read.
 *
 * Guessing is slowed down as at REST, and by the same count. A session that is signed in is not concerned: it goes on, and
 * with it an emergency stop.
 */
export function openIdentities({ accounts, throttle, entries, log }: IdentityParts): Identities {
  /** Passwords were right, the session does not bear the token yet. */
  const verified = new WeakMap<ServerSession, Map<string, Principal>>();
  const principals = new WeakMap<object, Principal>();

  const waitAgain = seldom(remindAfterMs);

  async function authenticate(session: ServerSession, username: string, password: string) {
    const address = session.channel?.remoteAddress ?? '';
    const waitSeconds = throttle.begin(username, address);
    if (waitSeconds > 0) {
      // Attempts that only wait are not entered: a flood of them must not fill the audit.
      const omitted = waitAgain(address);
      const context = { waitSeconds, omitted, station: stationOf(session) };
      if (omitted !== null)
        log.warn(context, 'OPC UA sign-in refused: too many failures, wait before the next attempt');
      return null;
    }
    try {
      const account = await accounts.authenticate(username, password);
      if (account) throttle.succeeded(username, address);
      else await refuse(session, username);
      return account;
    } finally {
      throttle.done();
    }
  }

  /** The account's own spelling goes to the audit, or that it is none: what was typed may be a password in the wrong field. */
  async function refuse(session: ServerSession, username: string): Promise<void> {
    log.warn({ username, station: stationOf(session) }, 'OPC UA sign-in refused: wrong name or password');
    const actor = (await accounts.find(username))?.username ?? 'unknown';
    const text = 'User name or password is wrong, or the account is disabled.';
    entries.refused(session, actor, { code: 'SIGN_IN_FAILED', text });
  }

  async function verify(session: ServerSession, username: string, password: string): Promise<boolean> {
    const account = await authenticate(session, username, password);
    if (!account) return false;
    const { name, kind, role, mustChangePassword } = account;
    const byName = verified.get(session) ?? new Map<string, Principal>();
    byName.set(username, { name, kind, role: mustChangePassword ? 'observer' : role });
    verified.set(session, byName);
    return true;
  }

  function principalOf(context: ISessionContext | null): Principal {
    const token = context?.session?.userIdentityToken;
    const known = token && principals.get(token);
    if (known || !(token instanceof UserNameIdentityToken)) return known ?? anonymous;
    return { ...anonymous, name: token.userName ?? anonymous.name };
  }

  return {
    userManager: new AccountUsers(async (session, username, password) => {
      try {
        return await verify(session, username, password);
      } catch (cause) {
        log.error({ username, cause: String(cause) }, 'OPC UA sign-in not possible: the accounts cannot be read');
        throw cause;
      }
    }),
    watch(server) {
      server.on('session_activated', (session: ServerSession) => {
        const token = session.userIdentityToken;
        if (!(token instanceof UserNameIdentityToken)) {
          entries.signedIn(session, (token && principals.get(token)) ?? anonymous);
          return;
        }
        const principal = verified.get(session)?.get(token.userName ?? '');
        if (principal) {
          principals.set(token, principal);
          entries.signedIn(session, principal);
        }
        verified.delete(session);
        log.info({ user: token.userName, station: stationOf(session) }, 'OPC UA session signed in');
      });
      server.roleResolvers.push({
        resolveRoles: (token) => rolesUpTo(principals.get(token)?.role ?? 'observer'),
      });
    },
    admit: (token, principal) => void principals.set(token, principal),
    principalOf,
    stationOf: (context) => stationOf(context?.session as ServerSession | undefined),
  };
}

type Check = (session: ServerSession, username: string, password: string) => Promise<boolean>;

/** A check that throws is answered with BadInternalError, not with "wrong password". */
class AccountUsers extends UAUserManagerBase {
  readonly #check: Check;

  constructor(check: Check) {
    super();
    this.#check = check;
  }

  override isValidUser(session: ServerSession, username: string, password: string): Promise<boolean> {
    return this.#check(session, username, password);
  }

  /** Roles come with the session's token, not with the user name. A new list each time: the library adds to it. */
  override getUserRoles(): NodeId[] {
    return [];
  }
}

function rolesUpTo(role: Role): NodeId[] {
  const held = ladder.filter((each) => includesRole(role, each)).map((each) => standardRole[each]);
  return makeRoles(role === 'admin' ? [...held, WellKnownRoles.SecurityAdmin] : held);
}
