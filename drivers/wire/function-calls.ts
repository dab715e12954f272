import { strict as assert } from 'node:assert';
import type modbusSerial from 'modbus-serial';
import { type AnyRequest, functionOf, type IdentificationRequest } from './request.ts';

export type Client = InstanceType<typeof modbusSerial.default>;

/** What goes through modbus-serial's function-code API. */
export type CalledRequest = Exclude<AnyRequest, IdentificationRequest>;

/** What modbus-serial hands back, over all functions. */
export interface LibraryReply {
  readonly address?: number;
  readonly value?: number;
  readonly state?: boolean;
  readonly length?: number;
  readonly andMask?: number;
  readonly orMask?: number;
}
export interface LibraryError extends Error {
  readonly modbusCode?: number;
}
export type LibraryCallback = (error: LibraryError | null | undefined, reply: LibraryReply) => void;

type Call = (this: Client, unit: number, ...rest: readonly unknown[]) => void;

/** The `writeFC…` functions take the unit as an argument, so no request can go out under another one's `setID`. */
export function call(client: Client, unit: number, request: CalledRequest, next: LibraryCallback): void {
  const functions = client as unknown as Readonly<Record<string, Call>>;
  const write = functions[functionNames[functionOf(request)] ?? ''];
  assert(write !== undefined);
  switch (request.kind) {
    case 'read':
      return write.call(client, unit, request.address, request.count, next);
    case 'write-coils': {
      const states = request.values.map((value) => value === 1);
      return write.call(client, unit, request.address, states.length === 1 ? states[0] : states, next);
    }
    case 'write-registers': {
      const { values } = request;
      return write.call(client, unit, request.address, values.length === 1 ? values[0] : values, next);
    }
    case 'mask-write':
      return write.call(client, unit, request.address, request.andMask, request.orMask, next);
    case 'read-write':
      break;
  }
  const { read, write: written } = request;
  const { values } = written;
  return write.call(client, unit, read.address, read.count, written.address, values.length, [...values], next);
}

const functionNames: Readonly<Record<number, string>> = Object.fromEntries(
  [1, 2, 3, 4, 5, 6, 15, 16, 22, 23].map((code) => [code, `writeFC${code}`]),
);

/** What a module acknowledges. */
export type PlainWrite = Exclude<CalledRequest, { kind: 'read' | 'read-write' }>;

/**
 * Whether the acknowledgement repeats what was written. The port has checked the frame already; what the library made of it
 * is checked once more.
 */
export function isAcknowledged(request: PlainWrite, reply: LibraryReply): boolean {
  if (reply.address !== request.address) return false;
  if (request.kind === 'mask-write') return reply.andMask === request.andMask && reply.orMask === request.orMask;
  const [first] = request.values;
  if (request.values.length > 1) return reply.length === request.values.length;
  return request.kind === 'write-coils' ? reply.state === (first === 1) : reply.value === first;
}
