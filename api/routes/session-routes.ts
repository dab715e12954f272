import { z } from 'zod';
import type { Accounts } from '../../operations/ports/accounts.ts';
import type { Session } from '../../operations/ports/sessions.ts';
import type { Attempts } from '../../operations/ports/attempts.ts';
import type { AuditScribe } from '../audit-scribe.ts';
import { Problem } from '../problem.ts';
import { SessionReply } from '../replies.ts';
import { route, type Caller, type Route } from '../route.ts';
import { cookieName, forgetCookie, type SessionKeeper } from '../session-keeper.ts';

export interface SessionParts {
  readonly accounts: Accounts;
  readonly keeper: SessionKeeper;
  readonly throttle: Attempts;
  readonly scribe: AuditScribe;
}

const replyOf = (session: Session): z.input<typeof SessionReply> => ({
  user: { username: session.username, role: session.role, mustChangePassword: session.mustChangePassword },
  csrfToken: session.csrfToken,
});

const tooMany = (retryAfterSeconds: number): Problem =>
  new Problem('TOO_MANY_ATTEMPTS', 'Wait before the next attempt.', { retryAfterSeconds });

const signInFailed = (): Problem =>
  new Problem('SIGN_IN_FAILED', 'User name or password is wrong, or the account is disabled.');

/** Longer than any user name or password that can be chosen. */
const secretText = z.string().max(1_000);

export function sessionRoutes(parts: SessionParts): readonly Route[] {
  return [signIn(parts), whoAmI(), signOut(parts), changePassword(parts)];
}

function signIn({ accounts, keeper, throttle, scribe }: SessionParts): Route {
  /** The account's own spelling, or that it is none: what was typed may be a password in the wrong field. */
  const actorOf = async (username: string): Promise<string> => (await accounts.find(username))?.username ?? 'unknown';

  async function attempt(username: string, password: string, { station }: Caller): Promise<string | Problem> {
    const waitSeconds = throttle.begin(username, station);
    if (waitSeconds > 0) return tooMany(waitSeconds);
    try {
      const principal = await accounts.authenticate(username, password);
      if (principal === null) return signInFailed();
      throttle.succeeded(username, station);
      return principal.name;
    } finally {
      throttle.done();
    }
  }

  return route({
    method: 'post',
    path: '/session',
    tag: 'session',
    summary: 'Sign in',
    description: 'Sets the cookie `tve_session`. Several failures in a row make further attempts wait.',
    role: null,
    body: z.strictObject({ username: secretText, password: secretText }),
    reply: SessionReply,
    problems: ['SIGN_IN_FAILED', 'TOO_MANY_ATTEMPTS', 'STORE_UNAVAILABLE'],
    async handle({ body, ctx }, by) {
      const { username, password } = body;
      const before = await keeper.find(ctx.cookies.get(cookieName), false);
      const name = await attempt(username, password, by);
      const session = name instanceof Problem ? null : await keeper.open(ctx, name, by.station);
      if (session === null) {
        const problem = name instanceof Problem ? name : signInFailed();
        // Attempts that only wait are counted as requests: a flood of them must not fill the audit.
        if (problem.code === 'SIGN_IN_FAILED') {
          await scribe.note(by, { action: 'signIn', actor: await actorOf(username), result: 'refused', problem });
        }
        return problem;
      }
      if (before !== null) await keeper.end(before);
      await scribe.note(by, { action: 'signIn', actor: session.username, result: 'accepted' });
      return replyOf(session);
    },
  });
}

function whoAmI(): Route {
  return route({
    method: 'get',
    path: '/session',
    tag: 'session',
    summary: 'Who is signed in',
    role: 'observer',
    reply: SessionReply,
    handle: (_asked, { session }) =>
      session === null ? new Problem('NOT_SIGNED_IN', 'Nobody is signed in.') : replyOf(session),
  });
}

function signOut({ keeper, scribe }: SessionParts): Route {
  return route({
    method: 'delete',
    path: '/session',
    tag: 'session',
    summary: 'Sign out',
    role: 'observer',
    withOldPassword: true,
    action: 'signOut',
    status: 204,
    reply: z.undefined(),
    async handle({ ctx }, by) {
      if (by.session === null) return undefined;
      await keeper.end(by.session);
      forgetCookie(ctx);
      await scribe.note(by, { action: 'signOut', result: 'accepted' });
      return undefined;
    },
  });
}

function changePassword({ accounts, keeper, throttle, scribe }: SessionParts): Route {
  return route({
    method: 'post',
    path: '/session/password',
    tag: 'session',
    summary: 'Change the own password',
    description: 'Ends all other sessions of the account.',
    role: 'observer',
    withOldPassword: true,
    action: 'changePassword',
    body: z.strictObject({ current: secretText, next: secretText }),
    reply: SessionReply,
    problems: ['WRONG_PASSWORD', 'WEAK_PASSWORD', 'TOO_MANY_ATTEMPTS', 'STORE_UNAVAILABLE'],
    async handle({ body }, by) {
      const { session, station } = by;
      if (session === null) return new Problem('NOT_SIGNED_IN', 'Nobody is signed in.');
      const waitSeconds = throttle.begin(session.username, station);
      if (waitSeconds > 0) return tooMany(waitSeconds);
      try {
        const change = await accounts.changePassword(session.username, body.current, body.next);
        if (change.ok || change.code !== 'WRONG_PASSWORD') throttle.succeeded(session.username, station);
        const problem = change.ok ? undefined : new Problem(change.code, change.explanation);
        const result = change.ok ? 'accepted' : 'refused';
        await scribe.note(by, { action: 'changePassword', result, ...(problem === undefined ? {} : { problem }) });
        if (problem !== undefined) return problem;
      } finally {
        throttle.done();
      }
      await keeper.endOthersOf(session);
      return replyOf({ ...session, mustChangePassword: false });
    },
  });
}
