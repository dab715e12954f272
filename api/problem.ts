import type { Context } from 'koa';
import { z } from 'zod';
import type { CommandOutcome, Reason, RefusalKind } from '../machine/commands/command.ts';
import { ReasonReply } from './replies.ts';

/** Every way in which a request can go wrong: the stable code, its HTTP status and what it says in general. */
export const problemKinds = {
  NOT_SIGNED_IN: [401, 'Nobody is signed in'],
  SIGN_IN_FAILED: [401, 'User name or password is wrong'],
  CSRF: [403, 'The CSRF token is missing or wrong'],
  NOT_PERMITTED: [403, 'The role does not allow this'],
  PASSWORD_CHANGE_REQUIRED: [403, 'The password must be changed first'],
  WRONG_PASSWORD: [403, 'The present password is wrong'],
  NOT_FOUND: [404, 'There is no such thing'],
  METHOD_NOT_ALLOWED: [405, 'This address does not take this method'],
  MEDIA_TYPE: [415, 'The body has to be JSON'],
  TOO_LARGE: [413, 'The body is too large'],
  MALFORMED: [400, 'The body cannot be read'],
  INVALID_VALUE: [422, 'A value is not valid'],
  WEAK_PASSWORD: [422, 'The password is too weak'],
  USERNAME_TAKEN: [409, 'The user name is taken'],
  NAME_TAKEN: [409, 'The name is taken'],
  FOREIGN_AUTHORITY: [409, 'The certificate was issued by an authority elsewhere'],
  REFUSED: [409, 'The machine’s state stands against it'],
  VERSION_CONFLICT: [412, 'It was changed meanwhile'],
  PRECONDITION_REQUIRED: [428, 'The header If-Match is missing'],
  RELAY_DEBOUNCE: [429, 'The output was switched just now'],
  TOO_FAST: [429, 'This came too soon after the last time'],
  TOO_MANY_ATTEMPTS: [429, 'Too many attempts to sign in'],
  WRITE_NOT_CONFIRMED: [502, 'Written, but not confirmed by the module'],
  CONTROL_UNAVAILABLE: [503, 'The machine’s control does not answer'],
  STORE_UNAVAILABLE: [503, 'The database does not answer'],
  HISTORY_UNAVAILABLE: [503, 'The history store does not answer'],
  TOO_MANY_STREAMS: [503, 'Too many live streams are open'],
  INTERNAL: [500, 'The server made a mistake'],
} as const;

export type ProblemCode = keyof typeof problemKinds;

export const problemCodes = Object.keys(problemKinds) as ProblemCode[];

export const ProblemReply = z
  .strictObject({
    type: z.string().describe('Where this kind of problem is described'),
    title: z.string(),
    status: z.int(),
    code: z.enum(problemCodes as [ProblemCode, ...ProblemCode[]]).describe('Stable; match on this, not on the texts'),
    detail: z.string().describe('What went wrong this time and the way out, for people'),
    reasons: z.array(ReasonReply).optional().describe('All that stands against a refused command'),
    errors: z
      .array(z.strictObject({ path: z.string(), message: z.string() }))
      .optional()
      .describe('The values that are not valid, the first 20 of them; `detail` says how many more there are'),
    reference: z.string().optional().describe('Number under which the server’s log tells more'),
  })
  .describe('Problem details (RFC 9457)');

interface Particulars {
  readonly reasons?: readonly Reason[];
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
  readonly reference?: string;
  readonly retryAfterSeconds?: number;
}

/** An expected bad answer: given back as a value, not thrown. */
export class Problem {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly particulars: Particulars;

  constructor(code: ProblemCode, detail: string, particulars: Particulars = {}) {
    this.code = code;
    this.detail = detail;
    this.particulars = particulars;
  }

  get status(): number {
    return problemKinds[this.code][0];
  }
}

export function answerProblem(ctx: Context, problem: Problem): void {
  const [status, title] = problemKinds[problem.code];
  const { retryAfterSeconds, ...shown } = problem.particulars;
  ctx.status = status;
  if (status === 401) ctx.set('WWW-Authenticate', 'Session realm="tvemicro"');
  if (retryAfterSeconds !== undefined) ctx.set('Retry-After', String(Math.ceil(retryAfterSeconds)));
  ctx.body = JSON.stringify({
    type: `/api/docs#${problem.code}`,
    title,
    status,
    code: problem.code,
    detail: problem.detail,
    ...shown,
  });
  ctx.type = 'application/problem+json';
}

/** A body can be wrong in thousands of places; the first ones tell what is the matter. */
const faultsTold = 20;

/** Values that a schema did not take. */
export function invalidValues(error: z.ZodError): Problem {
  const errors = error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: issue.message }));
  return valueProblem(errors, pathAndMessage, '; ');
}

function pathAndMessage({ path, message }: ValueFault): string {
  return path === '' ? message : `${path}: ${message}`;
}

interface ValueFault {
  readonly path: string;
  readonly message: string;
  readonly reason?: Reason;
}

/** The first faults one by one, and how many more there are. */
export function valueProblem(
  faults: readonly ValueFault[],
  textOf: (fault: ValueFault) => string,
  between: string,
): Problem {
  const told = faults.slice(0, faultsTold);
  const more = faults.length - told.length;
  const texts = [...told.map(textOf), ...(more > 0 ? [`… and ${more} more`] : [])];
  const reasons = told.flatMap(({ reason }) => (reason === undefined ? [] : [reason]));
  return new Problem('INVALID_VALUE', texts.join(between), {
    errors: told.map(({ path, message }) => ({ path, message })),
    ...(reasons.length > 0 ? { reasons } : {}),
  });
}

const refusalCodes: Readonly<Record<Exclude<RefusalKind, 'tooFast'>, ProblemCode>> = {
  permission: 'NOT_PERMITTED',
  unknown: 'NOT_FOUND',
  invalid: 'INVALID_VALUE',
  state: 'REFUSED',
  unconfirmed: 'WRITE_NOT_CONFIRMED',
  unavailable: 'CONTROL_UNAVAILABLE',
};

/** What a refusal by the command gate is in HTTP. */
export function refusalProblem({ kind, reasons }: CommandOutcome & { readonly accepted: false }): Problem {
  const detail = reasons.map((reason) => reason.text).join(' ');
  if (kind === 'tooFast') {
    const code = reasons.some((reason) => reason.code === 'RELAY_DEBOUNCE') ? 'RELAY_DEBOUNCE' : 'TOO_FAST';
    const retryAfterSeconds = Math.max(1, ...reasons.map((reason) => reason.etaSeconds ?? 1));
    return new Problem(code, detail, { reasons, retryAfterSeconds });
  }
  if (kind !== 'unavailable') return new Problem(refusalCodes[kind], detail, { reasons });
  const isFor = (asked: string): boolean => reasons.some(({ code }) => code === asked);
  if (isFor('RECIPE_UNREADABLE')) return new Problem('INTERNAL', detail, { reasons });
  const code = isFor('STORE_UNAVAILABLE') ? 'STORE_UNAVAILABLE' : refusalCodes[kind];
  return new Problem(code, detail, { reasons, retryAfterSeconds: 1 });
}
