import type { Principal } from '../../machine/commands/command.ts';

/** Checks a user name and password against the accounts; used by REST and OPC UA alike. */
export interface AccountDirectory {
  /** The principal, or null when name or password are wrong or the account is disabled. */
  authenticate(
    username: string,
    password: string,
  ): Promise<(Principal & { readonly mustChangePassword: boolean }) | null>;
}
