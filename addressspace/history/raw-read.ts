import { DataValue, type ReadRawModifiedDetails, StatusCodes } from 'node-opcua';
import type { SignalDeclaration } from '../../machine/signal.ts';
import type { HistoryReader } from '../../operations/ports/history.ts';
import { historicValueOf } from '../signals/data-values.ts';
import { endOfTimeMs, firstPoint, lastPoint, readPage } from './raw-history.ts';
import { type Answered, type RawReading, type Refused, givenMs } from './reading.ts';

/**
 * The span that a request means (OPC 10000-11, 6.5.3): of begin, end and number two at least have to be given. With all
 * three, the number is for one answer, and a continuation point leads on; with one time, it is all that is wanted.
 */
export function rawReadingOf(details: ReadRawModifiedDetails, signal: string): RawReading | Refused {
  if (details.isReadModified) return { refused: StatusCodes.BadHistoryOperationUnsupported };
  const beginMs = givenMs(details.startTime);
  const endMs = givenMs(details.endTime);
  const number = details.numValuesPerNode > 0 ? details.numValuesPerNode : null;
  if ([beginMs, endMs, number].filter((given) => given !== null).length < 2) {
    return { refused: StatusCodes.BadHistoryOperationInvalid };
  }
  const hasBoth = beginMs !== null && endMs !== null;
  const closingMs = hasBoth && details.returnBounds && endMs !== beginMs ? endMs : null;
  const amount = { wanted: hasBoth ? null : number, perAnswer: hasBoth ? number : null, closingMs };
  const about = { kind: 'raw', signal, ...amount } as const;
  if (beginMs === null) return { ...about, fromMs: 0, toMs: Number(endMs) + 1, newestFirst: true };
  if (endMs === null) return { ...about, fromMs: beginMs, toMs: endOfTimeMs(), newestFirst: false };
  if (endMs < beginMs) return { ...about, fromMs: endMs + 1, toMs: beginMs + 1, newestFirst: true };
  return { ...about, fromMs: beginMs, toMs: Math.max(endMs, beginMs + 1), newestFirst: false };
}

/** The bounding value that opens the first answer. */
export async function openingOf(
  history: HistoryReader,
  declaration: SignalDeclaration,
  reading: RawReading,
): Promise<DataValue[]> {
  const atMs = reading.newestFirst ? reading.toMs - 1 : reading.fromMs;
  return await boundAt(history, declaration, reading, atMs, 'opening');
}

/** @param limit points that the answer has room for */
export async function readRaw(
  history: HistoryReader,
  declaration: SignalDeclaration,
  reading: RawReading,
  opening: readonly DataValue[],
  limit: number,
): Promise<Answered> {
  const room = Math.min(limit, reading.perAnswer ?? limit);
  const wanted = Math.min(room, reading.wanted ?? room) - opening.length;
  if (wanted <= 0) return { dataValues: [...opening], rest: reading.wanted === null ? reading : null };
  const { points, rest } = await readPage(history, reading, wanted);
  const dataValues = [...opening, ...points.map((point) => historicValueOf(declaration, point))];
  const missing = reading.wanted === null ? null : reading.wanted - dataValues.length;
  if (missing === 0) return { dataValues, rest: null };
  if (rest) return { dataValues, rest: { ...reading, ...rest, wanted: missing } };
  if (reading.closingMs === null) return { dataValues, rest: null };
  if (dataValues.length >= room) return { dataValues, rest: onlyClosing(reading) };
  const closing = await boundAt(history, declaration, reading, reading.closingMs, 'closing');
  return { dataValues: [...dataValues, ...closing], rest: null };
}

/** Nothing remains but the bounding value at the end. */
function onlyClosing(reading: RawReading): RawReading {
  return reading.newestFirst ? { ...reading, toMs: reading.fromMs } : { ...reading, fromMs: reading.toMs };
}

/**
 * The bounding value at one end of a span: the next recorded one outside it, or BadBoundNotFound. The opening end needs none
 * when a value was recorded at that very moment: that one is in the span.
 */
async function boundAt(
  history: HistoryReader,
  declaration: SignalDeclaration,
  { signal, newestFirst }: RawReading,
  atMs: number,
  end: 'opening' | 'closing',
): Promise<DataValue[]> {
  const isOldEnd = (end === 'opening') !== newestFirst;
  const point = isOldEnd ? await lastPoint(history, signal, atMs + 1) : await firstPoint(history, signal, atMs);
  if (end === 'opening' && point?.[0] === atMs) return [];
  if (point) return [historicValueOf(declaration, point)];
  return [new DataValue({ statusCode: StatusCodes.BadBoundNotFound, sourceTimestamp: new Date(atMs) })];
}
