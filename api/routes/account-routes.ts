import { z } from 'zod';
import type { Account, Accounts } from '../../operations/ports/accounts.ts';
import type { AuditScribe } from '../audit-scribe.ts';
import { timeOf } from '../present.ts';
import { Problem } from '../problem.ts';
import { AccountReply, RoleName } from '../replies.ts';
import { route, type Route } from '../route.ts';

export function accountRoutes(accounts: Accounts, scribe: AuditScribe): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/users',
      tag: 'users',
      summary: 'All accounts',
      role: 'admin',
      action: 'listUsers',
      reply: z.array(AccountReply),
      problems: ['STORE_UNAVAILABLE'],
      handle: async () => (await accounts.list()).map(present),
    }),
    route({
      method: 'post',
      path: '/users',
      tag: 'users',
      summary: 'Make an account',
      description: 'The initial password is told this once and must be changed at the first sign-in.',
      role: 'admin',
      action: 'createUser',
      body: z.strictObject({
        username: z.string().max(200),
        role: RoleName,
        site: z.string().min(1).max(100).optional(),
      }),
      status: 201,
      reply: z.strictObject({ username: z.string(), role: RoleName, initialPassword: z.string() }),
      problems: ['USERNAME_TAKEN', 'STORE_UNAVAILABLE'],
      async handle({ body }, by) {
        const { username, role, site } = body;
        const creation = await accounts.create({ username, role, ...(site === undefined ? {} : { site }) });
        const noted = { action: 'createUser', args: { username, role, site: site ?? null } };
        if (!creation.ok) {
          const code = creation.code === 'USERNAME_TAKEN' ? 'USERNAME_TAKEN' : 'INVALID_VALUE';
          const problem = new Problem(code, creation.explanation);
          await scribe.note(by, { ...noted, result: 'refused', problem });
          return problem;
        }
        await scribe.note(by, { ...noted, result: 'accepted' });
        return { username: creation.account.username, role, initialPassword: creation.initialPassword };
      },
    }),
  ];
}

function present(account: Account): z.input<typeof AccountReply> {
  const { createdAtMs, lastSignInAtMs, ...same } = account;
  return { ...same, createdAt: timeOf(createdAtMs), lastSignInAt: timeOf(lastSignInAtMs) };
}
