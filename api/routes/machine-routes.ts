import { z } from 'zod';
import type { CommandAction, CommandOutcome } from '../../machine/commands/command.ts';
import { machineModes } from '../../machine/control/state.ts';
import type { CommandGate, MachineView } from '../../machine/ports.ts';
import { presentMachine } from '../present.ts';
import { refusalProblem, type Problem, type ProblemCode } from '../problem.ts';
import { CommandReply, MachineReply } from '../replies.ts';
import { route, type Caller, type Route } from '../route.ts';

/** Every command may end so. */
export const commandProblems: readonly ProblemCode[] = ['REFUSED', 'WRITE_NOT_CONFIRMED', 'CONTROL_UNAVAILABLE'];

/** For commands that need nothing said: an empty object is as good as none. */
export const nothing = z.strictObject({}).optional();

/** Asks the one gate and tells its answer: a refusal is a problem with all its reasons, never 200. */
export async function ask(
  gate: CommandGate,
  action: CommandAction,
  { principal, station }: Caller,
): Promise<z.input<typeof CommandReply> | Problem> {
  return answerTo(await gate.request({ action, principal, station, origin: 'rest' }));
}

export function answerTo(outcome: CommandOutcome): z.input<typeof CommandReply> | Problem {
  if (!outcome.accepted) return refusalProblem(outcome);
  const { commandId, state, note } = outcome;
  return { accepted: true, commandId, state, ...(note === undefined ? {} : { note }) };
}

export function machineRoutes(view: MachineView, gate: CommandGate): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/machine',
      tag: 'machine',
      summary: 'The machine in one glance',
      role: 'observer',
      reply: MachineReply,
      handle: () => presentMachine(view),
    }),
    ...runRoutes(gate),
    ...stopRoutes(gate),
  ];
}

function runRoutes(gate: CommandGate): readonly Route[] {
  const command = { method: 'post', tag: 'machine', reply: CommandReply, problems: commandProblems } as const;
  return [
    route({
      ...command,
      path: '/machine/heat',
      summary: 'Switch heating on or off',
      description: 'Off is never refused; while running it stops the machine.',
      role: 'operator',
      action: 'heat',
      body: z.strictObject({ on: z.boolean() }),
      handle: async ({ body }, by) => ask(gate, { name: 'heat', on: body.on }, by),
    }),
    route({
      ...command,
      path: '/machine/start',
      summary: 'Start the drives in sequence',
      description: 'Refused with all the reasons that hold.',
      role: 'operator',
      action: 'start',
      body: nothing,
      handle: async (_asked, by) => ask(gate, { name: 'start' }, by),
    }),
    route({
      ...command,
      path: '/machine/mode',
      summary: 'Change between AUTO and MANUAL',
      description: 'To MANUAL an engineer, to AUTO an operator; at standstill only.',
      role: 'operator',
      action: 'setMode',
      body: z.strictObject({ mode: z.enum(machineModes) }),
      handle: async ({ body }, by) => ask(gate, { name: 'setMode', mode: body.mode }, by),
    }),
    route({
      ...command,
      path: '/machine/block-start',
      summary: 'Hold the start, or let go of it',
      role: 'operator',
      action: 'blockStart',
      body: z.strictObject({ blocked: z.boolean(), reason: z.string().max(200).default('') }),
      handle: async ({ body }, by) => ask(gate, { name: 'blockStart', ...body }, by),
    }),
  ];
}

/** Whatever comes as a body is left unread: a stop is not refused for the form of the request. */
function stopRoutes(gate: CommandGate): readonly Route[] {
  const command = { method: 'post', tag: 'machine', reply: CommandReply, panel: true, role: 'operator' } as const;
  const problems = ['WRITE_NOT_CONFIRMED', 'CONTROL_UNAVAILABLE'] as const;
  return [
    route({
      ...command,
      path: '/machine/stop',
      summary: 'Stop the drives in sequence',
      description: 'Never refused; with nothing running it changes nothing and says so.',
      action: 'stop',
      problems,
      handle: async (_asked, by) => ask(gate, { name: 'stop' }, by),
    }),
    route({
      ...command,
      path: '/machine/emergency-stop',
      summary: 'Switch drives and heaters off at once',
      description: 'Never refused. It is functional control beside the hard-wired chain, not in place of it.',
      action: 'emergencyStop',
      problems,
      handle: async (_asked, by) => ask(gate, { name: 'emergencyStop' }, by),
    }),
  ];
}
