import type { Role } from '../../machine/commands/role.ts';

/** Somebody who is signed in, with the rights that the account has now, not those of the moment of signing in. */
export interface Session {
  /** Names the session without giving it away: the digest of its token. */
  readonly id: string;
  readonly username: string;
  readonly role: Role;
  readonly mustChangePassword: boolean;
  readonly csrfToken: string;
  readonly createdAtMs: number;
  readonly lastSeenAtMs: number;
  readonly expiresAtMs: number;
  /** The address that it was opened from. */
  readonly address: string;
}

export interface NewSession {
  readonly username: string;
  readonly address: string;
  readonly atMs: number;
  readonly expiresAtMs: number;
}

/** Keeps sessions. How long one may idle is the caller's rule; past `expiresAtMs` a session is swept away. */
export interface Sessions {
  /** The token is told this once; only its digest is kept. Null when the account is gone or disabled meanwhile. */
  open(session: NewSession): Promise<{ readonly token: string; readonly session: Session } | null>;
  /** Null when there is none, or its account was disabled. */
  find(token: string): Promise<Session | null>;
  seen(id: string, atMs: number): Promise<void>;
  end(id: string): Promise<void>;
  /** Ends all sessions of an account, but for one. */
  endAllOf(username: string, exceptId?: string): Promise<void>;
}
