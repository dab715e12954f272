import type { Context } from 'koa';
import type { z } from 'zod';
import type { Principal } from '../machine/commands/command.ts';
import type { Role } from '../machine/commands/role.ts';
import type { Session } from '../operations/ports/sessions.ts';
import type { Problem, ProblemCode } from './problem.ts';

/** Who asks, after session, CSRF token and role were looked at. */
export interface Caller {
  readonly principal: Principal;
  /** Null for the panel, and where nobody need be signed in. */
  readonly session: Session | null;
  /** Address that the request came from. */
  readonly station: string;
}

/** Returned by a handler that has written to the context itself. */
export const answered = Symbol('answered');

export interface Asked<Query, Body> {
  readonly params: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  readonly ctx: Context;
}

type Handled<Reply> = Reply | Problem | typeof answered;

interface Declaration<Query extends z.ZodType, Body extends z.ZodType, Reply extends z.ZodType> {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** Below `/api/v1`; parameters as `:id`. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  /** The least role; null: nobody need be signed in. */
  readonly role: Role | null;
  /** The panel's addresses may ask without a session. */
  readonly panel?: true;
  /** Works although the password must be changed first; reading always does. */
  readonly withOldPassword?: true;
  /** Name in the audit of what was asked; commands bear theirs. */
  readonly action?: string;
  readonly query?: Query;
  /** Absent: whatever body comes is left unread. */
  readonly body?: Body;
  readonly status?: 200 | 201 | 204;
  readonly reply: Reply;
  /** `If-Match` says which version the caller means: 428 without it, or it may be left out. */
  readonly ifMatch?: 'required' | 'optional';
  /** The answer's `ETag` is the version. */
  readonly tellsVersion?: true;
  /** Other forms of the reply. */
  readonly alsoAs?: Readonly<Record<string, string>>;
  /** Beyond those that follow from role, query and body. */
  readonly problems?: readonly ProblemCode[];
  /** Whether the thing in the path (or query) exists; asked before the body is read. */
  exists?(params: Readonly<Record<string, string>>, query: Context['query']): boolean | Promise<boolean>;
  handle(
    asked: Asked<z.output<Query>, z.output<Body>>,
    by: Caller,
  ): Promise<Handled<z.input<Reply>>> | Handled<z.input<Reply>>;
}

/** A declared route whose schemas are known only at run time. */
export type Route = Declaration<z.ZodType, z.ZodType, z.ZodType>;

/** One route, declared once: checks, status, OpenAPI and the readable page follow from it. */
export function route<Query extends z.ZodType, Body extends z.ZodType, Reply extends z.ZodType>(
  declaration: Declaration<Query, Body, Reply>,
): Route {
  // The pipeline hands `handle` only what these very schemas gave, so that their types may be forgotten here.
  return declaration;
}
