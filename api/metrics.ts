import type { Middleware } from 'koa';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface ApiMetrics {
  readonly auditFailures: Counter;
  /** Times every request by the route that served it. */
  readonly timing: Middleware;
}

export function apiMetrics(registry: Registry, liveStreams: () => number): ApiMetrics {
  const duration = new Histogram({
    name: 'tve_http_request_duration_seconds',
    help: 'Time from the request to the end of the answer; streams until they are open',
    labelNames: ['route', 'method', 'status_class'],
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers: [registry],
  });
  const streams: Gauge = new Gauge({
    name: 'tve_live_streams',
    help: 'Open streams of live events',
    registers: [registry],
    collect: () => streams.set(liveStreams()),
  });
  const auditFailures = new Counter({
    name: 'tve_audit_write_failures_total',
    help: 'Entries of the interface that could not be written to the audit',
    registers: [registry],
  });
  const methods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']);
  const timing: Middleware = async (ctx, next) => {
    const startedAtMs = performance.now();
    await next();
    const matched = (ctx as { _matchedRoute?: unknown })._matchedRoute;
    duration.observe(
      {
        // Whatever strangers ask for must not make labels.
        route: typeof matched === 'string' ? matched : 'other',
        method: methods.has(ctx.method) ? ctx.method : 'other',
        status_class: `${Math.floor(ctx.status / 100)}xx`,
      },
      (performance.now() - startedAtMs) / 1_000,
    );
  };
  return { auditFailures, timing };
}
