import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import Koa, { type Context, type Next } from 'koa';
import { z } from 'zod';
import { FaultRefusedError } from '../faults/fault-board.ts';
import type { SimulatedMachine } from '../simulated-machine.ts';
import { faultBody, panelBody, speedBody, temperaturesBody } from './bodies.ts';
import { modulesView, stateView } from './state-view.ts';

export interface ControlServer {
  readonly url: string;
  close(): Promise<void>;
}

export interface ControlOptions {
  readonly port: number;
  readonly monotonicMs: () => number;
  /** Faults began or ended: lines may have to come or go. */
  readonly onFaults: () => void;
}

/** Fault control over HTTP, for tests and demonstrations. Loopback only: whoever reaches it can break the machine. */
export async function openControlServer(machine: SimulatedMachine, options: ControlOptions): Promise<ControlServer> {
  const app = new Koa();
  app.silent = true; // every error below 500 is answered, the others are printed by `answerErrors`
  app.use((context, next) => answerErrors(context, next));
  app.use(bodyParser({ enableTypes: ['json'], jsonLimit: '64kb' }));
  const routes = routesOf(machine, options);
  app.use(routes.routes());
  app.use(routes.allowedMethods());
  const handle = app.callback();
  const server = createServer((request, response) => void handle(request, response));
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
}

function routesOf(machine: SimulatedMachine, { monotonicMs, onFaults }: ControlOptions): Router {
  const router = new Router();
  router.get('/state', (context) => {
    context.body = stateView(machine);
  });
  router.get('/modules', (context) => {
    context.body = modulesView(machine);
  });
  router.post('/faults', (context) => {
    const { id } = machine.breakDown(parsed(faultBody, context), monotonicMs());
    onFaults();
    context.body = { id };
  });
  router.delete('/faults/:id', (context) => {
    const id = context.params['id'] ?? '';
    if (!machine.board.lift(id)) throw new RefusedError(404, `there is no fault ${id} now`);
    machine.tick(monotonicMs());
    onFaults();
    context.status = 204;
  });
  router.delete('/faults', (context) => {
    machine.board.liftAll();
    machine.tick(monotonicMs());
    onFaults();
    context.status = 204;
  });
  router.post('/panel', (context) => {
    const { button, holdMs } = parsed(panelBody, context);
    if (machine.layout.wiring.buttons[button] === null)
      throw new RefusedError(400, `this machine has no ${button} button on a simulated module`);
    machine.press(button, monotonicMs(), holdMs);
    context.body = { button, holdMs };
  });
  router.put('/speed', (context) => {
    machine.tick(monotonicMs());
    machine.speedFactor = parsed(speedBody, context).factor;
    context.body = { factor: machine.speedFactor };
  });
  router.put('/temperatures', (context) => {
    const wanted = new Map(Object.entries(parsed(temperaturesBody, context)));
    const { zones, sensors } = machine.layout.wiring;
    const known = [...zones, ...sensors].map(({ id }) => id);
    const unknown = [...wanted.keys()].filter((id) => !known.includes(id));
    if (unknown.length > 0)
      throw new RefusedError(400, `${unknown.join(', ')} has no temperature here; these have: ${known.join(', ')}`);
    machine.setTemperatures(wanted);
    context.status = 204;
  });
  return router;
}

/** The request can't be served; the message says what would be right. */
class RefusedError extends Error {
  readonly code = 'REFUSED';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'RefusedError';
    this.status = status;
  }
}

function parsed<T extends z.ZodType>(schema: T, context: Context): z.output<T> {
  if (!context.is('json')) throw new RefusedError(400, 'the body must be application/json');
  const result = schema.safeParse(context.request.body);
  if (!result.success) throw new RefusedError(400, z.prettifyError(result.error));
  return result.data;
}

async function answerErrors(context: Context, next: Next): Promise<void> {
  try {
    await next();
    if (context.status >= 400 && context.body === undefined) refuse(context, context.status, context.message);
  } catch (error) {
    const status = statusOf(error);
    if (status >= 500) console.error(error);
    refuse(context, status, error instanceof Error ? error.message : String(error));
  }
}

function refuse(context: Context, status: number, sentence: string): void {
  context.status = status;
  context.body = { error: sentence };
}

function statusOf(error: unknown): number {
  if (error instanceof FaultRefusedError) return 400;
  // refused above, or by the body parser: bad JSON, too large
  if (error instanceof Error && 'status' in error && typeof error.status === 'number') return error.status;
  return 500;
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}
