import {
  HistoryData,
  type HistoryReadRequest,
  HistoryReadResult,
  type HistoryReadValueId,
  type ISessionContext,
  type Namespace,
  type NumericRange,
  type OPCUAServer,
  PermissionType,
  ReadAtTimeDetails,
  ReadEventDetails,
  ReadProcessedDetails,
  ReadRawModifiedDetails,
  type StatusCode,
  StatusCodes,
  TimestampsToReturn,
  type UAObject,
  resolveNodeId,
} from 'node-opcua';
import { StoreUnavailableError } from '../../operations/ports/failure.ts';
import { type HistoryReader, HistoryUnavailableError } from '../../operations/ports/history.ts';
import type { AlarmJournal } from '../../operations/ports/journal.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { type SignalNode, signalIdOf } from '../signals/signal-nodes.ts';
import { type Division } from './aggregates/intervals.ts';
import { atTimeReadingOf, readAtTime } from './at-time-read.ts';
import { Continuations } from './continuations.ts';
import { type EventHistory, FilterMismatchError, eventReadingOf, mostEvents, readEvents } from './event-read.ts';
import { describeEventHistory, describeHistory } from './history-nodes.ts';
import { Patience, ReadAbandonedError } from './patience.ts';
import { divisionAsked, processedReadingOf, readProcessed } from './processed-read.ts';
import { openingOf, rawReadingOf, readRaw } from './raw-read.ts';
import type { Answered, AtTimeReading, Reading, Refused } from './reading.ts';
import { type Budget, TooManyPointsError, mostScanned } from './scan.ts';
import { Turns } from './turns.ts';

/** Values in one answer, over all its nodes: well below the largest message, whatever the values are. */
const mostValues = 20_000;
const mostValuesPerNode = 10_000;

/** The library does not export this structure's class. */
const historyEvent = resolveNodeId('i=659');

export interface HistoryAccess {
  readonly signals: ReadonlyMap<string, SignalNode>;
  readonly namespace: Namespace;
  readonly machine: UAObject;
  /** null: no history of signals. */
  readonly history: HistoryReader | null;
  /** null: no history of events. */
  readonly alarmJournal: AlarmJournal | null;
  readonly log: AddressSpaceLog;
}

/** Answers HistoryRead: raw values, processed and at-time for the signals that are recorded, events for machine and server. */
export function serveHistory(server: OPCUAServer, options: HistoryAccess): void {
  const { addressSpaceAccessor: services, historyServerCapabilities } = server.engine;
  if (!services) throw new Error('the OPC UA server has to be initialized first');
  const { history, alarmJournal, namespace, signals, machine } = options;
  if (history) {
    historyServerCapabilities.accessHistoryDataCapability = true;
    historyServerCapabilities.maxReturnDataValues = mostValuesPerNode;
    describeHistory(namespace, signals);
  }
  if (alarmJournal) {
    historyServerCapabilities.accessHistoryEventsCapability = true;
    historyServerCapabilities.maxReturnEventValues = mostEvents;
    describeEventHistory(namespace, machine);
  }
  const service = new HistoryService(options);
  server.engine.addressSpaceAccessor = {
    browse: (context, nodes) => services.browse(context, nodes),
    read: (context, request) => services.read(context, request),
    call: (context, methods) => services.call(context, methods),
    write: (context, requests) => services.write(context, requests),
    historyRead: (context, request) => service.answer(context, request),
  };
}

/** One request on its way. */
interface Asking {
  readonly context: ISessionContext;
  readonly request: HistoryReadRequest;
  readonly patience: Patience;
  readonly budget: Budget;
  /** What a processed or at-time read asks of all its nodes alike. */
  readonly common: Division | AtTimeReading | null;
}

class HistoryService {
  readonly #options: HistoryAccess;
  readonly #events: EventHistory | null;
  readonly #continuations = new Continuations();
  /** Calculating reads hold many points in memory: few at once. */
  readonly #turns = new Turns(2, 100);
  /** Stands for the session of a caller in this process. */
  readonly #nobody = {};

  constructor(options: HistoryAccess) {
    const { alarmJournal: journal, machine, namespace } = options;
    const { addressSpace, index: namespaceIndex } = namespace;
    this.#options = options;
    this.#events = journal && { journal, machine, addressSpace, namespaceIndex };
  }

  async answer(context: ISessionContext, request: HistoryReadRequest): Promise<HistoryReadResult[]> {
    const nodes = request.nodesToRead ?? [];
    const common = request.releaseContinuationPoints ? null : commonOf(request, nodes.length);
    if (common && 'refused' in common) return nodes.map(() => resultOf(common.refused));
    const patience = new Patience(context, request);
    const budget = { points: mostScanned };
    const asking = { context, request, patience, budget, common };
    if (!common) return await Promise.all(nodes.map((_, i) => this.#answerNode(asking, i)));
    if (this.#turns.isFull) return nodes.map(() => resultOf(StatusCodes.BadTooManyOperations));
    // One after the other: the later ones get what the earlier ones have left of the budget.
    return await this.#turns.take(async () => {
      const results: HistoryReadResult[] = [];
      for (const i of nodes.keys()) results.push(await this.#answerNode(asking, i));
      return results;
    });
  }

  async #answerNode(asking: Asking, i: number): Promise<HistoryReadResult> {
    const node = asking.request.nodesToRead?.[i];
    if (!node) return resultOf(StatusCodes.BadNodeIdUnknown);
    const session = asking.context.session ?? this.#nobody;
    const nodeKey = node.nodeId.toString();
    try {
      asking.patience.check();
      const refused = this.#refusalOf(asking, node);
      if (refused) return resultOf(refused);
      const isFirst = !node.continuationPoint || node.continuationPoint.length === 0;
      const reading = isFirst
        ? this.#firstReading(asking, i, node)
        : (this.#continuations.find(session, nodeKey, node.continuationPoint) ?? {
            refused: StatusCodes.BadContinuationPointInvalid,
          });
      if (asking.request.releaseContinuationPoints) {
        if (!isFirst) this.#continuations.release(session, node.continuationPoint);
        return resultOf(isFirst || 'refused' in reading ? StatusCodes.BadContinuationPointInvalid : StatusCodes.Good);
      }
      if ('refused' in reading) return resultOf(reading.refused);
      if (!suitsDetails(reading, asking.request)) return resultOf(StatusCodes.BadContinuationPointInvalid);
      const answered = await this.#read(asking, node, reading, isFirst);
      if ('refused' in answered) return resultOf(answered.refused);
      if (!isFirst) this.#continuations.release(session, node.continuationPoint);
      const point = answered.rest && this.#continuations.keep(session, nodeKey, answered.rest);
      return this.#contentOf(answered, point);
    } catch (cause) {
      return resultOf(this.#statusOf(cause, nodeKey));
    }
  }

  /** Why nothing of this node can be read by this session; null: it can. */
  #refusalOf(
    { context, request }: Asking,
    { nodeId, indexRange, dataEncoding }: HistoryReadValueId,
  ): StatusCode | null {
    const { signals, namespace, history, machine } = this.#options;
    const node = namespace.addressSpace.findNode(nodeId);
    if (!node) return StatusCodes.BadNodeIdUnknown;
    const signal = signals.get(signalIdOf(nodeId, namespace.index) ?? '');
    const isEvents = request.historyReadDetails instanceof ReadEventDetails;
    const isServer = node === namespace.addressSpace.rootFolder.objects.server;
    const hasHistory = isEvents
      ? this.#events !== null && (node === machine || isServer)
      : history !== null && signal?.isRecorded === true;
    if (!hasHistory) return StatusCodes.BadHistoryOperationUnsupported;
    // The server's events are those of the machine.
    const guarded = isServer ? machine : node;
    if (context.isAccessRestricted(guarded)) return StatusCodes.BadSecurityModeInsufficient;
    if (!context.checkPermission(guarded, PermissionType.ReadHistory)) return StatusCodes.BadUserAccessDenied;
    if (!isWhole(indexRange)) return StatusCodes.BadIndexRangeNoData;
    if (dataEncoding?.name) return StatusCodes.BadDataEncodingUnsupported;
    return isEvents ? null : timesRefusal(request.timestampsToReturn);
  }

  #firstReading({ request, common }: Asking, i: number, { nodeId }: HistoryReadValueId): Reading | Refused {
    const details = request.historyReadDetails;
    const signal = this.#options.signals.get(signalIdOf(nodeId, this.#options.namespace.index) ?? '');
    if (details instanceof ReadEventDetails && isExactly(details, 'ReadEventDetails')) return eventReadingOf(details);
    if (details instanceof ReadRawModifiedDetails) return rawReadingOf(details, signal?.declaration.id ?? '');
    if (common && 'kind' in common) return common;
    const aggregate = details instanceof ReadProcessedDetails ? details.aggregateType?.[i] : undefined;
    if (!(details instanceof ReadProcessedDetails) || !common || !signal || !aggregate) {
      return { refused: StatusCodes.BadHistoryOperationUnsupported };
    }
    return processedReadingOf(common, aggregate, details.aggregateConfiguration, signal.declaration);
  }

  async #read(
    asking: Asking,
    node: HistoryReadValueId,
    reading: Reading,
    isFirst: boolean,
  ): Promise<Answered | Refused> {
    const { budget, patience, request } = asking;
    const { history, signals, namespace } = this.#options;
    if (reading.kind === 'events') {
      if (!this.#events) return { refused: StatusCodes.BadHistoryOperationUnsupported };
      return await readEvents(this.#events, reading, patience);
    }
    const declaration = signals.get(signalIdOf(node.nodeId, namespace.index) ?? '')?.declaration;
    if (!history || !declaration) return { refused: StatusCodes.BadHistoryOperationUnsupported };
    const fairShare = Math.max(1, Math.floor(mostValues / (request.nodesToRead?.length ?? 1)));
    const limit = Math.min(mostValuesPerNode, fairShare);
    if (reading.kind === 'raw') {
      const details = request.historyReadDetails as ReadRawModifiedDetails;
      const opening = isFirst && details.returnBounds ? await openingOf(history, declaration, reading) : [];
      return await readRaw(history, declaration, reading, opening, limit);
    }
    const scan = { history, declaration, budget, patience };
    return await (reading.kind === 'processed'
      ? readProcessed(scan, reading, limit)
      : readAtTime(scan, reading, limit));
  }

  #contentOf({ dataValues, events, rest }: Answered, continuationPoint: Buffer | null): HistoryReadResult {
    const { addressSpace } = this.#options.namespace;
    const isEmpty = (dataValues ?? events ?? []).length === 0 && rest === null;
    return new HistoryReadResult({
      statusCode: isEmpty ? StatusCodes.GoodNoData : StatusCodes.Good,
      historyData: events
        ? addressSpace.constructExtensionObject(historyEvent, { events })
        : new HistoryData({ dataValues: dataValues ?? [] }),
      ...(continuationPoint ? { continuationPoint } : {}),
    });
  }

  #statusOf(cause: unknown, node: string): StatusCode {
    if (cause instanceof ReadAbandonedError) return cause.status;
    if (cause instanceof TooManyPointsError) return StatusCodes.BadTooManyOperations;
    if (cause instanceof FilterMismatchError) return StatusCodes.BadEventFilterInvalid;
    this.#options.log.warn({ node, cause: String(cause) }, 'history could not be read for an OPC UA client');
    const isAway = cause instanceof HistoryUnavailableError || cause instanceof StoreUnavailableError;
    return isAway ? StatusCodes.BadResourceUnavailable : StatusCodes.BadInternalError;
  }
}

function commonOf(request: HistoryReadRequest, nodes: number): Division | AtTimeReading | Refused | null {
  const details = request.historyReadDetails;
  if (details instanceof ReadProcessedDetails) return divisionAsked(details, nodes);
  return details instanceof ReadAtTimeDetails ? atTimeReadingOf(details, nodes) : null;
}

/** The library takes an empty text, which asyncua sends, for the index NaN. */
function isWhole(range: NumericRange | null): boolean {
  const index = range?.toEncodeableString() ?? '';
  return index === '' || index === 'NaN';
}

/** Only the time of the reading is recorded. */
function timesRefusal(wanted: TimestampsToReturn): StatusCode | null {
  const isKept = wanted === TimestampsToReturn.Source || wanted === TimestampsToReturn.Both;
  return isKept ? null : StatusCodes.BadTimestampsToReturnInvalid;
}

/** The library derives details that are asked for otherwise (sorted, modified events) from the plain ones. */
function isExactly(details: ReadEventDetails, name: string): boolean {
  return details.schema.name === name;
}

function suitsDetails(reading: Reading, { historyReadDetails: details }: HistoryReadRequest): boolean {
  const type = {
    raw: ReadRawModifiedDetails,
    processed: ReadProcessedDetails,
    atTime: ReadAtTimeDetails,
    events: ReadEventDetails,
  }[reading.kind];
  return details instanceof type;
}

function resultOf(statusCode: StatusCode): HistoryReadResult {
  return new HistoryReadResult({ statusCode });
}
