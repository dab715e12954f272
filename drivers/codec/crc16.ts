const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/**
 * Modbus over Serial Line V1.02, 2.5.1: polynomial 0xA001, start 0xFFFF, low byte first on the wire. Over a whole frame
 * with its CRC it is 0.
 *
 * @param end  index after the last byte that counts; missing: all count
 */
export function crc16(bytes: Uint8Array, end = bytes.length): number {
  let crc = crcStart;
  for (let at = 0; at < end; at++) crc = crcStep(crc, bytes[at] ?? 0);
  return crc;
}

/** The CRC of no bytes. */
export const crcStart = 0xffff;

/** The CRC after one byte more. */
export function crcStep(crc: number, byte: number): number {
  return (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
}

/** Unit and PDU with their CRC. @param start, end  where they stand in `bytes`; missing: all of it */
export function withCrc(bytes: Uint8Array, start = 0, end = bytes.length): Buffer {
  const length = end - start;
  const frame = Buffer.allocUnsafe(length + 2);
  for (let at = 0; at < length; at++) frame[at] = bytes[start + at] ?? 0;
  const crc = crc16(frame, length);
  frame[length] = crc & 0xff;
  frame[length + 1] = crc >>> 8;
  return frame;
}
