import type { Framing } from '../misbehaving-slave.ts';
import { checksum } from '../misbehaving-slave.ts';
import type { Dice } from './dice.ts';

/** What may become of one request, or of the reply to it. */
export const replyFaults = [
  'silence', // never heard of
  'lost reply', // done, but nothing comes back
  'late', // after the time-out
  'late, then lagging', // and the module answers slowly from then on
  'slow', // within the time-out
  'split',
  'truncated',
  'cut in the frame', // and the connection with it
  'reset',
  'garbage before',
  'noise before',
  'noise after',
  'wrong unit',
  'wrong function',
  'wrong transaction',
  'wrong protocol',
  'wrong length', // of the header
  'a register more',
  'a register less',
  'wrong byte count',
  'bad CRC',
  'wrong echo',
  'twice',
  'exception',
  'exception, but done',
  'ignored write',
] as const;
export type ReplyFault = (typeof replyFaults)[number];

/** Every code of the standard, and two that are not in it. */
export const exceptionCodes = [1, 2, 3, 4, 5, 6, 8, 0x0a, 0x0b, 0x0c, 0x63] as const;

/** Without meaning on the other kind of line. */
const onlyByTcp: readonly ReplyFault[] = ['wrong transaction', 'wrong protocol', 'wrong length'];
const onlyByRtu: readonly ReplyFault[] = ['bad CRC'];

export function replyFaultsOf(framing: Framing): ReplyFault[] {
  const foreign = framing === 'tcp' ? onlyByRtu : onlyByTcp;
  return replyFaults.filter((fault) => !foreign.includes(fault));
}

export interface Reply {
  readonly unit: number;
  readonly pdu: Buffer;
  readonly transaction: number;
  /** Whether the pdu answers a read. */
  readonly isRead: boolean;
}

export type Step = { readonly send: Buffer } | { readonly waitMs: number } | { readonly end: 'reset' };

/** What goes over the wire instead of the right reply; what is not spoilt here is done with the request itself. */
export function spoilt(
  framing: Framing,
  reply: Reply,
  fault: ReplyFault | null,
  dice: Dice,
  timeoutMs: number,
): Step[] {
  const frame = framed(framing, reply);
  switch (fault) {
    case 'split': {
      const at = dice.between(1, frame.length - 1);
      const waitMs = dice.between(1, Math.ceil(timeoutMs / 3));
      return [{ send: frame.subarray(0, at) }, { waitMs }, { send: frame.subarray(at) }];
    }
    case 'truncated':
      return [{ send: frame.subarray(0, dice.between(1, frame.length - 1)) }];
    case 'cut in the frame':
      return [{ send: frame.subarray(0, dice.between(1, frame.length - 1)) }, { waitMs: 1 }, { end: 'reset' }];
    case 'garbage before':
      return [{ send: Buffer.concat([Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), frame]) }];
    case 'noise before':
      return [{ send: Buffer.concat([dice.bytes(dice.between(1, 12)), frame]) }];
    case 'noise after':
      return [{ send: Buffer.concat([frame, dice.bytes(dice.between(1, 12))]) }];
    case 'twice':
      // a copy that comes later can't be told from the reply to the next request where there is no transaction
      return framing !== 'tcp' || dice.chance(0.5)
        ? [{ send: Buffer.concat([frame, frame]) }]
        : [{ send: frame }, { waitMs: dice.between(1, timeoutMs) }, { send: frame }];
    case 'bad CRC': {
      const bad = Buffer.from(frame);
      const at = dice.between(0, bad.length - 1);
      bad.writeUInt8(bad.readUInt8(at) ^ (1 << dice.between(0, 7)), at);
      return [{ send: bad }];
    }
    case 'wrong transaction':
    case 'wrong protocol':
    case 'wrong length':
      return [{ send: withWrongHeader(frame, fault, dice) }];
    case 'wrong unit':
      return [
        {
          send: framed(framing, { ...reply, unit: dice.choose([0, 1, 2, 3, 4, 0xff].filter((n) => n !== reply.unit)) }),
        },
      ];
    case 'wrong function': {
      const code = dice.choose([1, 2, 3, 4, 5, 6, 15, 16, 0x2b].filter((n) => n !== reply.pdu.readUInt8(0)));
      return [
        { send: framed(framing, { ...reply, pdu: Buffer.concat([Buffer.from([code]), reply.pdu.subarray(1)]) }) },
      ];
    }
    case 'a register more':
    case 'a register less':
    case 'wrong byte count':
    case 'wrong echo':
      return [{ send: framed(framing, { ...reply, pdu: withWrongBody(reply, fault, dice) }) }];
    // the reply itself is right: what is wrong is its time, its content, or that it comes at all
    case null:
    case 'silence':
    case 'lost reply':
    case 'late':
    case 'late, then lagging':
    case 'slow':
    case 'reset':
    case 'exception':
    case 'exception, but done':
    case 'ignored write':
    default:
      return [{ send: frame }];
  }
}

export function framed(framing: Framing, { unit, pdu, transaction }: Reply): Buffer {
  if (framing === 'tcp') {
    const header = Buffer.alloc(7);
    header.writeUInt16BE(transaction, 0);
    header.writeUInt16BE(1 + pdu.length, 4);
    header.writeUInt8(unit, 6);
    return Buffer.concat([header, pdu]);
  }
  const body = Buffer.concat([Buffer.from([unit]), pdu]);
  const sum = checksum(body);
  return Buffer.concat([body, Buffer.from([sum & 0xff, sum >> 8])]);
}

function withWrongHeader(
  frame: Buffer,
  what: 'wrong transaction' | 'wrong protocol' | 'wrong length',
  dice: Dice,
): Buffer {
  const bad = Buffer.from(frame);
  if (what === 'wrong transaction') {
    // the one before is the likeliest to be taken for the right one
    const by = dice.choose([-1, 1, 1_000, 0x8000]);
    bad.writeUInt16BE((bad.readUInt16BE(0) + by) & 0xffff, 0);
  } else if (what === 'wrong protocol') bad.writeUInt16BE(dice.choose([1, 0x0100, 0xffff]), 2);
  else bad.writeUInt16BE(dice.choose([0, 1, 2, 255, 0xffff, Math.max(0, bad.readUInt16BE(4) - 1)]), 4);
  return bad;
}

function withWrongBody({ pdu, isRead }: Reply, what: string, dice: Dice): Buffer {
  const code = pdu.readUInt8(0);
  if (code >= 0x80) return pdu;
  if (!isRead || what === 'wrong echo') {
    if (isRead) return pdu;
    const bad = Buffer.from(pdu);
    const at = dice.between(1, bad.length - 1);
    bad.writeUInt8(bad.readUInt8(at) ^ (1 << dice.between(0, 7)), at);
    return bad;
  }
  const step = code <= 2 ? 1 : 2;
  const data = pdu.subarray(2);
  if (what === 'wrong byte count') {
    return Buffer.concat([Buffer.from([code, (data.length + dice.choose([-step, step, 100])) & 0xff]), data]);
  }
  const changed = what === 'a register more' ? Buffer.concat([data, dice.bytes(step)]) : data.subarray(0, -step);
  return Buffer.concat([Buffer.from([code, changed.length]), changed]);
}
