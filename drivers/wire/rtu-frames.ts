/** Modbus over Serial Line V1.02, 2.5.1: polynomial 0xA001, start 0xFFFF, low byte first on the wire. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/** `body` (unit and PDU) with its CRC. */
export function withCrc(body: Uint8Array): Buffer {
  const frame = Buffer.alloc(body.length + 2);
  frame.set(body);
  frame.writeUInt16LE(crc16(body), body.length);
  return frame;
}

/**
 * What tells one reply from another on a line without transaction ids: for a read the function and the number of bytes,
 * for a write the function and the echo. Two requests of the same shape to the same unit can't be told apart by their
 * replies.
 */
export function replyShape(functionCode: number, address: number, argument: number): string {
  if (functionCode <= 2) return `${functionCode}:${Math.ceil(argument / 8)}`;
  if (functionCode <= 4) return `${functionCode}:${2 * argument}`;
  return `${functionCode}:${address}:${argument}`;
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
    const code = stream.readUInt8(at + 1);
    const length = frameLength(code, stream.readUInt8(at + 2));
    if (length === null || at + length > stream.length) continue;
    const bytes = stream.subarray(at, at + length);
    if (crc16(bytes.subarray(0, length - 2)) !== bytes.readUInt16LE(length - 2)) continue;
    const functionCode = code & 0x7f;
    return {
      bytes,
      endsAt: at + length,
      unit,
      functionCode,
      shape: code === functionCode ? shapeOfReply(bytes) : null,
    };
  }
  return null;
}

/** null: no reply of a function that this master uses. */
function frameLength(code: number, third: number): number | null {
  if (code >= 0x81) return frameLength(code & 0x7f, 0) === null ? null : shortestFrame;
  if (code >= 1 && code <= 4) return 5 + third;
  return code === 5 || code === 6 || code === 15 || code === 16 ? 8 : null;
}

function shapeOfReply(frame: Buffer): string {
  const code = frame.readUInt8(1);
  if (code <= 4) return `${code}:${frame.readUInt8(2)}`;
  return `${code}:${frame.readUInt16BE(2)}:${frame.readUInt16BE(4)}`;
}

/** Time of one character in ms: start, 8 data, parity and stop bits. */
export function characterMs(line: { baudRate: number; parity: 'none' | 'even' | 'odd'; stopBits: 1 | 2 }): number {
  return ((9 + (line.parity === 'none' ? 0 : 1) + line.stopBits) / line.baudRate) * 1000;
}

/** Silence between frames in ms: 3.5 characters, above 19200 baud the fixed 1.75 ms of the specification. */
export function frameGapMs(line: { baudRate: number; parity: 'none' | 'even' | 'odd'; stopBits: 1 | 2 }): number {
  return line.baudRate > 19_200 ? 1.75 : 3.5 * characterMs(line);
}
