import {
  DataValue,
  HistoryData,
  type HistoryReadRequest,
  HistoryReadResult,
  type HistoryReadValueId,
  type ISessionContext,
  type OPCUAServer,
  ReadRawModifiedDetails,
  type StatusCode,
  StatusCodes,
  TimestampsToReturn,
} from 'node-opcua';
import type { SignalDeclaration } from '../../machine/signal.ts';
import { type HistoryReader, HistoryUnavailableError } from '../../operations/ports/history.ts';
import { historicValueOf } from '../signals/data-values.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { type RawSpan, endOfTimeMs, firstPoint, lastPoint, readPage } from './raw-history.ts';
import { type SignalNode, signalIdOf } from '../signals/signal-nodes.ts';

/** Points in one answer, over all its nodes: well below the largest message, whatever the values are. */
const mostPoints = 20_000;
const mostPointsPerNode = 10_000;

export interface HistoryAccess {
  readonly signals: ReadonlyMap<string, SignalNode>;
  readonly namespaceIndex: number;
  readonly history: HistoryReader;
  readonly log: AddressSpaceLog;
}

/** What is still to be read; travels to the client and back as its continuation point, so that none is kept here. */
interface Reading extends RawSpan {
  /** Points still wanted; null: all. */
  readonly wanted: number | null;
  /** The moment whose bounding value closes the answer; null: none is wanted. */
  readonly closingMs: number | null;
}

/** Answers HistoryRead of raw values for the signals that are recorded. Other reads of history are not supported. */
export function serveHistory(server: OPCUAServer, options: HistoryAccess): void {
  const { addressSpaceAccessor: services, historyServerCapabilities } = server.engine;
  if (!services) throw new Error('the OPC UA server has to be initialized first');
  historyServerCapabilities.accessHistoryDataCapability = true;
  historyServerCapabilities.maxReturnDataValues = mostPointsPerNode;
  server.engine.addressSpaceAccessor = {
    browse: (context, nodes) => services.browse(context, nodes),
    read: (context, request) => services.read(context, request),
    call: (context, methods) => services.call(context, methods),
    write: (context, requests) => services.write(context, requests),
    historyRead: (_: ISessionContext, request) => answer(options, request),
  };
}

async function answer(options: HistoryAccess, request: HistoryReadRequest): Promise<HistoryReadResult[]> {
  const nodes = request.nodesToRead ?? [];
  const perNode = Math.min(mostPointsPerNode, Math.floor(mostPoints / Math.max(1, nodes.length)));
  return await Promise.all(nodes.map((node) => answerNode(options, request, node, perNode)));
}

async function answerNode(
  { signals, namespaceIndex, history, log }: HistoryAccess,
  request: HistoryReadRequest,
  node: HistoryReadValueId,
  limit: number,
): Promise<HistoryReadResult> {
  const signal = signals.get(signalIdOf(node.nodeId, namespaceIndex) ?? '');
  const status = refusalOf(request, signal);
  if (status || !signal) return new HistoryReadResult({ statusCode: status ?? StatusCodes.BadNodeIdUnknown });
  if (request.releaseContinuationPoints) return new HistoryReadResult({ statusCode: StatusCodes.Good });
  const details = request.historyReadDetails as ReadRawModifiedDetails;
  const { declaration } = signal;
  try {
    const isFirst = !node.continuationPoint || node.continuationPoint.length === 0;
    const reading = isFirst ? readingOf(details, declaration.id) : resumed(node.continuationPoint, declaration.id);
    if ('refused' in reading) return new HistoryReadResult({ statusCode: reading.refused });
    const opening =
      isFirst && details.returnBounds
        ? await boundAt(history, declaration, reading, openingMs(reading), 'opening')
        : [];
    return await answerPage(history, declaration, reading, opening, limit);
  } catch (cause) {
    log.warn({ signal: declaration.id, cause: String(cause) }, 'history could not be read for an OPC UA client');
    const isAway = cause instanceof HistoryUnavailableError;
    return new HistoryReadResult({
      statusCode: isAway ? StatusCodes.BadResourceUnavailable : StatusCodes.BadInternalError,
    });
  }
}

function refusalOf(request: HistoryReadRequest, signal: SignalNode | undefined): StatusCode | null {
  if (!signal) return StatusCodes.BadNodeIdUnknown;
  if (!signal.isRecorded) return StatusCodes.BadHistoryOperationUnsupported;
  const { historyReadDetails: details, timestampsToReturn } = request;
  if (!(details instanceof ReadRawModifiedDetails) || details.isReadModified) {
    return StatusCodes.BadHistoryOperationUnsupported;
  }
  // Only the time of the reading is recorded.
  const isAnswerable =
    timestampsToReturn === TimestampsToReturn.Source || timestampsToReturn === TimestampsToReturn.Both;
  return isAnswerable ? null : StatusCodes.BadTimestampsToReturnInvalid;
}

/** The span that a request means (OPC 10000-11, 6.5.3): of begin, end and number two at least have to be given. */
function readingOf(details: ReadRawModifiedDetails, signal: string): Reading | { readonly refused: StatusCode } {
  const beginMs = givenMs(details.startTime);
  const endMs = givenMs(details.endTime);
  const wanted = details.numValuesPerNode > 0 ? details.numValuesPerNode : null;
  if ([beginMs, endMs, wanted].filter((given) => given !== null).length < 2) {
    return { refused: StatusCodes.BadHistoryOperationInvalid };
  }
  const closingMs = details.returnBounds && endMs !== beginMs ? endMs : null;
  if (beginMs === null) {
    return { signal, fromMs: 0, toMs: Number(endMs) + 1, newestFirst: true, wanted, closingMs: null };
  }
  if (endMs === null) return { signal, fromMs: beginMs, toMs: endOfTimeMs(), newestFirst: false, wanted, closingMs };
  if (endMs < beginMs) {
    return { signal, fromMs: endMs + 1, toMs: beginMs + 1, newestFirst: true, wanted, closingMs };
  }
  return { signal, fromMs: beginMs, toMs: Math.max(endMs, beginMs + 1), newestFirst: false, wanted, closingMs };
}

/** A time that is not given arrives as null or as the epoch of OPC UA, 1601. */
function givenMs(time: Date | null): number | null {
  return time && time.getTime() > Date.UTC(1601, 0, 2) ? time.getTime() : null;
}

function openingMs({ newestFirst, fromMs, toMs }: Reading): number {
  return newestFirst ? toMs - 1 : fromMs;
}

async function answerPage(
  history: HistoryReader,
  declaration: SignalDeclaration,
  reading: Reading,
  opening: readonly DataValue[],
  limit: number,
): Promise<HistoryReadResult> {
  const room = Math.min(limit, reading.wanted ?? limit) - opening.length;
  if (room <= 0) return resultOf([...opening], null);
  const { points, rest } = await readPage(history, reading, room);
  const dataValues = [...opening, ...points.map((point) => historicValueOf(declaration, point))];
  const wanted = reading.wanted === null ? null : reading.wanted - dataValues.length;
  if (rest && (wanted === null || wanted > 0)) {
    return resultOf(dataValues, continuationOf({ ...reading, ...rest, wanted }));
  }
  const isOpenEnded = rest !== null || reading.closingMs === null || (wanted !== null && wanted <= 0);
  const closing = isOpenEnded ? [] : await boundAt(history, declaration, reading, reading.closingMs ?? 0, 'closing');
  return resultOf([...dataValues, ...closing], null);
}

function resultOf(dataValues: DataValue[], continuationPoint: Buffer | null): HistoryReadResult {
  return new HistoryReadResult({
    statusCode: dataValues.length > 0 ? StatusCodes.Good : StatusCodes.GoodNoData,
    historyData: new HistoryData({ dataValues }),
    ...(continuationPoint ? { continuationPoint } : {}),
  });
}

/**
 * The bounding value at one end of a span: the next recorded one outside it, or BadBoundNotFound. The opening end needs none
 * when a value was recorded at that very moment: that one is in the span.
 */
async function boundAt(
  history: HistoryReader,
  declaration: SignalDeclaration,
  { signal, newestFirst }: Reading,
  atMs: number,
  end: 'opening' | 'closing',
): Promise<DataValue[]> {
  const isOldEnd = (end === 'opening') !== newestFirst;
  const point = isOldEnd ? await lastPoint(history, signal, atMs + 1) : await firstPoint(history, signal, atMs);
  if (end === 'opening' && point?.[0] === atMs) return [];
  if (point) return [historicValueOf(declaration, point)];
  return [new DataValue({ statusCode: StatusCodes.BadBoundNotFound, sourceTimestamp: new Date(atMs) })];
}

function continuationOf(reading: Reading): Buffer {
  return Buffer.from(JSON.stringify(reading));
}

function resumed(continuationPoint: Buffer, signal: string): Reading | { readonly refused: StatusCode } {
  try {
    const reading = JSON.parse(continuationPoint.toString('utf8')) as Reading;
    const times = [reading.fromMs, reading.toMs, reading.wanted ?? 0, reading.closingMs ?? 0];
    if (reading.signal === signal && times.every((time) => Number.isSafeInteger(time))) return reading;
  } catch {
    // Not one of ours: refused below, as one that belongs to another signal.
  }
  return { refused: StatusCodes.BadContinuationPointInvalid };
}
