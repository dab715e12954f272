import type { LineTiming } from '../declaration.ts';
import { crc16, withCrc } from '../codec/crc16.ts';
import { identificationLength } from './identification.ts';
import { bytesRead } from './reply-check.ts';

export { crc16, withCrc };

/**
 * What tells one reply from another on a line without transaction ids: for a read the function and the number of bytes,
 * for a write the function and the echo. Two requests of the same shape to the same unit can't be told apart by their
 * replies.
 */
export function shapeOfRequest(frame: Buffer): string {
  const code = frame.readUInt8(1);
  if (code === 43) return '43';
  if (code <= 4 || code === 23) return `${code}:${bytesRead(code, frame.readUInt16BE(4))}`;
  return shapeOfEcho(code, frame);
}

/** A whole frame with a right CRC, as it stands in a stream of bytes. */
export interface FoundFrame {
  readonly bytes: Buffer;
  /** Offset of the first byte after it. */
  readonly endsAt: number;
  readonly unit: number;
  /** Without the exception bit. */
  readonly functionCode: number;
  /** null: an exception, which does not say to which request. */
  readonly shape: string | null;
}

const shortestFrame = 5;

/**
 * The first whole frame of one of `units` in the stream, wherever it begins: noise and cut frames before it are passed
 * over. The CRC is the only proof that bytes are a frame, so units that nobody asked are not looked for.
 */
export function firstFrame(stream: Buffer, units: (unit: number) => boolean): FoundFrame | null {
  for (let at = 0; at + shortestFrame <= stream.length; at++) {
    const unit = stream.readUInt8(at);
    if (!units(unit)) continue;
    const length = frameLength(stream, at);
    if (length === null || at + length > stream.length) continue;
    const bytes = stream.subarray(at, at + length);
    if (crc16(bytes, length - 2) !== bytes.readUInt16LE(length - 2)) continue;
    return foundFrame(bytes, at + length);
  }
  return null;
}

/** @param bytes  a whole reply with its CRC */
export function foundFrame(bytes: Buffer, endsAt: number): FoundFrame {
  const code = bytes.readUInt8(1);
  const functionCode = code & 0x7f;
  return {
    bytes,
    endsAt,
    unit: bytes.readUInt8(0),
    functionCode,
    shape: code === functionCode ? shapeOfReply(bytes) : null,
  };
}

/** Length of the reply that begins at `at`, CRC included; null: of a function that this master does not use, or not all there. */
export function frameLength(stream: Buffer, at: number): number | null {
  const code = stream.readUInt8(at + 1);
  if (code >= 0x81) return isUsed(code & 0x7f) ? shortestFrame : null;
  if (!isUsed(code)) return null;
  if (code <= 4 || code === 23) return 5 + stream.readUInt8(at + 2);
  if (code !== 43) return code === 22 ? 10 : 8;
  const length = identificationLength(stream, at);
  return length === null ? null : length + 2;
}

function isUsed(code: number): boolean {
  return (code >= 1 && code <= 6) || code === 15 || code === 16 || code === 22 || code === 23 || code === 43;
}

function shapeOfReply(frame: Buffer): string {
  const code = frame.readUInt8(1);
  if (code === 43) return '43';
  return code <= 4 || code === 23 ? `${code}:${frame.readUInt8(2)}` : shapeOfEcho(code, frame);
}

function shapeOfEcho(code: number, frame: Buffer): string {
  const echo = `${code}:${frame.readUInt16BE(2)}:${frame.readUInt16BE(4)}`;
  return code === 22 ? `${echo}:${frame.readUInt16BE(6)}` : echo;
}

/** What the times of a line follow from. */
export type SerialFormat = Pick<LineTiming, 'baudRate' | 'parity' | 'stopBits' | 'dataBits'>;

/** Time of one character in ms: start, data, parity and stop bits. */
export function characterMs({ baudRate, parity, stopBits, dataBits = 8 }: SerialFormat): number {
  return ((1 + dataBits + (parity === 'none' ? 0 : 1) + stopBits) / baudRate) * 1000;
}

/** Silence between frames in ms: 3.5 characters, above 19200 baud the fixed 1.75 ms of the specification. */
export function frameGapMs(line: SerialFormat): number {
  return line.baudRate > 19_200 ? 1.75 : 3.5 * characterMs(line);
}
