import type { Role } from '../machine/commands/role.ts';
import { createAccount } from './accounts.ts';
import type { Database } from './database.ts';
import { accountEntity } from './entities.ts';
import { generatedPassword } from './password.ts';

export interface FirstAccounts {
  /** The administrator's password as the deployment gives it; null: one is generated. */
  readonly adminPassword: string | null;
  /**
   * The demonstration also has an `operator` and an `engineer`, and nobody need change a generated password. Without it
   * every password that was generated, also by an earlier demonstration on the same data, has to be changed first.
   */
  readonly demo: boolean;
}

export interface FirstLogin {
  readonly username: string;
  readonly password: string;
}

/** Makes the accounts that are missing and tells the passwords that it generated, once. There is no default password. */
export async function seedAccounts(
  database: Database,
  atMs: number,
  { adminPassword, demo }: FirstAccounts,
): Promise<readonly FirstLogin[]> {
  if (!demo) {
    await database.write(async (manager) =>
      manager.update(accountEntity, { passwordOrigin: 'generated' }, { mustChangePassword: true }),
    );
  }
  const wanted: readonly { username: string; role: Role; given: string | null }[] = [
    { username: 'admin', role: 'admin', given: adminPassword },
    ...(demo
      ? [
          { username: 'operator', role: 'operator' as const, given: null },
          { username: 'engineer', role: 'engineer' as const, given: null },
        ]
      : []),
  ];
  const made: FirstLogin[] = [];
  for (const { username, role, given } of wanted) {
    const known = await database.read(async (manager) => manager.existsBy(accountEntity, { usernameKey: username }));
    // Also one that was disabled: whoever did it had a reason.
    if (known) continue;
    const password = given ?? generatedPassword();
    const origin = given === null ? 'generated' : 'given';
    const creation = await createAccount(database, atMs, { username, role }, password, origin, given === null && !demo);
    if (creation.ok && given === null) made.push({ username, password });
  }
  return made;
}
