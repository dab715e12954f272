import {
  AttributeIds,
  DataType,
  type DataValue,
  type ISessionContext,
  type OPCUAServer,
  type StatusCode,
  StatusCodes,
  type WriteValue,
} from 'node-opcua';
import type { CommandGate } from '../../machine/ports.ts';
import { wantedValue } from '../signals/data-values.ts';
import type { Identities } from '../security/identities.ts';
import type { AddressSpaceLog } from '../library-log.ts';
import { statusOf } from './outcome-status.ts';
import { type SignalNode, signalIdOf } from '../signals/signal-nodes.ts';

/**
 * A client's SourceTimestamp this close to now is only the stamp that some client libraries put on every write (asyncua
 * does); it is dropped, since a setting was made when the machine took it. Anything farther away claims to know when the
 * value was true, which cannot be honoured and is refused.
 */
const habitualStampMs = 3_600_000;

/** Requests carry it as a plain number. */
const valueAttribute: number = AttributeIds.Value;

export interface GatedWrites {
  /** Signals and their views, by the string of their node id. */
  readonly signals: ReadonlyMap<string, SignalNode>;
  readonly namespaceIndex: number;
  readonly gate: CommandGate;
  readonly identities: Identities;
  readonly log: AddressSpaceLog;
}

/**
 * Leads every write on a signal through the command gate, with the identity of the session that asks. This is done at the
 * door of the services, because a variable's own setter is not told whose write it is. The writes of one request are
 * decided side by side, so that a batch of settings takes one scan, not one scan each; each result stays with its write.
 *
 * Nothing else can be written: the library would let everybody overwrite its diagnostics nodes.
 */
export function leadWritesThroughGate(server: OPCUAServer, options: GatedWrites): void {
  const { addressSpace, addressSpaceAccessor: services } = server.engine;
  if (!addressSpace || !services) throw new Error('the OPC UA server has to be initialized first');

  async function write(context: ISessionContext, request: WriteValue): Promise<StatusCode> {
    const signal = options.signals.get(signalIdOf(request.nodeId, options.namespaceIndex) ?? '');
    if (signal && request.attributeId === valueAttribute) return await writeSignal(options, signal, context, request);
    return addressSpace?.findNode(request.nodeId) ? StatusCodes.BadNotWritable : StatusCodes.BadNodeIdUnknown;
  }

  server.engine.addressSpaceAccessor = {
    browse: (context, nodes) => services.browse(context, nodes),
    read: (context, request) => services.read(context, request),
    call: (context, methods) => services.call(context, methods),
    historyRead: (context, request) => services.historyRead(context, request),
    write: (context, requests) => Promise.all(requests.map((request) => write(context, request))),
  };
}

async function writeSignal(
  { gate, identities, log }: GatedWrites,
  { declaration, writableBy, actionFor }: SignalNode,
  context: ISessionContext,
  request: WriteValue,
): Promise<StatusCode> {
  if (writableBy === null) return StatusCodes.BadNotWritable;
  if (request.indexRange && !request.indexRange.isEmpty()) return StatusCodes.BadIndexRangeNoData;
  const written = request.value;
  if (!written.value || written.value.dataType === DataType.Null) return StatusCodes.BadTypeMismatch;
  if (claimsMoreThanValue(written)) return StatusCodes.BadWriteNotSupported;
  const wanted = wantedValue(declaration, written.value);
  if ('refused' in wanted) return wanted.refused;
  try {
    const outcome = await gate.request({
      action: actionFor?.(wanted.value) ?? { name: 'write', signal: declaration.id, value: wanted.value },
      principal: identities.principalOf(context),
      origin: 'opcua',
      station: identities.stationOf(context),
    });
    return statusOf(outcome);
  } catch (cause) {
    log.error({ signal: declaration.id, cause: String(cause) }, 'a write got no outcome');
    return StatusCodes.BadInternalError;
  }
}

/** Status and timestamps are the machine's to say, not the client's. */
function claimsMoreThanValue({ statusCode, sourceTimestamp, serverTimestamp }: DataValue): boolean {
  if (!statusCode.equals(StatusCodes.Good) || isSet(serverTimestamp)) return true;
  return isSet(sourceTimestamp) && Math.abs(sourceTimestamp.getTime() - Date.now()) > habitualStampMs;
}

/** An absent time arrives as null or as the epoch of OPC UA, 1601. */
function isSet(time: Date | null | undefined): time is Date {
  return time instanceof Date && time.getTime() > Date.UTC(1601, 0, 2);
}
