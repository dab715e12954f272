import { z } from 'zod';
import type { CommandGate, MachineView } from '../../machine/ports.ts';
import { presentSignal } from '../present.ts';
import { Problem } from '../problem.ts';
import { CommandReply, SignalReply } from '../replies.ts';
import { route, type Route } from '../route.ts';
import { ask, commandProblems } from './machine-routes.ts';

export function signalRoutes(view: MachineView, gate: CommandGate, now: () => number): readonly Route[] {
  const { declaration } = view;
  const present = (id: string): z.input<typeof SignalReply> | null => {
    const signal = declaration.signals.get(id);
    const sample = view.samples.get(id);
    return signal === undefined || sample === undefined ? null : presentSignal(view, signal, sample, now());
  };
  const exists = (params: Readonly<Record<string, string>>): boolean => declaration.signals.has(params['id'] ?? '');
  return [
    route({
      method: 'get',
      path: '/signals',
      tag: 'signals',
      summary: 'All signals with value, quality and age',
      role: 'observer',
      reply: z.array(SignalReply),
      handle: () => [...declaration.signals.keys()].map(present).filter((signal) => signal !== null),
    }),
    route({
      method: 'get',
      path: '/signals/:id',
      tag: 'signals',
      summary: 'One signal',
      role: 'observer',
      reply: SignalReply,
      exists,
      handle: ({ params }) =>
        present(params['id'] ?? '') ?? new Problem('NOT_FOUND', `The image holds no ${params['id']}.`),
    }),
    route({
      method: 'put',
      path: '/signals/:id',
      tag: 'signals',
      summary: 'Ask the machine to change one setting, in MANUAL also an output',
      role: 'operator',
      action: 'write',
      body: z.strictObject({
        value: z.union([z.number(), z.boolean(), z.string().max(1_000)]).describe("In the signal's unit"),
        reason: z.string().max(200).optional(),
      }),
      reply: CommandReply,
      problems: [...commandProblems, 'RELAY_DEBOUNCE', 'TOO_FAST'],
      exists,
      async handle({ params, body }, by) {
        const { value, reason } = body;
        const signal = params['id'] ?? '';
        return ask(gate, { name: 'write', signal, value, ...(reason === undefined ? {} : { reason }) }, by);
      },
    }),
  ];
}
