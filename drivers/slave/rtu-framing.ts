import { functionCodes } from './answer-request.ts';
import { crc16, crcStart, crcStep } from '../codec/crc16.ts';
import type { Framing, RequestFrame } from './framing.ts';

/** Unit, function, CRC. */
const shortestFrame = 4;
const longestFrame = 256;

/**
 * Modbus RTU over a byte stream. On a serial line 3.5 characters of silence part the frames; adapters and TCP lose that
 * silence, so a frame's length follows from its function code and its CRC must be right. Bytes that fit no frame are
 * skipped one by one until a frame with a right CRC is found.
 */
export function rtuFraming(): Framing {
  let received: Buffer = Buffer.alloc(0);
  /** No frame has been found or skipped since the last silence or frame: the first byte begins a frame. */
  let atStart = true;

  function take(offset: number, length: number): RequestFrame {
    const frame = received.subarray(offset, offset + length);
    received = received.subarray(offset + length);
    atStart = true;
    return { unit: frame.readUInt8(0), pdu: Buffer.from(frame.subarray(1, -2)), transaction: null };
  }

  /** The next whole frame; null when more bytes must come first. */
  function next(): RequestFrame | null {
    // a function that is not served, unless it is garbage in front of a request that is
    if (atStart && requestLength(received) === 'unknown' && !holdsRequest(received.subarray(1))) {
      const length = lengthByCrc(received);
      if (length !== null) return take(0, length);
      if (received.length < longestFrame) return null; // it may still be arriving
    }
    for (let offset = 0; received.length - offset >= shortestFrame; offset++) {
      const rest = received.subarray(offset);
      const length = requestLength(rest);
      if (length === 'incomplete') {
        skip(offset);
        return null;
      }
      if (isFrame(rest, length)) return take(offset, length);
    }
    skip(Math.max(0, received.length - (shortestFrame - 1)));
    return null;
  }

  function skip(bytes: number): void {
    if (bytes === 0) return;
    received = received.subarray(bytes);
    atStart = false;
  }

  function frames(): RequestFrame[] {
    const found: RequestFrame[] = [];
    for (let frame = next(); frame !== null; frame = next()) found.push(frame);
    return found;
  }

  return {
    // far longer than 3.5 characters at 1200 baud (32 ms): adapters and TCP split frames
    quietMs: 50,
    get pendingBytes() {
      return received.length;
    },
    push(chunk) {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      return frames();
    },
    quiet() {
      const found: RequestFrame[] = [];
      // what was taken for the beginning of a frame was none: look behind it
      while (received.length >= shortestFrame) {
        skip(1);
        found.push(...frames());
      }
      received = Buffer.alloc(0);
      atStart = true;
      return found;
    },
    wrap(unit, pdu) {
      const frame = Buffer.alloc(pdu.length + 3);
      frame.writeUInt8(unit, 0);
      pdu.copy(frame, 1);
      frame.writeUInt16LE(crc16(frame.subarray(0, -2)), pdu.length + 1);
      return frame;
    },
  };
}

/** Length of the request that begins here, as far as its function code tells it. */
function requestLength(bytes: Buffer): number | 'incomplete' | 'unknown' {
  switch (bytes[1] ?? 0) {
    case functionCodes.readCoils:
    case functionCodes.readDiscrete:
    case functionCodes.readHolding:
    case functionCodes.readInput:
    case functionCodes.writeCoil:
    case functionCodes.writeRegister:
      return bytes.length < 8 ? 'incomplete' : 8;
    case functionCodes.writeCoils:
    case functionCodes.writeRegisters: {
      const dataBytes = bytes[6];
      if (dataBytes === undefined) return 'incomplete';
      const length = 9 + dataBytes;
      return bytes.length < length && length <= longestFrame ? 'incomplete' : length;
    }
    case functionCodes.maskWriteRegister:
      return bytes.length < 10 ? 'incomplete' : 10;
    case functionCodes.readWriteRegisters: {
      const dataBytes = bytes[10];
      if (dataBytes === undefined) return 'incomplete';
      const length = 13 + dataBytes;
      return bytes.length < length && length <= longestFrame ? 'incomplete' : length;
    }
    default:
      return 'unknown';
  }
}

/** A function that is not served has no known length: it ends where its CRC is right. */
function lengthByCrc(bytes: Buffer): number | null {
  let crc = crcStart;
  for (const [index, byte] of bytes.subarray(0, longestFrame).entries()) {
    crc = crcStep(crc, byte);
    if (crc === 0 && index + 1 >= shortestFrame) return index + 1;
  }
  return null;
}

function isFrame(bytes: Buffer, length: number | 'incomplete' | 'unknown'): length is number {
  return typeof length === 'number' && bytes.length >= length && crc16(bytes.subarray(0, length)) === 0;
}

/** Whether a whole request of a served function with a right CRC lies somewhere in these bytes. */
function holdsRequest(bytes: Buffer): boolean {
  for (let offset = 0; bytes.length - offset >= shortestFrame; offset++) {
    const rest = bytes.subarray(offset);
    if (isFrame(rest, requestLength(rest))) return true;
  }
  return false;
}
