import { type FoundFrame, foundFrame, frameLength, withCrc } from './rtu-frames.ts';

const colon = 0x3a;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
/** Unit, function and one byte. */
const shortestBody = 3;

/** A frame as Modbus ASCII sends it: colon, body and LRC in hexadecimal, CR, LF. @param frame  unit, PDU and CRC */
export function asciiFrame(frame: Buffer): Buffer {
  const body = frame.subarray(0, -2);
  const hex = body.toString('hex') + lrc(body).toString(16).padStart(2, '0');
  return Buffer.from(`:${hex.toUpperCase()}\r\n`, 'latin1');
}

/** The first whole frame of one of `units` in a stream of ASCII; noise, cut and falsified frames before it are passed over. */
export function firstAsciiFrame(stream: Buffer, units: (unit: number) => boolean): FoundFrame | null {
  for (let end = stream.indexOf(lineFeed); end >= 0; end = stream.indexOf(lineFeed, end + 1)) {
    // a colon begins a frame, whatever was under way
    const start = stream.subarray(0, end).lastIndexOf(colon);
    if (start < 0 || stream[end - 1] !== carriageReturn) continue;
    const body = decoded(stream.toString('latin1', start + 1, end - 1));
    if (body === null || !units(body.readUInt8(0))) continue;
    const frame = withCrc(body);
    if (frameLength(frame, 0) === frame.length) return foundFrame(frame, end + 1);
  }
  return null;
}

/** Unit and PDU; null: no hexadecimal, too short, or the checksum is wrong. */
function decoded(text: string): Buffer | null {
  if (!/^(?:[\dA-F]{2})+$/i.test(text)) return null;
  const bytes = Buffer.from(text, 'hex');
  const body = bytes.subarray(0, -1);
  return body.length >= shortestBody && bytes.at(-1) === lrc(body) ? body : null;
}

/** Modbus over Serial Line V1.02, 2.5.2.2: two's complement of the sum. */
function lrc(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum += byte;
  return -sum & 0xff;
}
