import type { ReadArea } from '../declaration.ts';

/** What polling asks of one unit. Addresses are zero-based protocol addresses; coils are 0 and 1. */
export type Request =
  | { readonly kind: 'read'; readonly area: ReadArea; readonly address: number; readonly count: number }
  | { readonly kind: 'write-registers'; readonly address: number; readonly values: readonly number[] }
  | { readonly kind: 'write-coils'; readonly address: number; readonly values: readonly (0 | 1)[] };

/** Register := (register AND andMask) OR (orMask AND NOT andMask), in the module, so that no other bit is touched. */
export interface MaskWriteRequest {
  readonly kind: 'mask-write';
  readonly address: number;
  readonly andMask: number;
  readonly orMask: number;
}

/** Writes holding registers, then reads some, in one exchange. The answer's values are those read. */
export interface ReadWriteRequest {
  readonly kind: 'read-write';
  /** 1…125 registers. */
  readonly read: { readonly address: number; readonly count: number };
  /** 1…121 registers. */
  readonly write: { readonly address: number; readonly values: readonly number[] };
}

/** One part of a device's identification; the answer's values are the bytes that `identificationOf` reads. */
export interface IdentificationRequest {
  readonly kind: 'read-identification';
  /** 1 basic, 2 regular, 3 extended, 4 the one object. */
  readonly level: 1 | 2 | 3 | 4;
  /** Where to begin, or which one, 0…255. */
  readonly object: number;
}

/** What changes something in the module. */
export type WriteRequest = Exclude<Request, { readonly kind: 'read' }> | MaskWriteRequest | ReadWriteRequest;

/** What a line asks of its modules. */
export type FieldRequest = Request | WriteRequest;

/** The address that stands first in the frame of the request. */
export function addressOf(request: FieldRequest): number {
  return request.kind === 'read-write' ? request.read.address : request.address;
}

/** Everything that can be sent. */
export type AnyRequest = Request | MaskWriteRequest | ReadWriteRequest | IdentificationRequest;

const readFunctions: Readonly<Record<ReadArea, number>> = { coil: 1, discrete: 2, holding: 3, input: 4 };

/** A single value is written by the single-value functions, which more modules understand. */
export function functionOf(request: AnyRequest): number {
  switch (request.kind) {
    case 'read':
      return readFunctions[request.area];
    case 'write-coils':
      return request.values.length === 1 ? 5 : 15;
    case 'write-registers':
      return request.values.length === 1 ? 6 : 16;
    case 'mask-write':
      return 22;
    case 'read-write':
      return 23;
    case 'read-identification':
      break;
  }
  return 43;
}

/** For people: `FC03 holding 0…1`. */
export function wordingOf(request: AnyRequest): string {
  return `FC${String(functionOf(request)).padStart(2, '0')} ${objectOf(request)}`;
}

function objectOf(request: AnyRequest): string {
  switch (request.kind) {
    case 'read':
      return `${request.area} ${range(request.address, request.count)}`;
    case 'write-coils':
      return `coil ${range(request.address, request.values.length)}`;
    case 'write-registers':
      return `holding ${range(request.address, request.values.length)}`;
    case 'mask-write':
      return `holding ${request.address}`;
    case 'read-write': {
      const { read, write } = request;
      return `holding ${range(read.address, read.count)} after ${range(write.address, write.values.length)}`;
    }
    case 'read-identification':
      break;
  }
  return `identification ${request.level} from object ${request.object}`;
}

function range(address: number, count: number): string {
  return count === 1 ? `${address}` : `${address}…${address + count - 1}`;
}

/** Length of the RTU frame that asks for it. */
export function requestBytes(request: AnyRequest): number {
  switch (request.kind) {
    case 'read':
      return 8;
    case 'write-coils':
      return request.values.length === 1 ? 8 : 9 + Math.ceil(request.values.length / 8);
    case 'write-registers':
      return request.values.length === 1 ? 8 : 9 + 2 * request.values.length;
    case 'mask-write':
      return 10;
    case 'read-write':
      return 13 + 2 * request.write.values.length;
    case 'read-identification':
      break;
  }
  return 7;
}
