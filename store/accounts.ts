import type { Principal } from '../machine/commands/command.ts';
import type { Account, AccountCreation, Accounts, NewAccount, PasswordChange } from '../operations/ports/accounts.ts';
import type { Database } from './database.ts';
import { accountEntity, sessionEntity, type AccountRow } from './entities.ts';
import { generatedPassword, hashPassword, matches, pretendToMatch, weaknessOf } from './password.ts';

/** Names under which the server itself acts; a person of that name could not be told from it in the audit. */
const reservedNames = new Set(['panel', 'system', 'anonymous', 'unknown']);

const usernamePattern = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;

export function usernameKey(username: string): string {
  return username.normalize('NFKC').toLowerCase();
}

/** Accounts in the relational store. `now` gives ms since 1970. */
export function openAccounts(database: Database, now: () => number): Accounts {
  async function rowOf(username: string): Promise<AccountRow | null> {
    if (!usernamePattern.test(username)) return null;
    return database.read(async (manager) => manager.findOneBy(accountEntity, { usernameKey: usernameKey(username) }));
  }

  async function authenticate(
    username: string,
    password: string,
  ): Promise<(Principal & { mustChangePassword: boolean }) | null> {
    const row = await rowOf(username);
    const right = row === null ? await pretendToMatch(password) : await matches(row.passwordHash, password);
    if (row === null || !right || row.disabled) return null;
    await database.write(async (manager) => manager.update(accountEntity, { id: row.id }, { lastSignInAtMs: now() }));
    return { name: row.username, role: row.role, kind: 'person', mustChangePassword: row.mustChangePassword };
  }

  async function changePassword(username: string, current: string, next: string): Promise<PasswordChange> {
    const row = await rowOf(username);
    if (row === null || row.disabled || !(await matches(row.passwordHash, current))) {
      return { ok: false, code: 'WRONG_PASSWORD', explanation: 'The present password is not right.' };
    }
    const weakness = current === next ? 'The new password is the present one.' : weaknessOf(next, row.username);
    if (weakness !== null) return { ok: false, code: 'WEAK_PASSWORD', explanation: weakness };
    const passwordHash = await hashPassword(next);
    const changed = await database.write(async (manager) =>
      manager.update(
        accountEntity,
        // Of two changes at once that both knew the present password, the second has it wrong by then.
        { id: row.id, passwordHash: row.passwordHash },
        { passwordHash, passwordOrigin: 'chosen', mustChangePassword: false, passwordChangedAtMs: now() },
      ),
    );
    if (changed.affected === 1) return { ok: true };
    return { ok: false, code: 'WRONG_PASSWORD', explanation: 'The password was changed from elsewhere just now.' };
  }

  async function setDisabled(username: string, disabled: boolean): Promise<boolean> {
    const row = await rowOf(username);
    if (row === null) return false;
    await database.write(async (manager) => {
      await manager.update(accountEntity, { id: row.id }, { disabled });
      if (disabled) await manager.delete(sessionEntity, { accountId: row.id });
    });
    return true;
  }

  return {
    authenticate,
    changePassword,
    setDisabled,
    async create(account: NewAccount) {
      return createAccount(database, now(), account, generatedPassword(), 'generated', true);
    },
    async find(username) {
      const row = await rowOf(username);
      return row === null ? null : accountOf(row);
    },
    async list() {
      const rows = await database.read(async (manager) =>
        manager.find(accountEntity, { order: { usernameKey: 'ASC' } }),
      );
      return rows.map(accountOf);
    },
  };
}

/** Makes an account with a password that is known by now: generated here or given by whoever deploys. */
export async function createAccount(
  database: Database,
  atMs: number,
  account: NewAccount,
  password: string,
  passwordOrigin: 'generated' | 'given',
  mustChangePassword: boolean,
): Promise<AccountCreation> {
  if (!usernamePattern.test(account.username) || reservedNames.has(usernameKey(account.username))) {
    const explanation =
      'A user name has 1 to 64 letters, digits or . _ @ -, begins with a letter or digit, and is not reserved.';
    return { ok: false, code: 'INVALID_USERNAME', explanation };
  }
  const row: Omit<AccountRow, 'id'> = {
    username: account.username,
    usernameKey: usernameKey(account.username),
    role: account.role,
    passwordHash: await hashPassword(password),
    passwordOrigin,
    mustChangePassword,
    disabled: false,
    site: account.site ?? null,
    createdAtMs: atMs,
    passwordChangedAtMs: atMs,
    lastSignInAtMs: null,
  };
  const created = await database.write(async (manager) => {
    if (await manager.existsBy(accountEntity, { usernameKey: row.usernameKey })) return false;
    await manager.insert(accountEntity, row);
    return true;
  });
  if (created) return { ok: true, account: accountOf(row), initialPassword: password };
  return { ok: false, code: 'USERNAME_TAKEN', explanation: `There is an account ${account.username} already.` };
}

function accountOf(row: Omit<AccountRow, 'id'>): Account {
  return {
    username: row.username,
    role: row.role,
    site: row.site,
    disabled: row.disabled,
    mustChangePassword: row.mustChangePassword,
    createdAtMs: row.createdAtMs,
    lastSignInAtMs: row.lastSignInAtMs,
  };
}
