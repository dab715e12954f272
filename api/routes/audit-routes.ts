import { z } from 'zod';
import { includesRole } from '../../machine/commands/role.ts';
import type { AuditTrail } from '../../operations/ports/audit.ts';
import type { AuditScribe } from '../audit-scribe.ts';
import { timeOf } from '../present.ts';
import { Problem } from '../problem.ts';
import { AuditReply } from '../replies.ts';
import { route, type Route } from '../route.ts';
import { filterOf, inOrder, notInOrder, paging } from './ranges.ts';

export function auditRoutes(audit: AuditTrail, scribe: AuditScribe): readonly Route[] {
  const readAudit = route({
    method: 'get',
    path: '/audit',
    tag: 'audit',
    summary: 'Who did what, newest first',
    description: 'Administrators see all entries, everybody else the own ones.',
    role: 'observer',
    action: 'readAudit',
    query: z
      .strictObject({ ...paging, actor: z.string().max(200).optional(), action: z.string().max(200).optional() })
      .refine(inOrder, notInOrder),
    reply: AuditReply,
    problems: ['STORE_UNAVAILABLE'],
    async handle({ query, ctx }, by) {
      const { name, role } = by.principal;
      const isAdmin = includesRole(role, 'admin');
      const actor = query.actor ?? (isAdmin ? undefined : name);
      if (!isAdmin && actor !== name) {
        const problem = new Problem('NOT_PERMITTED', 'Only an administrator reads the entries of others.');
        await scribe.refused(by, readAudit, ctx, problem);
        return problem;
      }
      const page = await audit.list({
        ...filterOf(query),
        ...(actor === undefined ? {} : { actor }),
        ...(query.action === undefined ? {} : { action: query.action }),
      });
      const items = page.items.map(({ atMs, args, reasons, ...entry }) => ({
        ...entry,
        at: timeOf(atMs),
        args: { ...args },
        reasons: [...reasons],
      }));
      return { items, next: page.next };
    },
  });
  return [readAudit, verifyAudit(audit)];
}

function verifyAudit(audit: AuditTrail): Route {
  return route({
    method: 'get',
    path: '/audit/verify',
    tag: 'audit',
    summary: 'Whether the chain of entries is unbroken',
    role: 'admin',
    reply: z.strictObject({ valid: z.boolean(), entries: z.int(), firstBroken: z.int().nullable() }),
    problems: ['STORE_UNAVAILABLE'],
    handle: async () => audit.verify(),
  });
}
