import type { ServerResponse } from 'node:http';
import type { Role, SessionReply } from '../../../web/src/contract/replies.ts';
import { json, problem } from './stand-in-http.ts';

interface Account {
  password: string;
  readonly role: Role;
  mustChangePassword: boolean;
}

export interface Session {
  readonly username: string;
  readonly csrfToken: string;
}

/** Who may come in to the stand-in: `operator`, `observer`, and `newcomer`, who has to change the password first. */
export class Door {
  private readonly accounts = new Map<string, Account>([
    ['operator', { password: 'operator-secret', role: 'operator', mustChangePassword: false }],
    ['observer', { password: 'observer-secret', role: 'observer', mustChangePassword: false }],
    ['newcomer', { password: 'newcomer-secret', role: 'operator', mustChangePassword: true }],
  ]);
  private readonly sessions = new Map<string, Session>();
  private count = 0;

  find(cookies: string | undefined): Session | undefined {
    return this.sessions.get(/tve_session=(\w+)/.exec(cookies ?? '')?.[1] ?? '');
  }

  signIn({ username, password }: { username: string; password: string }, response: ServerResponse): void {
    if (this.accounts.get(username)?.password !== password) {
      problem(response, 401, { code: 'SIGN_IN_FAILED', title: 'User name or password is wrong' });
      return;
    }
    const id = `session${++this.count}`;
    const session = { username, csrfToken: `token${this.count}` };
    this.sessions.set(id, session);
    response.setHeader('set-cookie', `tve_session=${id}; HttpOnly; SameSite=Strict; Path=/`);
    json(response, this.reply(session));
  }

  reply({ username, csrfToken }: Session): SessionReply {
    const { role = 'observer', mustChangePassword = false } = this.accounts.get(username) ?? {};
    return { user: { username, role, mustChangePassword }, csrfToken };
  }

  signOut(session: Session): void {
    for (const [id, one] of this.sessions) if (one === session) this.sessions.delete(id);
  }

  endAll(): void {
    this.sessions.clear();
  }

  changePassword(session: Session, body: { current: string; next: string }, response: ServerResponse): void {
    const account = this.accounts.get(session.username);
    if (account?.password !== body.current) {
      problem(response, 403, { code: 'WRONG_PASSWORD', title: 'The present password is wrong' });
    } else if (body.next.length < 10) {
      problem(response, 422, { code: 'WEAK_PASSWORD', detail: 'A password has at least 10 characters.' });
    } else {
      account.password = body.next;
      account.mustChangePassword = false;
      json(response, this.reply(session));
    }
  }
}
