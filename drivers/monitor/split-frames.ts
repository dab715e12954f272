import { crc16 } from '../wire/rtu-frames.ts';

/** One frame as it stood in a stream, or bytes that are none. */
export interface WireFrame {
  readonly bytes: Uint8Array;
  /** `incomplete`: it begins like a frame and breaks off. */
  readonly fault: 'bad-crc' | 'incomplete' | 'garbage' | null;
  /** Unit and PDU, without what the transport adds; null: it is no frame. */
  readonly unit: number | null;
  readonly pdu: Uint8Array | null;
  readonly transaction: number | null;
  readonly crc: 'right' | 'wrong' | null;
}

const mbapLength = 6;
const shortestTcp = 2;
const longestTcp = 254;
const shortestRtu = 4;

/** Frames of Modbus TCP in bytes that went or came together. What follows something that is no frame is none either. */
export function splitTcp(bytes: Uint8Array): WireFrame[] {
  const frames: WireFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const rest = bytes.subarray(at);
    const length = rest.length < mbapLength ? null : wordAt(rest, 4);
    const looksRight = length === null || (wordAt(rest, 2) === 0 && length >= shortestTcp && length <= longestTcp);
    if (!looksRight) return [...frames, unsound(rest, 'garbage')];
    if (length === null || rest.length < mbapLength + length) return [...frames, unsound(rest, 'incomplete')];
    const frame = rest.subarray(0, mbapLength + length);
    const [unit = 0] = frame.subarray(mbapLength);
    frames.push({
      bytes: frame,
      fault: null,
      unit,
      pdu: frame.subarray(mbapLength + 1),
      transaction: wordAt(frame, 0),
      crc: null,
    });
    at += frame.length;
  }
  return frames;
}

/** A request on an RTU line: it was sent whole. */
export function rtuRequest(bytes: Uint8Array): WireFrame[] {
  return [bytes.length < shortestRtu ? unsound(bytes, 'garbage') : rtuFrame(bytes)];
}

/** Replies on an RTU line, wherever they begin: the CRC is what tells a frame from noise before it. */
export function splitRtuReplies(bytes: Uint8Array): WireFrame[] {
  const frames: WireFrame[] = [];
  let noiseFrom = 0;
  let at = 0;
  while (at < bytes.length) {
    const length = replyLength(bytes, at);
    const frame = length === null || at + length > bytes.length ? null : rtuFrame(bytes.subarray(at, at + length));
    if (frame === null || frame.fault !== null) {
      at++;
      continue;
    }
    if (at > noiseFrom) frames.push(noise(bytes.subarray(noiseFrom, at)));
    frames.push(frame);
    at += frame.bytes.length;
    noiseFrom = at;
  }
  if (noiseFrom < bytes.length) frames.push(noise(bytes.subarray(noiseFrom)));
  return frames;
}

const colon = 0x3a;
const lineFeed = 0x0a;

/** Frames of Modbus ASCII: colon, body and LRC in hexadecimal, CR, LF. What stands before a colon is noise. */
export function splitAscii(bytes: Uint8Array): WireFrame[] {
  const frames: WireFrame[] = [];
  let at = 0;
  while (at < bytes.length) {
    const colonAt = bytes.indexOf(colon, at);
    if (colonAt !== at) {
      const end = colonAt < 0 ? bytes.length : colonAt;
      frames.push(unsound(bytes.subarray(at, end), 'garbage'));
      at = end;
      continue;
    }
    const feedAt = bytes.indexOf(lineFeed, at);
    const nextAt = bytes.indexOf(colon, at + 1);
    const isWhole = feedAt >= 0 && (nextAt < 0 || feedAt < nextAt);
    const end = isWhole ? feedAt + 1 : nextAt < 0 ? bytes.length : nextAt;
    const text = bytes.subarray(at, end);
    frames.push(isWhole ? asciiFrame(text) : unsound(text, 'incomplete'));
    at = end;
  }
  return frames;
}

function asciiFrame(bytes: Uint8Array): WireFrame {
  const hex = Buffer.from(bytes.subarray(1, -2)).toString('latin1');
  if (bytes.at(-2) !== 0x0d || !/^(?:[\dA-F]{2}){3,}$/iu.test(hex)) return unsound(bytes, 'garbage');
  const body = Buffer.from(hex, 'hex');
  const isRight = body.reduce((sum, byte) => (sum + byte) & 0xff, 0) === 0;
  return {
    bytes,
    fault: isRight ? null : 'bad-crc',
    unit: body.readUInt8(0),
    pdu: body.subarray(1, -1),
    transaction: null,
    crc: isRight ? 'right' : 'wrong',
  };
}

/** What is no sound frame may still look like one: whole with a wrong CRC, or broken off. */
function noise(bytes: Uint8Array): WireFrame {
  const length = replyLength(bytes, 0);
  if (length === bytes.length) return rtuFrame(bytes);
  const begins =
    bytes.length >= 2 && (length === null ? bytes.length < 3 && isReplyCode(bytes[1]) : bytes.length < length);
  return unsound(bytes, begins ? 'incomplete' : 'garbage');
}

function rtuFrame(bytes: Uint8Array): WireFrame {
  const end = bytes.length - 2;
  const isRight = crc16(bytes.subarray(0, end)) === (bytes[end] ?? 0) + 256 * (bytes[end + 1] ?? 0);
  return {
    bytes,
    fault: isRight ? null : 'bad-crc',
    unit: bytes[0] ?? 0,
    pdu: bytes.subarray(1, end),
    transaction: null,
    crc: isRight ? 'right' : 'wrong',
  };
}

function unsound(bytes: Uint8Array, fault: 'incomplete' | 'garbage'): WireFrame {
  return { bytes, fault, unit: null, pdu: null, transaction: null, crc: null };
}

/** Of the reply that would begin here; null: none does, or too little of it is there. */
function replyLength(bytes: Uint8Array, at: number): number | null {
  const code = bytes[at + 1];
  if (code === undefined || !isReplyCode(code)) return null;
  if (code >= 0x80) return 5;
  if (code === 22) return 10;
  if (code > 4 && code !== 23) return 8;
  const byteCount = bytes[at + 2];
  return byteCount === undefined ? null : 5 + byteCount;
}

function isReplyCode(code: number | undefined): boolean {
  return code !== undefined && [1, 2, 3, 4, 5, 6, 15, 16, 22, 23].includes(code & 0x7f);
}

function wordAt(bytes: Uint8Array, at: number): number {
  return 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0);
}
