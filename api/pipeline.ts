import type { RouterMiddleware } from '@koa/router';
import type { Context } from 'koa';
import type { Principal } from '../machine/commands/command.ts';
import { includesRole } from '../machine/commands/role.ts';
import { StoreUnavailableError } from '../operations/ports/failure.ts';
import { plainAddress } from '../operations/plain-address.ts';
import type { Session } from '../operations/ports/sessions.ts';
import { bodyOf } from './body.ts';
import { answerProblem, invalidValues, Problem } from './problem.ts';
import { answered, type Caller, type Route } from './route.ts';
import { cookieName, isSameToken, type SessionKeeper } from './session-keeper.ts';
import { stationOf } from './station.ts';
import type { AuditScribe } from './audit-scribe.ts';

export interface PipelineParts {
  readonly keeper: SessionKeeper;
  readonly scribe: AuditScribe;
  readonly panelAddresses: readonly string[];
}

const panel: Principal = { name: 'panel', role: 'operator', kind: 'panel' };
const nobody: Principal = { name: 'anonymous', role: 'observer', kind: 'person' };

/**
 * Turns a declared route into a handler with the checks in their fixed order: session 401, CSRF 403, role 403, existence
 * 404, media type 415, size 413, syntax 400, values 422, then whatever the handler finds.
 */
export function handlerOf(route: Route, parts: PipelineParts): RouterMiddleware {
  return async (ctx) => {
    const outcome = await passThrough(route, parts, ctx);
    if (outcome === answered) return;
    if (outcome instanceof Problem) {
      answerProblem(ctx, outcome);
      return;
    }
    ctx.status = route.status ?? 200;
    if (ctx.status === 204) return;
    ctx.body = JSON.stringify(outcome);
    ctx.type = 'application/json';
  };
}

async function passThrough(route: Route, parts: PipelineParts, ctx: Context): Promise<unknown> {
  const by = await callerOf(route, parts, ctx);
  if (by instanceof Problem) return by;
  const params = (ctx as Context & { params: Record<string, string> }).params;
  if ((await route.exists?.(params, ctx.query)) === false) {
    return new Problem('NOT_FOUND', `${ctx.path} names nothing that this machine has.`);
  }
  const body = await checkedBody(route, ctx);
  if (body instanceof Problem) return body;
  const query = route.query?.safeParse({ ...ctx.query });
  if (query?.success === false) return invalidValues(query.error);
  return route.handle({ params, query: query?.data, body, ctx }, by);
}

async function checkedBody(route: Route, ctx: Context): Promise<unknown> {
  if (route.body === undefined) return undefined;
  const body = await bodyOf(ctx);
  if (body instanceof Problem) return body;
  const checked = route.body.safeParse(body);
  if (checked.success) return checked.data;
  if (body === undefined) return new Problem('MALFORMED', 'A body in JSON is needed here.');
  return invalidValues(checked.error);
}

/** Session, CSRF token, role: who asks, or why not. */
async function callerOf(route: Route, parts: PipelineParts, ctx: Context): Promise<Caller | Problem> {
  const station = stationOf(ctx);
  if (route.role === null) return { principal: nobody, session: null, station };
  const mayAsPanel = route.panel === true && isPanel(parts, station) && !isFromAnotherSite(ctx);
  const asPanel: Caller = { principal: panel, session: null, station };
  try {
    const session = await parts.keeper.find(ctx.cookies.get(cookieName), true, route.panel === true);
    const problem = objectionTo(session, route, ctx);
    const by = session === null ? null : { principal: personOf(session), session, station };
    if (by !== null && problem === null) return by;
    if (mayAsPanel) return asPanel;
    if (by !== null && problem !== null) await parts.scribe.refused(by, route, ctx, problem);
    return problem ?? notSignedIn();
  } catch (error) {
    // Who is signed in at the panel cannot be told without the database; that the panel may stop can.
    if (mayAsPanel && error instanceof StoreUnavailableError) return asPanel;
    throw error;
  }
}

const notSignedIn = (): Problem =>
  new Problem('NOT_SIGNED_IN', 'Sign in first; a session also ends by itself when unused.');

const personOf = ({ username, role }: Session): Principal => ({ name: username, role, kind: 'person' });

function objectionTo(session: Session | null, route: Route, ctx: Context): Problem | null {
  if (session === null) return notSignedIn();
  const isChange = route.method !== 'get';
  if (isChange && !isSameToken(ctx.get('x-csrf-token'), session.csrfToken)) {
    return new Problem('CSRF', 'Send the session’s csrfToken as X-CSRF-Token; GET /api/v1/session tells it.');
  }
  if (isChange && session.mustChangePassword && route.withOldPassword !== true) {
    return new Problem('PASSWORD_CHANGE_REQUIRED', 'Choose a password of your own first.');
  }
  if (includesRole(session.role, route.role ?? 'observer')) return null;
  return new Problem('NOT_PERMITTED', `This needs the role ${route.role}; ${session.username} is ${session.role}.`);
}

function isPanel({ panelAddresses }: PipelineParts, station: string): boolean {
  return panelAddresses.some((address) => plainAddress(address) === station);
}

/** A web page of somebody else that the panel's browser shows is not the panel. Only browsers send the header. */
function isFromAnotherSite(ctx: Context): boolean {
  const site = ctx.get('sec-fetch-site');
  return site === 'cross-site' || site === 'same-site';
}
