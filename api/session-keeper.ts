import { timingSafeEqual } from 'node:crypto';
import type { Context } from 'koa';
import { StoreUnavailableError } from '../operations/ports/failure.ts';
import type { Log } from '../operations/ports/log.ts';
import type { Session, Sessions } from '../operations/ports/sessions.ts';

export const cookieName = 'tve_session';

const cookieRules = { httpOnly: true, sameSite: 'strict', path: '/', overwrite: true } as const;

/** Use of a session is noted in the store at most this often: reading need not write, in ms. */
const noteEveryMs = 30_000;

/** Longest wait for the database to say who asks, in ms. */
const patienceMs = 2_000;

/** The same for somebody who wants to stop the machine, in ms. */
const stopPatienceMs = 200;

/** Sessions remembered for when the database is away. */
const rememberedLimit = 1_000;

export interface SessionRules {
  readonly sessionIdleMinutes: number;
  readonly sessionMaximumHours: number;
}

/**
 * Who is signed in. The store is asked each time, so that what was ended or disabled anywhere ends at once; only while the
 * database is away the sessions seen last still count: an operator at the machine must be able to stop it.
 */
export class SessionKeeper {
  readonly #sessions: Sessions;
  readonly #rules: SessionRules;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #remembered = new Map<string, Session>();
  readonly #onEnd = new Set<(id: string) => void>();

  constructor(sessions: Sessions, rules: SessionRules, now: () => number, log: Log) {
    this.#sessions = sessions;
    this.#rules = rules;
    this.#now = now;
    this.#log = log;
  }

  /**
   * The session of a request, or null. `isUse`: it counts against idling, which a stream that only runs on does not.
   * `isStop`: a database that thinks long is not waited for.
   */
  async find(token: string | undefined, isUse: boolean, isStop = false): Promise<Session | null> {
    if (token === undefined || token === '') return null;
    const session = await this.#lookUp(token, isStop ? stopPatienceMs : patienceMs);
    if (session === null) return null;
    const nowMs = this.#now();
    const lastSeenAtMs = Math.max(session.lastSeenAtMs, this.#remembered.get(token)?.lastSeenAtMs ?? 0);
    if (nowMs >= session.expiresAtMs || nowMs - lastSeenAtMs >= this.#rules.sessionIdleMinutes * 60_000) {
      this.#forget(session.id);
      this.#inPassing(this.#sessions.end(session.id));
      return null;
    }
    this.#remember(token, { ...session, lastSeenAtMs: isUse ? nowMs : lastSeenAtMs });
    if (isUse && nowMs - session.lastSeenAtMs >= Math.min(noteEveryMs, this.#rules.sessionIdleMinutes * 15_000)) {
      this.#inPassing(this.#sessions.seen(session.id, nowMs));
    }
    return session;
  }

  async open(ctx: Context, username: string, address: string): Promise<Session | null> {
    const atMs = this.#now();
    const expiresAtMs = atMs + this.#rules.sessionMaximumHours * 3_600_000;
    const opened = await this.#sessions.open({ username, address, atMs, expiresAtMs });
    if (opened === null) return null;
    this.#remember(opened.token, opened.session);
    ctx.cookies.set(cookieName, opened.token, { ...cookieRules, secure: ctx.secure });
    return opened.session;
  }

  async end(session: Session): Promise<void> {
    await this.#sessions.end(session.id);
    this.#forget(session.id);
  }

  /** After a change of password nobody stays in who came in by the old one. */
  async endOthersOf(session: Session): Promise<void> {
    await this.#sessions.endAllOf(session.username, session.id);
    for (const other of this.#remembered.values()) {
      if (other.username === session.username && other.id !== session.id) this.#forget(other.id);
    }
  }

  /** Calls back when a session ends here; returns how to stop that. */
  onEnd(listener: (id: string) => void): () => void {
    this.#onEnd.add(listener);
    return () => this.#onEnd.delete(listener);
  }

  async #lookUp(token: string, withinMs: number): Promise<Session | null> {
    try {
      const session = await inTime(this.#sessions.find(token), withinMs);
      if (session === null) this.#remembered.delete(token);
      return session;
    } catch (error) {
      const remembered = this.#remembered.get(token);
      if (!(error instanceof StoreUnavailableError) || remembered === undefined) throw error;
      this.#log.warn({ error: String(error) }, 'a session counts as it was last known: the database does not answer');
      return remembered;
    }
  }

  #remember(token: string, session: Session): void {
    this.#remembered.delete(token);
    this.#remembered.set(token, session);
    const [oldest] = this.#remembered.keys();
    if (this.#remembered.size > rememberedLimit && oldest !== undefined) this.#remembered.delete(oldest);
  }

  #forget(id: string): void {
    for (const [token, session] of this.#remembered) if (session.id === id) this.#remembered.delete(token);
    for (const listener of this.#onEnd) listener(id);
  }

  /** For what only keeps the books: the request neither waits for it nor fails by it. */
  #inPassing(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#log.warn({ error: String(error) }, 'the use or end of a session could not be noted');
    });
  }
}

/** A database that is silent for so long counts as away: a stop must not wait for it. */
async function inTime<T>(looking: Promise<T>, withinMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new StoreUnavailableError('The database is silent')), withinMs);
  });
  try {
    return await Promise.race([looking, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function forgetCookie(ctx: Context): void {
  ctx.cookies.set(cookieName, null, cookieRules);
}

/** Compares in constant time. */
export function isSameToken(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
