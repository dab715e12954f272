import type { Context } from 'koa';
import { z } from 'zod';
import type { MachineView } from '../../machine/ports.ts';
import type { Aggregate, HistoryPoint, HistoryReader } from '../../operations/ports/history.ts';
import { csvLine } from '../csv.ts';
import { timeOf } from '../present.ts';
import { Problem } from '../problem.ts';
import { HistoryReply } from '../replies.ts';
import { answered, route, type Route } from '../route.ts';
import { inOrder, instant, notInOrder } from './ranges.ts';

/** Points of one series in one reply. */
const pointsLimit = 10_000;
const seriesLimit = 20;
const defaultRangeMs = 3_600_000;

const aggregates = [
  'average',
  'minimum',
  'maximum',
  'count',
  'timeAverage',
  'interpolative',
  'start',
  'end',
] as const satisfies readonly Aggregate[];

const HistoryQuery = z
  .strictObject({
    signal: z
      .union([z.string(), z.array(z.string())])
      .transform((given) => [given].flat().flatMap((ids) => ids.split(',')))
      .pipe(z.array(z.string().min(1)).min(1).max(seriesLimit))
      .describe('Once or several times, or a list with commas'),
    from: instant.optional().describe('Default: an hour before `to`'),
    to: instant.optional().describe('Default: now'),
    points: z.coerce.number().int().min(1).max(pointsLimit).optional().describe('So many intervals over the range'),
    interval: z.coerce.number().min(0.001).optional().describe('Width of an interval, in s'),
    aggregate: z
      .enum(['raw', ...aggregates])
      .optional()
      .describe('Default: raw points; with `points` or `interval` the average, of what is not a number the last'),
  })
  .refine(inOrder, notInOrder)
  .refine(({ points, interval }) => points === undefined || interval === undefined, {
    message: 'is given besides `points`; one of the two says how wide intervals are',
    path: ['interval'],
  });

interface Range {
  readonly fromMs: number;
  readonly toMs: number;
  /** Null: raw points. */
  readonly intervalMs: number | null;
  readonly limit: number;
}

export function historyRoutes(view: MachineView, history: HistoryReader, now: () => number): readonly Route[] {
  const { signals } = view.declaration;
  return [
    route({
      method: 'get',
      path: '/history',
      tag: 'history',
      summary: 'Recorded values, raw or per interval',
      description: 'A gap is a gap: an interval without good values has null. `Accept: text/csv` gives CSV.',
      role: 'observer',
      query: HistoryQuery,
      reply: HistoryReply,
      alsoAs: { 'text/csv': 'time,signal,value,unit,quality with times in RFC 3339' },
      problems: ['NOT_FOUND', 'HISTORY_UNAVAILABLE'],
      exists: (_params, query) =>
        [query['signal'] ?? []].flat().every((ids) => ids.split(',').every((id) => id === '' || signals.has(id))),
      async handle({ query, ctx }) {
        const range = rangeOf(query, now());
        if (range instanceof Problem) return range;
        const series: z.input<typeof HistoryReply>['series'] = [];
        for (const id of new Set(query.signal)) {
          const points = await read(history, id, range, aggregateOf(view, id, query.aggregate));
          const shown = points
            .slice(0, range.limit)
            .map(([atMs, value, quality]): [number, typeof value, string] => [atMs, value, quality]);
          const unit = signals.get(id)?.unit ?? null;
          series.push({ signal: id, unit, points: shown, truncated: points.length > range.limit });
        }
        return ctx.accepts('application/json', 'text/csv') === 'text/csv' ? answerCsv(ctx, series) : { series };
      },
    }),
  ];
}

/** One point more than shown is asked for, which tells whether there is more. */
async function read(
  history: HistoryReader,
  signal: string,
  { fromMs, toMs, intervalMs, limit }: Range,
  aggregate: Aggregate,
): Promise<readonly HistoryPoint[]> {
  const raw = { signal, fromMs, toMs, limit: limit + 1 };
  return history.query(intervalMs === null ? raw : { ...raw, intervalMs, aggregate });
}

function rangeOf(query: z.output<typeof HistoryQuery>, nowMs: number): Range | Problem {
  const toMs = query.to ?? Math.max(nowMs, query.from ?? 0);
  const fromMs = query.from ?? toMs - defaultRangeMs;
  const { points, interval, aggregate } = query;
  const isRaw = aggregate === 'raw' || (aggregate === undefined && points === undefined && interval === undefined);
  if (isRaw) return { fromMs, toMs, intervalMs: null, limit: points ?? pointsLimit };
  const wantedMs = interval === undefined ? (toMs - fromMs) / (points ?? 500) : interval * 1_000;
  const intervalMs = Math.max(1, Math.ceil(wantedMs));
  if ((toMs - fromMs) / intervalMs > pointsLimit) {
    return new Problem('INVALID_VALUE', `interval: gives more than ${pointsLimit} points over this range`);
  }
  return { fromMs, toMs, intervalMs, limit: pointsLimit };
}

function aggregateOf(view: MachineView, id: string, wanted: Aggregate | 'raw' | undefined): Aggregate {
  if (wanted !== undefined && wanted !== 'raw') return wanted;
  const type = view.declaration.signals.get(id)?.type;
  return type === 'Boolean' || type === 'Enumeration' || type === 'String' ? 'end' : 'average';
}

function answerCsv(ctx: Context, series: z.input<typeof HistoryReply>['series']): typeof answered {
  const lines = [csvLine(['time', 'signal', 'value', 'unit', 'quality'])];
  for (const { signal, unit, points } of series) {
    for (const [atMs, value, quality] of points) lines.push(csvLine([timeOf(atMs), signal, value, unit, quality]));
  }
  ctx.status = 200;
  ctx.attachment('history.csv');
  ctx.body = lines.join('');
  ctx.type = 'text/csv; charset=utf-8';
  return answered;
}
