import { FramingError, type Framing, type RequestFrame } from './framing.ts';

/** Transaction, protocol, length: two bytes each; the length counts unit and PDU. */
const headerBytes = 6;

/**
 * Modbus TCP (MBAP). A wrong protocol id or length leaves no way to find the next frame, so it ends the connection, and
 * so does a frame that stays incomplete.
 */
export function mbapFraming(): Framing {
  let received: Buffer = Buffer.alloc(0);

  function next(): RequestFrame | null {
    if (received.length >= 4) {
      const protocol = received.readUInt16BE(2);
      if (protocol !== 0) throw new FramingError(`protocol id ${protocol}, Modbus has 0`);
    }
    if (received.length < headerBytes) return null;
    const length = received.readUInt16BE(4);
    if (length < 2 || length > 254) throw new FramingError(`length ${length}, Modbus allows 2…254`);
    if (received.length < headerBytes + length) return null;
    const frame = {
      transaction: received.readUInt16BE(0),
      unit: received.readUInt8(6),
      pdu: Buffer.from(received.subarray(7, headerBytes + length)),
    };
    received = received.subarray(headerBytes + length);
    return frame;
  }

  return {
    quietMs: 5_000,
    get pendingBytes() {
      return received.length;
    },
    push(chunk) {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const frames: RequestFrame[] = [];
      for (let frame = next(); frame !== null; frame = next()) frames.push(frame);
      return frames;
    },
    quiet() {
      throw new FramingError(`a frame stayed incomplete after ${received.length} bytes`);
    },
    wrap(unit, pdu, transaction) {
      const frame = Buffer.alloc(headerBytes + 1 + pdu.length);
      frame.writeUInt16BE(transaction ?? 0, 0);
      frame.writeUInt16BE(1 + pdu.length, 4);
      frame.writeUInt8(unit, 6);
      pdu.copy(frame, 7);
      return frame;
    },
  };
}
