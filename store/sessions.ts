import { createHash, randomBytes } from 'node:crypto';
import { In, LessThan } from 'typeorm';
import type { NewSession, Session, Sessions } from '../operations/ports/sessions.ts';
import { usernameKey } from './accounts.ts';
import { storable, type Database } from './database.ts';
import { accountEntity, sessionEntity, type AccountRow, type SessionRow } from './entities.ts';

/** Sessions that one account may have at a time; the one unused for longest gives way. */
const sessionsPerAccount = 20;

/** 256 random bits need no salt and no slow digest: they can't be guessed from it. */
function digest(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}

export function openSessions(database: Database): Sessions {
  async function open(wanted: NewSession): Promise<{ token: string; session: Session } | null> {
    const token = randomBytes(32).toString('base64url');
    const row: Omit<SessionRow, 'accountId'> = {
      tokenHash: digest(token),
      csrfToken: randomBytes(32).toString('base64url'),
      createdAtMs: wanted.atMs,
      lastSeenAtMs: wanted.atMs,
      expiresAtMs: wanted.expiresAtMs,
      address: storable(wanted.address),
    };
    const account = await database.write(async (manager) => {
      const key = usernameKey(wanted.username);
      const found = await manager.findOneBy(accountEntity, { usernameKey: key, disabled: false });
      if (found === null) return null;
      await manager.delete(sessionEntity, { expiresAtMs: LessThan(wanted.atMs) });
      const others = await manager.find(sessionEntity, {
        where: { accountId: found.id },
        order: { lastSeenAtMs: 'DESC' },
        skip: sessionsPerAccount - 1,
        take: 1_000,
      });
      await manager.delete(sessionEntity, { tokenHash: In(others.map((other) => other.tokenHash)) });
      await manager.insert(sessionEntity, { ...row, accountId: found.id });
      return found;
    });
    return account === null ? null : { token, session: sessionOf({ ...row, accountId: account.id }, account) };
  }

  async function find(token: string): Promise<Session | null> {
    return database.read(async (manager) => {
      const row = await manager.findOneBy(sessionEntity, { tokenHash: digest(token) });
      if (row === null) return null;
      const account = await manager.findOneBy(accountEntity, { id: row.accountId, disabled: false });
      return account === null ? null : sessionOf(row, account);
    });
  }

  return {
    open,
    find,
    async seen(id, atMs) {
      await database.write(async (manager) => manager.update(sessionEntity, { tokenHash: id }, { lastSeenAtMs: atMs }));
    },
    async end(id) {
      await database.write(async (manager) => manager.delete(sessionEntity, { tokenHash: id }));
    },
    async endAllOf(username, exceptId) {
      await database.write(async (manager) => {
        const account = await manager.findOneBy(accountEntity, { usernameKey: usernameKey(username) });
        if (account === null) return;
        const rows = await manager.findBy(sessionEntity, { accountId: account.id });
        const ids = rows.map((row) => row.tokenHash).filter((id) => id !== exceptId);
        await manager.delete(sessionEntity, { tokenHash: In(ids) });
      });
    },
  };
}

function sessionOf(row: SessionRow, account: AccountRow): Session {
  return {
    id: row.tokenHash,
    username: account.username,
    role: account.role,
    mustChangePassword: account.mustChangePassword,
    csrfToken: row.csrfToken,
    createdAtMs: row.createdAtMs,
    lastSeenAtMs: row.lastSeenAtMs,
    expiresAtMs: row.expiresAtMs,
    address: row.address,
  };
}
