/** OPC UA binary over TCP (OPC 10000-6, 7) at security policy None, byte by byte: as wrong as a test wants it. */

export type ChunkFlag = 'F' | 'C' | 'A';

/** Message header and body. `length` may lie. */
export function message(type: string, flag: string, body: Uint8Array, length = body.length + 8): Buffer {
  const header = Buffer.alloc(8);
  header.write(type.padEnd(3).slice(0, 3), 0, 'latin1');
  header.write(flag, 3, 'latin1');
  header.writeUInt32LE(length >>> 0, 4);
  return Buffer.concat([header, body]);
}

export function uint32(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt32LE(value >>> 0, 4 * at);
  return bytes;
}

export function text(value: string): Buffer {
  return Buffer.concat([uint32(Buffer.byteLength(value)), Buffer.from(value)]);
}

/** @param sizes  protocol version, receive and send buffer, largest message, most chunks */
export function hello(endpointUrl: string, sizes: readonly number[] = [0, 65_536, 65_536, 0, 0]): Buffer {
  return message('HEL', 'F', Buffer.concat([uint32(...sizes), text(endpointUrl)]));
}

/** `ns=0;i=<id>`, as type ids of requests are written. */
export function numericId(id: number): Buffer {
  return Buffer.from([1, 0, id & 0xff, id >> 8]);
}

const nothing = uint32(0xffff_ffff);

/** @param token  bytes of the session's authentication token; none: the null node id */
export function requestHeader(token: Uint8Array = Buffer.from([0, 0]), handle = 1, timeoutHintMs = 10_000): Buffer {
  return Buffer.concat([
    token,
    Buffer.alloc(8),
    uint32(handle, 0),
    nothing,
    uint32(timeoutHintMs),
    Buffer.from([0, 0, 0]),
  ]);
}

/** @param lifetimeMs  after which the channel ends unless it is renewed */
export function openRequest(lifetimeMs: number, { renew = false, mode = 1 } = {}): Buffer {
  return Buffer.concat([numericId(446), requestHeader(), uint32(0, renew ? 1 : 0, mode), text(''), uint32(lifetimeMs)]);
}

export const policyNone = 'http://opcfoundation.org/UA/SecurityPolicy#None';

export function openMessage(
  channelId: number,
  sequenceNumber: number,
  requestId: number,
  body: Uint8Array,
  policy = policyNone,
): Buffer {
  return message(
    'OPN',
    'F',
    Buffer.concat([uint32(channelId), text(policy), nothing, nothing, uint32(sequenceNumber, requestId), body]),
  );
}

export interface ChunkHeader {
  readonly channelId: number;
  readonly tokenId: number;
  readonly sequenceNumber: number;
  readonly requestId: number;
}

export function chunk(type: string, flag: string, header: ChunkHeader, body: Uint8Array, length?: number): Buffer {
  const { channelId, tokenId, sequenceNumber, requestId } = header;
  return message(
    type,
    flag,
    Buffer.concat([uint32(channelId, tokenId, sequenceNumber, requestId), body]),
    length ?? body.length + 24,
  );
}

/** Whole messages at the beginning of `bytes`, and what is left. */
export function split(bytes: Buffer): { readonly messages: Buffer[]; readonly rest: Buffer } {
  const messages: Buffer[] = [];
  let at = 0;
  while (at + 8 <= bytes.length) {
    const length = bytes.readUInt32LE(at + 4);
    if (at + length > bytes.length) break;
    messages.push(bytes.subarray(at, at + length));
    at += length;
  }
  return { messages, rest: bytes.subarray(at) };
}

/** The bytes of the node id that begins at `at`. @throws RangeError when it is none */
export function nodeIdAt(bytes: Buffer, at: number): Buffer {
  const encoding = (bytes[at] ?? 0xff) & 0x3f;
  const sizes = [2, 4, 7, null, 19, null];
  const size = sizes[encoding];
  if (size === undefined) throw new RangeError(`no node id begins with ${encoding}`);
  return bytes.subarray(at, at + (size ?? 7 + Math.max(0, bytes.readInt32LE(at + 3))));
}

/** Where the body of a message of a secure channel at None begins. */
export const bodyAt = 24;

/** Type id of the request or response in a chunk, and its header's status when it is a response. */
export function responseOf(answer: Buffer): { readonly typeId: number; readonly status: number } {
  return { typeId: answer.readUInt16LE(bodyAt + 2), status: answer.readUInt32LE(bodyAt + 4 + 8 + 4) };
}

/** The token that a CreateSessionResponse gives. */
export function authenticationTokenOf(answer: Buffer): Buffer {
  // type id, timestamp, handle, status, no diagnostics, empty string table, null additional header
  const stringTableAt = bodyAt + 4 + 8 + 4 + 4 + 1;
  const sessionIdAt = stringTableAt + 4 + 3;
  return nodeIdAt(answer, sessionIdAt + nodeIdAt(answer, sessionIdAt).length);
}
