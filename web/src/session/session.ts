import { signal } from '@preact/signals';
import { ask, type Answer, useCredentials } from '../contract/ask.ts';
import type { Role, SessionReply, UserReply } from '../contract/replies.ts';

/**
 * `unknown` not asked yet, or the server can't be reached · `out` nobody is signed in · `in` ·
 * `expired` somebody was: what is on the screen stays there, and the same page asks to sign in again.
 */
export type SessionState = 'unknown' | 'out' | 'in' | 'expired';

export const sessionState = signal<SessionState>('unknown');
export const user = signal<UserReply | null>(null);

let csrfToken: string | null = null;
/** Counts sign-ins and sign-outs: an answer to a question from before the last one says nothing about now. */
let turn = 0;

const ladder: readonly Role[] = ['observer', 'operator', 'engineer', 'admin'];

/** Whether the signed-in role includes this one. Only for what the page offers: the server decides by its own. */
export function mayAs(role: Role): boolean {
  const held = user.value?.role;
  return sessionState.value === 'in' && held !== undefined && ladder.indexOf(held) >= ladder.indexOf(role);
}

function take(reply: SessionReply): void {
  csrfToken = reply.csrfToken;
  user.value = reply.user;
  sessionState.value = 'in';
}

function lose(): void {
  csrfToken = null;
  if (sessionState.value === 'in') sessionState.value = 'expired';
  else if (sessionState.value === 'unknown') sessionState.value = 'out';
}

/**
 * Asks the server who is signed in. An event stream can't tell a lost session from a lost network: this can.
 * An unreachable server changes nothing, since it says nothing about the session.
 */
export async function whoAmI(): Promise<void> {
  const asked = turn;
  const answer = await ask<SessionReply>('GET', '/session');
  if (asked !== turn) return;
  if (answer.ok) take(answer.reply);
  else if (answer.status === 401) lose();
}

export async function signIn(username: string, password: string): Promise<Answer<SessionReply>> {
  const answer = await ask<SessionReply>('POST', '/session', { username, password });
  if (answer.ok) {
    turn++;
    take(answer.reply);
  }
  return answer;
}

export async function signOut(): Promise<Answer<unknown>> {
  const answer = await ask('DELETE', '/session');
  if (answer.ok || answer.status === 401) {
    turn++;
    csrfToken = null;
    user.value = null;
    sessionState.value = 'out';
  }
  return answer;
}

export async function changePassword(current: string, next: string): Promise<Answer<unknown>> {
  const answer = await ask('POST', '/session/password', { current, next });
  if (answer.ok) await whoAmI();
  return answer;
}

export function startSession(): void {
  useCredentials({
    csrfToken: () => csrfToken,
    // The request may be older than the present session: the server knows.
    expired: () => void whoAmI(),
    async renewed() {
      const before = csrfToken;
      await whoAmI();
      return csrfToken !== null && csrfToken !== before;
    },
  });
}
