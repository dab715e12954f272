/** One request as it came over the wire, without its framing. */
export interface RequestFrame {
  readonly unit: number;
  /** Function code and data, 1…253 bytes. */
  readonly pdu: Buffer;
  /** Transaction id of MBAP; RTU has none. */
  readonly transaction: number | null;
}

/** Cuts one connection's bytes into requests and puts replies into frames. One per connection. */
export interface Framing {
  /** @throws FramingError when the stream cannot be followed any more; the connection is of no use then */
  push(chunk: Buffer): readonly RequestFrame[];
  /** Nothing came for `quietMs` although a frame had begun. @throws FramingError as push */
  quiet(): readonly RequestFrame[];
  readonly quietMs: number;
  /** Bytes of a frame that is not complete yet. */
  readonly pendingBytes: number;
  wrap(unit: number, pdu: Buffer, transaction: number | null): Buffer;
}

/** The peer does not speak this protocol. Expected from hostile or misconfigured clients: the connection is dropped. */
export class FramingError extends Error {
  readonly code = 'MODBUS_FRAMING';

  constructor(message: string) {
    super(message);
    this.name = 'FramingError';
  }
}
