import type { Context } from 'koa';
import { Problem } from './problem.ts';

/** Versioned things: the version is the entity tag, and a change says which version it was made from. */

export function tellVersion(ctx: Context, version: number): void {
  ctx.set('ETag', `"${version}"`);
}

/**
 * Whether the caller's `If-Match` names `version` (`*` names any); compared as RFC 9110 demands it, a weak tag never matches.
 *
 * @param needed without the header the answer is 428; else it may be left out
 * @returns null when the change may go on
 */
export function versionProblem(ctx: Context, version: number, needed = true): Problem | null {
  const header = ctx.get('if-match').trim();
  if (header === '') {
    if (!needed) return null;
    return new Problem(
      'PRECONDITION_REQUIRED',
      `Send the version that you changed as If-Match, for example "${version}".`,
    );
  }
  const tags = header.split(',').map((tag) => tag.trim());
  if (tags.includes('*') || tags.includes(`"${version}"`)) return null;
  return conflict(version);
}

export function conflict(version: number): Problem {
  return new Problem('VERSION_CONFLICT', `Version ${version} is the newest by now; look at it and change that one.`);
}

/** The one version that the caller means, where it may be left out; null: whichever is the newest. */
export function versionAskedFor(ctx: Context): number | null | Problem {
  const header = ctx.get('if-match').trim();
  if (header === '' || header === '*') return null;
  const version = /^"(\d{1,9})"$/u.exec(header)?.[1];
  return version === undefined
    ? new Problem('MALFORMED', 'If-Match takes one version in quotes here, for example "3".')
    : Number(version);
}
