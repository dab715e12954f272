import { z } from 'zod';
import type { CommandGate, MachineView } from '../../machine/ports.ts';
import { leastMaximumPercent } from '../../machine/tuning/tuning-blockers.ts';
import { presentZone } from '../present-zone.ts';
import { Problem } from '../problem.ts';
import { CommandReply } from '../replies.ts';
import { route, type Route } from '../route.ts';
import { ZoneTuningReply } from '../tuning-replies.ts';
import { ask, commandProblems, nothing } from './machine-routes.ts';

type Params = Readonly<Record<string, string>>;

const zoneOf = (params: Params): string => params['zone'] ?? '';

export function tuningRoutes(view: MachineView, gate: CommandGate): readonly Route[] {
  const exists = (params: Params): boolean => view.declaration.zones.some(({ id }) => id === zoneOf(params));
  return [...readingRoutes(view, exists), ...testRoutes(view, gate, exists)];
}

function readingRoutes(view: MachineView, exists: (params: Params) => boolean): readonly Route[] {
  return [
    route({
      method: 'get',
      path: '/tuning',
      tag: 'tuning',
      summary: 'All zones with their gains, and where their tuning stands',
      role: 'observer',
      reply: z.array(ZoneTuningReply),
      problems: ['CONTROL_UNAVAILABLE'],
      handle() {
        if (view.zones.length === 0) return notTold('the zones');
        return view.zones.map((zone) => presentZone(zone, view.controlAlive));
      },
    }),
    route({
      method: 'get',
      path: '/tuning/:zone',
      tag: 'tuning',
      summary: 'One zone with its gains, and where its tuning stands',
      role: 'observer',
      reply: ZoneTuningReply,
      problems: ['CONTROL_UNAVAILABLE'],
      exists,
      handle({ params }) {
        const zone = view.zones.find(({ id }) => id === zoneOf(params));
        return zone === undefined ? notTold(zoneOf(params)) : presentZone(zone, view.controlAlive);
      },
    }),
  ];
}

function notTold(thing: string): Problem {
  return new Problem('CONTROL_UNAVAILABLE', `The control has not told of ${thing} yet; try again.`, {
    retryAfterSeconds: 1,
  });
}

function testRoutes(view: MachineView, gate: CommandGate, exists: (params: Params) => boolean): readonly Route[] {
  const command = {
    tag: 'tuning',
    role: 'engineer',
    reply: CommandReply,
    problems: commandProblems,
    exists,
  } as const;
  return [
    route({
      ...command,
      method: 'post',
      path: '/tuning/:zone',
      summary: 'Find gains for a zone by a relay test around a setpoint',
      description:
        'In AUTO, heated, at standstill, one zone at a time. The setpoint becomes the zone’s own. The gains that are found take effect only when they are applied.',
      action: 'tune',
      body: z.strictObject({
        setpoint: z.number().describe('°C; 422 when the zone could never be tuned there, 409 when it can not now'),
        maxDuty: z
          .number()
          .min(leastMaximumPercent(view.declaration))
          .max(100)
          .optional()
          .describe('Highest duty during the test, in %'),
      }),
      handle: async ({ params, body: { setpoint, maxDuty } }, by) => {
        const limit = maxDuty === undefined ? {} : { maximumDutyPercent: maxDuty };
        return ask(gate, { name: 'tune', zone: zoneOf(params), setpointC: setpoint, ...limit }, by);
      },
    }),
    route({
      ...command,
      method: 'delete',
      path: '/tuning/:zone',
      summary: 'End the test of a zone, or take its new gains back',
      action: 'abortTuning',
      handle: async ({ params }, by) => ask(gate, { name: 'abortTuning', zone: zoneOf(params) }, by),
    }),
    route({
      ...command,
      method: 'post',
      path: '/tuning/:zone/apply',
      summary: 'Put the gains that were found into force',
      description: 'They are watched for a while, and taken back by themselves when they are clearly worse.',
      action: 'applyTuning',
      body: nothing,
      handle: async ({ params }, by) => ask(gate, { name: 'applyTuning', zone: zoneOf(params) }, by),
    }),
    route({
      ...command,
      method: 'post',
      path: '/tuning/:zone/test',
      summary: 'Heat one zone alone and see which sensor follows',
      description: 'For commissioning.',
      action: 'testZone',
      body: nothing,
      handle: async ({ params }, by) => ask(gate, { name: 'testZone', zone: zoneOf(params) }, by),
    }),
  ];
}
