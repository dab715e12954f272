import type { Context } from 'koa';
import type { Counter } from 'prom-client';
import type { SignalValue } from '../machine/signal.ts';
import type { AuditResult, AuditTrail } from '../operations/ports/audit.ts';
import type { Log } from '../operations/ports/log.ts';
import type { Problem } from './problem.ts';
import type { Caller, Route } from './route.ts';

interface Noted {
  readonly action: string;
  readonly args?: Readonly<Record<string, SignalValue>>;
  readonly result: AuditResult;
  readonly problem?: Problem;
  readonly before?: SignalValue;
  readonly after?: SignalValue;
  readonly reason?: string | null;
  /** Instead of the caller's own name. */
  readonly actor?: string;
}

/** An address may be as long as the server takes; whoever lacks a right does not fill the audit with it. */
const longestPath = 200;

/**
 * Writes into the audit what never reaches the command gate: signing in and out, passwords, accounts, refusals by role.
 * An audit that cannot be written stops nobody: it is logged and counted, and the machine goes on.
 */
export class AuditScribe {
  readonly #audit: AuditTrail;
  readonly #failures: Counter;
  readonly #now: () => number;
  readonly #log: Log;

  constructor(audit: AuditTrail, failures: Counter, now: () => number, log: Log) {
    this.#audit = audit;
    this.#failures = failures;
    this.#now = now;
    this.#log = log;
  }

  async note(by: Caller, noted: Noted): Promise<void> {
    const { principal, station, session } = by;
    const known = session !== null || principal.kind === 'panel';
    const entry = {
      atMs: this.#now(),
      actor: noted.actor ?? principal.name,
      role: known ? principal.role : null,
      kind: principal.kind,
      origin: 'rest',
      station,
      action: noted.action,
      args: noted.args ?? {},
      before: noted.before ?? null,
      after: noted.after ?? null,
      reason: noted.reason ?? null,
      result: noted.result,
      reasons: noted.problem === undefined ? [] : [{ code: noted.problem.code, text: noted.problem.detail }],
    } as const;
    try {
      await this.#audit.append(entry);
    } catch (error) {
      this.#failures.inc();
      this.#log.error({ error: String(error), entry }, 'the audit could not be written');
    }
  }

  async refused(by: Caller, route: Route, ctx: Context, problem: Problem): Promise<void> {
    const action = route.action ?? `${route.method} ${route.path}`;
    await this.note(by, {
      action,
      args: { method: ctx.method, path: ctx.path.slice(0, longestPath) },
      result: 'refused',
      problem,
    });
  }
}
