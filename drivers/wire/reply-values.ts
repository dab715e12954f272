/**
 * What the reply to a read holds, after it was checked against its request: registers 0…65535, or bits 0 and 1.
 *
 * @param functionCode  1 and 2 read bits, the others registers
 * @param count         of those that were asked for
 * @param from          where unit and PDU begin in `bytes`
 */
export function valuesRead(functionCode: number, count: number, bytes: Uint8Array, from: number): number[] {
  const data = from + 3;
  const values: number[] = [];
  if (functionCode <= 2) {
    for (let n = 0; n < count; n++) values.push(((bytes[data + (n >> 3)] ?? 0) >> (n & 7)) & 1);
    return values;
  }
  for (let at = data; at < data + 2 * count; at += 2) values.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  return values;
}
