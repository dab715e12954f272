const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) !== 0 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});

/**
 * CRC-16 of Modbus over serial line (polynomial 0xA001 reflected, initial 0xFFFF), sent low byte first. Over a whole
 * frame with its CRC it is 0.
 */
export function crc16(bytes: Uint8Array): number {
  let crc = crcStart;
  for (const byte of bytes) crc = crcStep(crc, byte);
  return crc;
}

export const crcStart = 0xffff;

/** The CRC after one byte more. */
export function crcStep(crc: number, byte: number): number {
  return (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] ?? 0);
}
