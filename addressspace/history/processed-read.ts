import {
  AggregateConfiguration,
  DataType,
  DataValue,
  type NodeId,
  type ReadProcessedDetails,
  StatusCode,
  StatusCodes,
  Variant,
} from 'node-opcua';
import type { SignalDeclaration } from '../../machine/signal.ts';
import type { HistoryQuality } from '../../operations/ports/history.ts';
import { historicValueOf } from '../signals/data-values.ts';
import { type AggregateSettings, defaultSettings, isConsistent } from './aggregates/configuration.ts';
import type { Figure } from './aggregates/figure.ts';
import { aggregateOf, figureOf, suits } from './aggregates/functions.ts';
import { type Division, divisionOf, intervalAt } from './aggregates/intervals.ts';
import { type Answered, type ProcessedReading, type Refused, givenMs } from './reading.ts';
import { type Scan, mostScanned, shapeOf, trackOf } from './scan.ts';

/** Intervals of one request, over all its nodes and answers. */
const mostIntervals = 500_000;

/** How far over bad samples a value for the edge of an interval is looked for at most. */
const farthestReachMs = 3_600_000;

/** What a request asks of all its nodes, or why it cannot be asked for. */
export function divisionAsked(details: ReadProcessedDetails, nodes: number): Division | Refused {
  const beginMs = givenMs(details.startTime);
  const endMs = givenMs(details.endTime);
  if (beginMs === null || endMs === null || beginMs === endMs) return { refused: StatusCodes.BadInvalidArgument };
  if (details.aggregateType?.length !== nodes) return { refused: StatusCodes.BadAggregateListMismatch };
  const widthMs = details.processingInterval;
  // History has a resolution of 1 ms.
  if (!Number.isFinite(widthMs) || (widthMs !== 0 && widthMs < 1)) {
    return { refused: StatusCodes.BadAggregateInvalidInputs };
  }
  const division = divisionOf(beginMs, endMs, widthMs);
  return division.count * nodes > mostIntervals ? { refused: StatusCodes.BadTooManyOperations } : division;
}

export function processedReadingOf(
  division: Division,
  aggregateType: NodeId,
  configuration: AggregateConfiguration | null,
  declaration: SignalDeclaration,
): ProcessedReading | Refused {
  const aggregate = aggregateOf(aggregateType);
  if (!aggregate || !suits(aggregate, declaration.type)) return { refused: StatusCodes.BadAggregateNotSupported };
  const settings = settingsOf(configuration);
  if (!isConsistent(settings)) return { refused: StatusCodes.BadAggregateInvalidInputs };
  return { kind: 'processed', aggregate, settings, division, next: 0 };
}

/** Every node's own configuration has the server's defaults. */
function settingsOf(asked: AggregateConfiguration | null): AggregateSettings {
  if (!asked || asked.useServerCapabilitiesDefaults) return defaultSettings;
  const { treatUncertainAsBad, percentDataBad, percentDataGood, useSlopedExtrapolation } = asked;
  return { treatUncertainAsBad, percentDataBad, percentDataGood, useSlopedExtrapolation };
}

/**
 * As many intervals as the answer has room and the budget points for. All figures are calculated here, from the recorded
 * points, since a store cannot tell the status bits; it only counts beforehand what there is.
 *
 * @throws TooManyPointsError, ReadAbandonedError, HistoryUnavailableError
 */
export async function readProcessed(scan: Scan, reading: ProcessedReading, limit: number): Promise<Answered | Refused> {
  const { declaration, budget, patience } = scan;
  const { aggregate, division, next, settings } = reading;
  const isFirstServed = budget.points === mostScanned;
  const page = await affordable(scan, division, next, Math.min(limit, division.count - next));
  if (page === 0) {
    return isFirstServed ? { refused: StatusCodes.BadTooManyOperations } : { dataValues: [], rest: reading };
  }
  const shape = shapeOf(declaration, Math.min(division.widthMs, farthestReachMs));
  const [fromMs, toMs] = spanOf(division, next, page);
  const track = await trackOf(scan, shape, fromMs, toMs);
  const dataValues: DataValue[] = [];
  for (let i = next; i < next + page; i++) {
    dataValues.push(valueOf(figureOf(aggregate, track, intervalAt(division, i), settings), declaration));
    await patience.breathe();
  }
  return { dataValues, rest: next + page < division.count ? { ...reading, next: next + page } : null };
}

function spanOf(division: Division, next: number, page: number): readonly [fromMs: number, toMs: number] {
  const [a, b] = [intervalAt(division, next), intervalAt(division, next + page - 1)];
  return [Math.min(a.lowMs, b.lowMs), Math.max(a.highMs, b.highMs)];
}

/** In so many groups of intervals the points are counted at once. */
const countGroups = 200;

/** How many of the next intervals have no more points than the budget; 0 when the first alone has more. */
async function affordable(
  { history, declaration, budget, patience }: Scan,
  division: Division,
  next: number,
  most: number,
) {
  for (let page = most; ;) {
    patience.check();
    const [fromMs, toMs] = spanOf(division, next, page);
    // A point takes 1 ms at least.
    if (toMs - fromMs <= budget.points) return page;
    const perGroup = Math.ceil(page / countGroups);
    const intervalMs = Math.max(1, Math.round(perGroup * division.widthMs));
    const counts = await history.query({
      signal: declaration.id,
      fromMs,
      toMs,
      aggregate: 'count',
      intervalMs,
      limit: countGroups + 2,
    });
    const inOrder = division.endMs < division.beginMs ? counts.toReversed() : counts;
    let points = 0;
    const tooMany = inOrder.findIndex(([, count]) => (points += Number(count ?? 0)) > budget.points);
    if (tooMany < 0) return page;
    if (tooMany > 0) return Math.min(page, tooMany * perGroup);
    if (perGroup === 1) return 0;
    page = perGroup;
  }
}

/** A figure as clients get it. */
export function valueOf(figure: Figure, declaration: SignalDeclaration): DataValue {
  const { atMs, value, quality, bits, kind } = figure;
  const sourceTimestamp = new Date(atMs);
  const statusCode = bits === 0 ? StatusCodes[quality] : StatusCode.makeStatusCode(StatusCodes[quality], bits);
  if (quality.startsWith('Bad') || value === null) return new DataValue({ statusCode, sourceTimestamp });
  if (kind === 'own') {
    const own = historicValueOf(declaration, [atMs, value, quality as HistoryQuality]);
    if (!own.statusCode.isBad()) own.statusCode = statusCode;
    return own;
  }
  const content =
    kind === 'quality'
      ? { dataType: DataType.StatusCode, value: StatusCodes[value as HistoryQuality] }
      : { dataType: kind === 'count' ? DataType.Int32 : DataType.Double, value };
  return new DataValue({ statusCode, sourceTimestamp, value: new Variant(content) });
}
