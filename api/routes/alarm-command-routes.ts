import { z } from 'zod';
import type { CommandGate, MachineView } from '../../machine/ports.ts';
import { CommandReply } from '../replies.ts';
import { route, type Route } from '../route.ts';
import { ask, commandProblems, nothing } from './machine-routes.ts';

const command = { method: 'post', tag: 'alarms', reply: CommandReply, problems: commandProblems } as const;

const occurrenceId = z
  .string()
  .max(200)
  .optional()
  .describe('Refused when it is another that stands now: the alarm rang anew meanwhile');

function occurrenceIn(body: { readonly occurrenceId?: string | undefined } | undefined): { occurrenceId?: string } {
  return body?.occurrenceId === undefined ? {} : { occurrenceId: body.occurrenceId };
}

const reason = z.string().trim().min(1).max(1_000);

/** What can be asked of the alarms. */
export function alarmCommandRoutes(view: MachineView, gate: CommandGate): readonly Route[] {
  return [
    clearAlarms(gate),
    acknowledge(view, gate),
    comment(view, gate),
    ...shelvingRoutes(view, gate),
    ...serviceRoutes(view, gate),
  ];
}

/** Declared, or standing although no configuration declares it any more. */
function isAlarmOf(view: MachineView): (params: Readonly<Record<string, string>>) => boolean {
  return ({ id }) => [...view.declaration.alarms, ...view.alarms].some((alarm) => alarm.id === id);
}

function clearAlarms(gate: CommandGate): Route {
  return route({
    ...command,
    path: '/alarms/clear',
    summary: 'Reset the latched trips',
    description: 'Refused with the reasons while a cause stands.',
    role: 'operator',
    action: 'clearAlarms',
    body: nothing,
    handle: async (_asked, by) => ask(gate, { name: 'clearAlarms' }, by),
  });
}

function acknowledge(view: MachineView, gate: CommandGate): Route {
  return route({
    ...command,
    path: '/alarms/:id/acknowledge',
    summary: 'Acknowledge one occurrence of an alarm',
    description: 'With `occurrenceId` it is refused when that alarm rang anew meanwhile.',
    role: 'operator',
    action: 'acknowledge',
    body: z.strictObject({ occurrenceId, comment: z.string().max(1_000).optional() }).default({}),
    exists: isAlarmOf(view),
    async handle({ params, body }, by) {
      const action = {
        name: 'acknowledge',
        alarm: params['id'] ?? '',
        ...occurrenceIn(body),
        ...(body.comment === undefined ? {} : { comment: body.comment }),
      } as const;
      return ask(gate, action, by);
    },
  });
}

function comment(view: MachineView, gate: CommandGate): Route {
  return route({
    ...command,
    path: '/alarms/:id/comment',
    summary: 'Say something about the occurrence of an alarm that stands',
    description: 'It is entered in the journal; nothing else changes.',
    role: 'operator',
    action: 'comment',
    body: z.strictObject({ occurrenceId, comment: reason }),
    exists: isAlarmOf(view),
    handle: async ({ params, body }, by) =>
      ask(gate, { name: 'comment', alarm: params['id'] ?? '', ...occurrenceIn(body), comment: body.comment }, by),
  });
}

function shelvingRoutes(view: MachineView, gate: CommandGate): readonly Route[] {
  return [
    route({
      ...command,
      path: '/alarms/:id/shelve',
      summary: 'Put an alarm aside for a while',
      description:
        'It need not stand. It comes back by itself when its time is up, and at once when it stops the machine. Priority 1 is shelved by engineers only.',
      role: 'operator',
      action: 'shelve',
      body: z.strictObject({
        minutes: z.number().positive(),
        once: z.boolean().optional().describe('Only until its condition is gone, if that is before'),
        reason,
        occurrenceId,
      }),
      exists: isAlarmOf(view),
      async handle({ params, body }, by) {
        const action = {
          name: 'shelve',
          alarm: params['id'] ?? '',
          minutes: body.minutes,
          ...(body.once === undefined ? {} : { once: body.once }),
          reason: body.reason,
          ...occurrenceIn(body),
        } as const;
        return ask(gate, action, by);
      },
    }),
    route({
      ...command,
      path: '/alarms/:id/unshelve',
      summary: 'End the shelf of an alarm before its time',
      role: 'operator',
      action: 'unshelve',
      body: z.strictObject({ occurrenceId }).optional(),
      exists: isAlarmOf(view),
      handle: async ({ params, body }, by) =>
        ask(gate, { name: 'unshelve', alarm: params['id'] ?? '', ...occurrenceIn(body) }, by),
    }),
  ];
}

function serviceRoutes(view: MachineView, gate: CommandGate): readonly Route[] {
  const service = (path: 'out-of-service' | 'in-service', summary: string, description: string): Route =>
    route({
      ...command,
      path: `/alarms/:id/${path}`,
      summary,
      description,
      role: 'engineer',
      action: 'setInService',
      body: z.strictObject({ reason, occurrenceId }),
      exists: isAlarmOf(view),
      async handle({ params, body }, by) {
        const inService = path === 'in-service';
        const asked = { alarm: params['id'] ?? '', ...occurrenceIn(body), inService, reason: body.reason };
        return ask(gate, { name: 'setInService', ...asked }, by);
      },
    });
  return [
    service(
      'out-of-service',
      'Take an alarm out of service until it is put back',
      'Refused for the alarms of interlocks, which stop the machine.',
    ),
    service('in-service', 'Put an alarm back into service', 'It is announced if it stands.'),
  ];
}
