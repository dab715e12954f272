const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/**
 * Modbus over Serial Line V1.02, 2.5.1: polynomial 0xA001, start 0xFFFF, low byte first on the wire.
 *
 * @param end  index after the last byte that counts; missing: all count
 */
export function crc16(bytes: Uint8Array, end = bytes.length): number {
  let crc = 0xffff;
  for (let at = 0; at < end; at++) crc = (crc >>> 8) ^ (table[(crc ^ (bytes[at] ?? 0)) & 0xff] ?? 0);
  return crc;
}

/** `body` (unit and PDU) with its CRC. */
export function withCrc(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(body.length + 2);
  frame.set(body);
  const crc = crc16(frame, body.length);
  frame[body.length] = crc & 0xff;
  frame[body.length + 1] = crc >>> 8;
  return frame;
}
