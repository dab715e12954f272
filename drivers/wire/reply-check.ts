import { isIdentification } from './identification.ts';

/**
 * Whether a sound frame is the reply that was asked for: unit, function, length, number of bytes and, for a write, the
 * echo. An exception of the right unit and function is one.
 *
 * @param request   unit and PDU, whatever follows
 * @param bytes     where the reply is
 * @param from, to  where its unit and PDU stand in them
 * @returns what contradicts; null: nothing
 */
export function contradictionOf(request: Buffer, bytes: Buffer, from: number, to: number): string | null {
  const code = request[1] ?? 0;
  const answered = bytes[from + 1] ?? 0;
  const length = to - from;
  if (bytes[from] !== request[0]) return `reply of unit ${bytes[from]}`;
  if (answered === (code | 0x80)) return length === 3 ? null : `exception of ${length} bytes`;
  if (answered !== code) return `reply to function ${answered & 0x7f}`;
  if (code <= 4 || code === 23) {
    const expected = bytesRead(code, request.readUInt16BE(4));
    const said = bytes[from + 2];
    return said === expected && length === 3 + expected
      ? null
      : `${length - 3} bytes, said to be ${said}, for ${expected}`;
  }
  if (code === 43)
    return isIdentification(bytes.subarray(from, to)) ? null : 'an identification that contradicts itself';
  // address and value, or address and count; address and both masks
  const echoed = code === 22 ? 8 : 6;
  return length === echoed && request.compare(bytes, from, to, 0, echoed) === 0
    ? null
    : 'the reply does not repeat what was written';
}

/** Bytes of data in the reply to a read of `count` bits or registers. */
export function bytesRead(functionCode: number, count: number): number {
  return functionCode <= 2 ? Math.ceil(count / 8) : 2 * count;
}
