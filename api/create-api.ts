import { randomUUID } from 'node:crypto';
import Router from '@koa/router';
import Koa, { type Context, type Middleware } from 'koa';
import helmet from 'koa-helmet';
import type { Registry } from 'prom-client';
import type { CommandGate, MachineView } from '../machine/ports.ts';
import type { Accounts } from '../operations/ports/accounts.ts';
import type { AuditTrail } from '../operations/ports/audit.ts';
import type { CertificateTrust } from '../operations/ports/certificates.ts';
import type { Diagnostics } from '../operations/ports/diagnostics.ts';
import { StoreUnavailableError } from '../operations/ports/failure.ts';
import { FieldSilentError, type FrameMonitor } from '../operations/ports/frame-monitor.ts';
import { HistoryUnavailableError, type HistoryReader } from '../operations/ports/history.ts';
import type { AlarmJournal } from '../operations/ports/journal.ts';
import type { Log } from '../operations/ports/log.ts';
import type { RecipeLoader, Recipes } from '../operations/ports/recipes.ts';
import type { Sessions } from '../operations/ports/sessions.ts';
import type { Attempts } from '../operations/ports/attempts.ts';
import { AuditScribe } from './audit-scribe.ts';
import { docsPage, docsStyle } from './docs-page.ts';
import { LiveFeed } from './live/feed.ts';
import { liveRoutes } from './live/live-routes.ts';
import { apiMetrics } from './metrics.ts';
import { openApiOf } from './openapi.ts';
import { handlerOf } from './pipeline.ts';
import { answerProblem, Problem } from './problem.ts';
import type { Route } from './route.ts';
import { accountRoutes } from './routes/account-routes.ts';
import { alarmRoutes } from './routes/alarm-routes.ts';
import { auditRoutes } from './routes/audit-routes.ts';
import { certificateRoutes } from './routes/certificate-routes.ts';
import { diagnosticsRoutes } from './routes/diagnostics-routes.ts';
import { historyRoutes } from './routes/history-routes.ts';
import { machineRoutes } from './routes/machine-routes.ts';
import { recipeRoutes } from './routes/recipe-routes.ts';
import { sessionRoutes } from './routes/session-routes.ts';
import { signalRoutes } from './routes/signal-routes.ts';
import { tuningRoutes } from './routes/tuning-routes.ts';
import { SessionKeeper } from './session-keeper.ts';
import { webPages } from './web-pages.ts';

export interface ApiSettings {
  /** Addresses that may stop the machine without signing in. */
  readonly panelAddresses: readonly string[];
  readonly sessionIdleMinutes: number;
  readonly sessionMaximumHours: number;
  /** A reverse proxy stands in front: its X-Forwarded-For and X-Forwarded-Proto are believed. */
  readonly trustProxy: boolean;
}

export interface ApiOptions {
  readonly machine: MachineView;
  readonly gate: CommandGate;
  readonly recipes: Recipes;
  readonly recipeLoader: RecipeLoader;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  /** Shared by every way to sign in. */
  readonly throttle: Attempts;
  readonly audit: AuditTrail;
  readonly journal: AlarmJournal;
  readonly history: HistoryReader;
  readonly diagnostics: () => Promise<Diagnostics> | Diagnostics;
  readonly frames: FrameMonitor;
  readonly certificates: CertificateTrust;
  /** Whether the scan runs and the storage is usable, and what is missing. */
  readonly ready: () => Promise<Readiness> | Readiness;
  readonly settings: ApiSettings;
  /** Folder of the built operator page. */
  readonly webRoot: string;
  readonly metrics: Registry;
  readonly version: string;
  readonly log: Log;
  /** ms since 1970, UTC. */
  readonly now?: () => number;
}

export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

export interface Api {
  readonly app: Koa;
  /** What is declared below `/api/v1`. */
  readonly routes: readonly Route[];
  /** Ends the live streams, telling them so. */
  close(): Promise<void>;
}

/** The REST interface, the live stream, the operator page and what watches the server, as one Koa application. */
export function createApi(options: ApiOptions): Api {
  const { settings, log, metrics: registry, now = Date.now } = options;
  const feed = new LiveFeed(options.machine, now);
  const metrics = apiMetrics(registry, () => feed.listeners);
  const keeper = new SessionKeeper(options.sessions, settings, now, log);
  const scribe = new AuditScribe(options.audit, metrics.auditFailures, now, log);
  const routes = declaredRoutes(options, { feed, keeper, scribe, now });

  const api = new Router({ prefix: '/api/v1' });
  for (const route of routes) {
    api[route.method](route.path, handlerOf(route, { keeper, scribe, panelAddresses: settings.panelAddresses }));
  }
  const app = new Koa({ proxy: settings.trustProxy, maxIpsCount: 1 });
  app.on('error', (error: unknown) => {
    // A browser that closes its page breaks its stream; that is how streams end.
    if (goneCodes.has((error as { code?: string }).code ?? '')) return;
    log.error({ error: String(error) }, 'a reply could not be sent');
  });
  app.use(metrics.timing).use(problemsForErrors(log)).use(securityHeaders());
  app.use(documents(routes, options.version).routes()).use(probes(options).routes());
  app.use(api.routes()).use(api.allowedMethods());
  app.use(webPages(options.webRoot));
  feed.open();
  return {
    app,
    routes,
    close: async () => feed.close(),
  };
}

/** How the other side's going away looks from here, depending on what was on its way. */
const goneCodes = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET', 'ECONNABORTED']);

interface Parts {
  readonly feed: LiveFeed;
  readonly keeper: SessionKeeper;
  readonly scribe: AuditScribe;
  readonly now: () => number;
}

function declaredRoutes(options: ApiOptions, { feed, keeper, scribe, now }: Parts): readonly Route[] {
  const { machine, gate, accounts } = options;
  return [
    ...sessionRoutes({ accounts, keeper, scribe, throttle: options.throttle }),
    ...machineRoutes(machine, gate),
    ...signalRoutes(machine, gate, now),
    ...tuningRoutes(machine, gate),
    ...liveRoutes(feed, keeper, now),
    ...alarmRoutes(machine, gate, options.journal, now),
    ...recipeRoutes({ view: machine, recipes: options.recipes, loader: options.recipeLoader, scribe, now }),
    ...historyRoutes(machine, options.history, now),
    ...auditRoutes(options.audit, scribe),
    ...accountRoutes(accounts, scribe),
    ...certificateRoutes(options.certificates, scribe),
    ...diagnosticsRoutes(options.diagnostics, options.frames),
  ];
}

/** No error leaves as anything but problem details, and none with more than its kind: particulars are in the log. */
function problemsForErrors(log: Log): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      answerProblem(ctx, problemOf(error, ctx, log));
      return;
    }
    if (ctx.status === 405 || ctx.status === 501) {
      answerProblem(ctx, new Problem('METHOD_NOT_ALLOWED', `${ctx.path} takes ${ctx.response.get('Allow')}.`));
    } else if (ctx.status === 404 && ctx.body === undefined) {
      answerProblem(ctx, new Problem('NOT_FOUND', `There is nothing at ${ctx.path}; /api/docs tells what there is.`));
    }
  };
}

function problemOf(error: unknown, ctx: Context, log: Log): Problem {
  const particulars = { error: String(error), cause: String((error as Error).cause), path: ctx.path };
  if (error instanceof StoreUnavailableError) {
    log.warn(particulars, 'a request failed for want of the database');
    return new Problem('STORE_UNAVAILABLE', 'The database does not answer; try again.', { retryAfterSeconds: 5 });
  }
  if (error instanceof HistoryUnavailableError) {
    log.warn(particulars, 'a request failed for want of the history store');
    const detail = 'The history store does not answer; what was recorded is kept. Try again.';
    return new Problem('HISTORY_UNAVAILABLE', detail, { retryAfterSeconds: 5 });
  }
  if (error instanceof FieldSilentError) {
    log.warn(particulars, 'a request failed for want of the control process');
    const detail = 'The control process did not tell in time what was asked; the machine is not concerned. Try again.';
    return new Problem('CONTROL_UNAVAILABLE', detail, { retryAfterSeconds: 5 });
  }
  const reference = randomUUID();
  const stack = error instanceof Error ? error.stack : undefined;
  log.error({ ...particulars, stack, reference }, 'a request failed by a mistake of ours');
  return new Problem('INTERNAL', 'The server made a mistake; its log has more under the reference.', { reference });
}

function securityHeaders(): Middleware {
  const headers = helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        scriptSrc: ["'self'"],
        styleSrc: ["'self'"],
        imgSrc: ["'self'", 'data:'],
        fontSrc: ["'self'"],
        connectSrc: ["'self'"],
        manifestSrc: ["'self'"],
        baseUri: ["'none'"],
        formAction: ["'self'"],
        frameAncestors: ["'none'"],
      },
    },
    // Over plain HTTP, as in a plant network, it would be ignored at best; where TLS ends, that place sets it.
    strictTransportSecurity: false,
    referrerPolicy: { policy: 'no-referrer' },
  });
  return async (ctx, next) => {
    if (ctx.path.startsWith('/api/v1')) ctx.set('Cache-Control', 'no-store');
    await headers(ctx, next);
  };
}

function documents(routes: readonly Route[], version: string): Router {
  const openApi = JSON.stringify(openApiOf(routes, version));
  const page = docsPage(routes, version);
  return new Router()
    .get('/api/v1/openapi.json', (ctx) => {
      ctx.body = openApi;
      ctx.type = 'application/json';
    })
    .get('/api/docs', (ctx) => {
      ctx.body = page;
      ctx.type = 'text/html; charset=utf-8';
    })
    .get('/api/docs.css', (ctx) => {
      ctx.body = docsStyle;
      ctx.type = 'text/css; charset=utf-8';
    });
}

function probes({ ready, metrics }: ApiOptions): Router {
  return new Router()
    .get('/healthz', (ctx) => {
      ctx.body = { alive: true };
    })
    .get('/readyz', async (ctx) => {
      const readiness = await ready();
      ctx.status = readiness.ready ? 200 : 503;
      ctx.body = readiness;
    })
    .get('/metrics', async (ctx) => {
      ctx.body = await metrics.metrics();
      ctx.type = metrics.contentType;
    });
}
