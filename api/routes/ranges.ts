import { z } from 'zod';

/** RFC 3339 with any offset, as ms since 1970. */
export const instant = z.iso
  .datetime({ offset: true, error: 'is no RFC 3339 time, for example 2026-11-23T06:00:00Z' })
  .transform((text) => Date.parse(text));

/** Where a list goes on and how long a page is. */
export const paging = {
  from: instant.optional(),
  to: instant.optional(),
  cursor: z
    .string()
    .regex(/^\d{1,15}$/u, 'is no cursor of an earlier page')
    .optional(),
  limit: z.coerce.number().int().min(1).max(1_000).default(100),
};

/** Refuses ranges that end before they begin. */
export function inOrder(range: { readonly from?: number | undefined; readonly to?: number | undefined }): boolean {
  return range.from === undefined || range.to === undefined || range.from <= range.to;
}

export const notInOrder = { message: 'is after `to`', path: ['from'] };

interface Filter {
  readonly fromMs?: number;
  readonly toMs?: number;
  readonly cursor?: string;
  readonly limit: number;
}

export function filterOf(query: {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly cursor?: string | undefined;
  readonly limit: number;
}): Filter {
  return {
    limit: query.limit,
    ...(query.from === undefined ? {} : { fromMs: query.from }),
    ...(query.to === undefined ? {} : { toMs: query.to }),
    ...(query.cursor === undefined ? {} : { cursor: query.cursor }),
  };
}
