import type { IdentificationRequest } from './request.ts';

/** What a device says about itself: function 43, MEI type 14. */
export interface Identification {
  /** Conformity level: 1 basic, 2 regular, 3 extended; 0x81…0x83 when single objects can be asked for, too. */
  readonly conformity: number;
  /** Text by object: 0 vendor, 1 product code, 2 revision, 3 vendor's address, 4 product, 5 model, 6 application. */
  readonly objects: ReadonlyMap<number, string>;
}

interface Part extends Identification {
  /** Where to go on; null: this was all. */
  readonly next: number | null;
}

/** Unit, function, MEI type, level, conformity, more follows, next object, number of objects. */
const headerBytes = 8;
/** Modbus Application Protocol V1.1b3, 6.21. */
export const meiType = 0x0e;
/** Each object begins with its number and its length. */
const objectHeaderBytes = 2;
/** A device that says again and again that more follows is not believed for ever. */
const mostParts = 16;

/**
 * Length of the reply that begins at `at` with its unit, without a checksum, as far as its number of objects tells it.
 *
 * @returns null when more bytes must come first
 */
export function identificationLength(bytes: Uint8Array, at: number): number | null {
  let end = at + headerBytes;
  for (let left = bytes[end - 1] ?? 0; left > 0; left--) end += objectHeaderBytes + (bytes[end + 1] ?? 0);
  return end > bytes.length ? null : end - at;
}

/** Whether a whole reply, unit first, consists of its header and whole objects. Some devices miscount these. */
export function isIdentification(reply: Uint8Array): boolean {
  if (reply.length < headerBytes || reply[2] !== meiType) return false;
  let end = headerBytes;
  while (end + 1 < reply.length) end += objectHeaderBytes + (reply[end + 1] ?? 0);
  return end === reply.length;
}

/** @param values  bytes of the reply after the MEI type, as an answer to a `read-identification` brings them */
export function identificationOf(values: readonly number[]): Part {
  const [, conformity = 0, moreFollows = 0, nextObject = 0] = values;
  const objects = new Map<number, string>();
  for (let at = headerBytes - 3; at + 1 < values.length;) {
    const [object = 0, length = 0] = values.slice(at, at + objectHeaderBytes);
    at += objectHeaderBytes;
    objects.set(object, Buffer.from(values.slice(at, at + length)).toString('latin1'));
    at += length;
  }
  return { conformity, objects, next: moreFollows === 0 || objects.size === 0 ? null : nextObject };
}

/**
 * The whole of one level, in as many requests as the device wants.
 *
 * @param ask  one request to the device. @throws FieldError, and ModbusExceptionError 1 from a device that does not know this
 */
export async function readIdentification(
  ask: (request: IdentificationRequest) => Promise<{ readonly values: readonly number[] }>,
  level: 1 | 2 | 3 = 1,
): Promise<Identification> {
  const objects = new Map<number, string>();
  let conformity = 0;
  let object: number | null = 0;
  for (let part = 0; object !== null && part < mostParts; part++) {
    const { values } = await ask({ kind: 'read-identification', level, object });
    const answer = identificationOf(values);
    for (const [id, text] of answer.objects) objects.set(id, text);
    conformity = answer.conformity;
    // one that goes back would be read again and again
    object = answer.next !== null && answer.next > object ? answer.next : null;
  }
  return { conformity, objects };
}
