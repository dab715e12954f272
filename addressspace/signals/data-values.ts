import { DataType, DataValue, type StatusCode, StatusCodes, type Variant, VariantArrayType } from 'node-opcua';
import type { HistoryPoint, HistoryQuality } from '../../operations/ports/history.ts';
import type { Sample, SignalDeclaration, SignalType, SignalValue } from '../../machine/signal.ts';

/** Built-in type of each signal type; an Enumeration counts along its states (OPC 10000-8, MultiStateDiscreteType). */
export const dataTypeOf: Readonly<Record<SignalType, DataType>> = {
  Double: DataType.Double,
  Boolean: DataType.Boolean,
  UInt16: DataType.UInt16,
  UInt32: DataType.UInt32,
  Enumeration: DataType.UInt32,
  String: DataType.String,
};

/**
 * A sample as clients get it. ServerTimestamp is the moment of this call, SourceTimestamp the moment of the reading.
 * With a Bad status there is no value at all (OPC 10000-8, 6.3: it shall not be used), so that nobody can take the last
 * reading, or a 0, for the present one; an Uncertain status keeps the last usable value.
 */
export function dataValueOf(declaration: SignalDeclaration, sample: Sample): DataValue {
  const dataValue = statusAndValue(declaration, sample);
  dataValue.sourceTimestamp = new Date(sample.sourceTimeMs);
  dataValue.serverTimestamp = new Date();
  return dataValue;
}

/** A recorded point. The time when the server heard of it is not recorded. */
export function historicValueOf(declaration: SignalDeclaration, [atMs, value, quality]: HistoryPoint): DataValue {
  const dataValue = statusAndValue(declaration, { value, quality });
  dataValue.sourceTimestamp = new Date(atMs);
  return dataValue;
}

/**
 * The value with its status, or the Bad status that stands in its place. Filled by hand: given all at once, the library would
 * make and check the Variant twice, for every change of every value.
 */
function statusAndValue(
  declaration: SignalDeclaration,
  { quality, value }: { readonly quality: HistoryQuality; readonly value: SignalValue },
): DataValue {
  const dataValue = new DataValue();
  dataValue.statusCode = statusOf(declaration, quality, value);
  if (dataValue.statusCode.isBad()) return dataValue;
  dataValue.value.dataType = dataTypeOf[declaration.type];
  dataValue.value.value = value;
  return dataValue;
}

function statusOf(declaration: SignalDeclaration, quality: HistoryQuality, value: SignalValue): StatusCode {
  const status = StatusCodes[quality];
  if (status.isBad()) return status;
  if (value === null) return StatusCodes.BadWaitingForInitialData;
  return holds(declaration, value) ? status : StatusCodes.BadOutOfRange;
}

/** Whether the signal's type can hold the value. */
function holds({ type, states }: SignalDeclaration, value: SignalValue): boolean {
  if (type === 'Boolean') return typeof value === 'boolean';
  if (type === 'String') return typeof value === 'string';
  if (typeof value !== 'number' || !Number.isFinite(value)) return false;
  if (type === 'Double') return true;
  const largest = { UInt16: 0xffff, UInt32: 0xffff_ffff, Enumeration: (states?.length ?? 0) - 1 }[type];
  return Number.isInteger(value) && value >= 0 && value <= largest;
}

/** What a client asks for, in the signal's own terms, or the status that says why this cannot be asked for. */
export type Wanted = { readonly value: SignalValue } | { readonly refused: StatusCode };

/** The value that a client writes. Limits and state are the gate's business, the type is ours. */
export function wantedValue(declaration: SignalDeclaration, { dataType, arrayType, value: written }: Variant): Wanted {
  if (dataType !== dataTypeOf[declaration.type] || arrayType !== VariantArrayType.Scalar) {
    return { refused: StatusCodes.BadTypeMismatch };
  }
  // A null String is an empty one to OPC UA.
  const value = (written ?? (declaration.type === 'String' ? '' : null)) as SignalValue;
  return holds(declaration, value) ? { value } : { refused: StatusCodes.BadOutOfRange };
}
