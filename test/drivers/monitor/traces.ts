import fc from 'fast-check';
import { requestKey, type TraceKind, type TraceRecord } from '../../../drivers/monitor/wire-trace.ts';
import { withCrc } from '../../../drivers/wire/rtu-frames.ts';

/** One step of a trace: bytes in hex, or what happened; an end says which request it ends, else it is the newest. */
export type Step = readonly [TraceKind, (string | number)?];

/** Records 10 ms apart, on clocks that began at 1,000 ms and in November 2025. */
export function traceOf(steps: readonly Step[]): TraceRecord[] {
  return steps.map(([kind, told = ''], number) => ({
    number,
    kind,
    wallMs: 1_763_000_000_000 + 10 * number,
    atMs: 1_000 + 10 * number,
    untilMs: 1_000 + 10 * number,
    ends: endOf(steps, number, typeof told === 'number' ? told : null),
    bytes: typeof told === 'number' ? new Uint8Array() : Buffer.from(told.replaceAll(' ', ''), 'hex'),
  }));
}

/** What an end would say of the request at a step, or of the newest before it. */
function endOf(steps: readonly Step[], number: number, asked: number | null): TraceRecord['ends'] {
  const since = asked ?? steps.slice(0, number).findLastIndex(([kind]) => kind === 'sent');
  const bytes = Buffer.from(String(steps[since]?.[1] ?? '').replaceAll(' ', ''), 'hex');
  const isMbap = bytes.length >= 12 && bytes.readUInt16BE(2) === 0 && bytes.readUInt16BE(4) === bytes.length - 6;
  const isAscii = bytes[0] === 0x3a;
  const body = isAscii ? Buffer.from(bytes.toString('latin1', 1), 'hex') : bytes.subarray(isMbap ? 6 : 0);
  if (body.length < 4) return { since: 0, key: 0 };
  return { since: Math.max(0, since), key: requestKey(body.readUInt8(0), body.readUInt8(1), body.readUInt16BE(2)) };
}

/** Unit and PDU as Modbus TCP has them. */
export function mbap(transaction: number, hex: string): string {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const header = Buffer.alloc(6);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(body.length, 4);
  return Buffer.concat([header, body]).toString('hex');
}

/** Unit and PDU as ASCII has them. */
export function ascii(hex: string): string {
  const body = Buffer.from(hex.replaceAll(' ', ''), 'hex');
  const lrc = -body.reduce((sum, byte) => sum + byte, 0) & 0xff;
  const text = Buffer.concat([body, Buffer.from([lrc])])
    .toString('hex')
    .toUpperCase();
  return Buffer.from(`:${text}\r\n`, 'latin1').toString('hex');
}

/** Unit and PDU as RTU has them. */
export function rtu(hex: string): string {
  return withCrc(Buffer.from(hex.replaceAll(' ', ''), 'hex')).toString('hex');
}

const part = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('hex')),
  fc
    .tuple(fc.nat(3), fc.uint8Array({ minLength: 2, maxLength: 20 }))
    .map(([transaction, bytes]) => mbap(transaction, Buffer.from(bytes).toString('hex'))),
  fc.uint8Array({ minLength: 2, maxLength: 20 }).map((bytes) => rtu(Buffer.from(bytes).toString('hex'))),
  fc.uint8Array({ minLength: 2, maxLength: 20 }).map((bytes) => ascii(Buffer.from(bytes).toString('hex'))),
  fc.constantFrom('3a', '0d0a', '3a3031', '0a3a'),
);

const carried = fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(''));

/** Whatever may have gone over a line: noise, frames, halves of frames, in any order. */
export const anyTrace: fc.Arbitrary<TraceRecord[]> = fc
  .array(
    fc.oneof(
      fc.tuple(fc.constantFrom<TraceKind>('sent', 'received'), carried),
      fc.tuple(fc.constantFrom<TraceKind>('opened', 'answered', 'silent', 'refused', 'lost')),
    ),
    { maxLength: 40 },
  )
  .map(traceOf);
