import type { FrameMark, MonitoredFrame } from '../../operations/ports/frame-monitor.ts';
import { decodeReply, decodeRequest, type DecodedPdu, functionName } from './decode-pdu.ts';
import type { WireFraming } from './framing.ts';
import {
  asciiRequest,
  rtuRequest,
  splitAscii,
  splitRtuReplies,
  splitTcp,
  tcpRequest,
  type WireFrame,
} from './split-frames.ts';
import type { TraceRecord } from './wire-trace.ts';

/** A request, and what became of it. */
interface Exchange {
  readonly record: TraceRecord;
  readonly frame: WireFrame;
  readonly asked: DecodedPdu;
  /** What the driver made of it; undefined: it is under way. */
  readonly end: TraceRecord | undefined;
  isAnswered: boolean;
}

/** Requests that a reply is looked for among. */
const remembered = 64;

/**
 * The frames in a trace, decoded, each reply with its request. What a reply is (right, late, refused) is what the driver
 * itself made of it. Never throws, whatever the bytes are.
 */
export function framesOf(records: readonly TraceRecord[], framing: WireFraming): MonitoredFrame[] {
  const frames: MonitoredFrame[] = [];
  const ends = endsOf(records);
  let exchanges: Exchange[] = [];
  // A reply without its request in the trace would look as if nobody had asked.
  const first = records.findIndex(({ kind }) => kind === 'sent' || kind === 'opened');
  for (const record of records.slice(Math.max(0, first))) {
    // Transactions begin anew with each connection; on a serial line a late reply may come through the next one.
    if (record.kind === 'opened' && hasTransactions(framing)) exchanges = [];
    if (record.kind === 'sent') {
      const frame = requestIn[framing](record.bytes);
      const asked = decodeRequest(frame.pdu ?? new Uint8Array());
      const exchange = { record, frame, asked, end: ends.get(record.number), isAnswered: false };
      exchanges = [...exchanges, exchange].slice(-remembered);
      frames.push(requestFrame(exchange));
    }
    if (record.kind === 'received') {
      for (const frame of repliesIn[framing](record.bytes)) frames.push(replyFrame(record, frame, exchanges));
    }
  }
  return frames;
}

const requestIn = { tcp: tcpRequest, udp: tcpRequest, rtu: rtuRequest, ascii: asciiRequest } as const;
const repliesIn = { tcp: splitTcp, udp: splitTcp, rtu: splitRtuReplies, ascii: splitAscii } as const;

function hasTransactions(framing: WireFraming): boolean {
  return framing === 'tcp' || framing === 'udp';
}

/** How each request ended, by its number: an end belongs to the first request that began no earlier than it says. */
function endsOf(records: readonly TraceRecord[]): ReadonlyMap<number, TraceRecord> {
  const ends = new Map<number, TraceRecord>();
  const requests = records.filter(({ kind }) => kind === 'sent').map(({ number }) => number);
  for (const record of records) {
    if (record.kind === 'opened' || record.kind === 'sent' || record.kind === 'received') continue;
    const request = requests[lowerBound(requests, record.since)];
    // One that was never sent ended with its connection; one that left the trace is not here.
    if (request !== undefined && request < record.number && !ends.has(request)) ends.set(request, record);
  }
  return ends;
}

/** Index of the first of the ascending numbers that is not below `least`. */
function lowerBound(numbers: readonly number[], least: number): number {
  let [from, to] = [0, numbers.length];
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((numbers[middle] ?? 0) < least) from = middle + 1;
    else to = middle;
  }
  return from;
}

function requestFrame({ record, frame, asked, end }: Exchange): MonitoredFrame {
  const marks: FrameMark[] = frame.fault === null ? [] : [frame.fault];
  if (end?.kind === 'silent' || end?.kind === 'lost') marks.push('unanswered');
  return monitored(record, frame, asked, {
    direction: 'sent',
    exchange: record.number,
    address: asked.address,
    latencyMs: null,
    marks,
  });
}

function replyFrame(record: TraceRecord, frame: WireFrame, exchanges: Exchange[]): MonitoredFrame {
  const told = decodeReply(frame.pdu ?? new Uint8Array());
  const found = frame.fault === null ? answeredBy(frame, told, exchanges) : undefined;
  const hasEnded = ({ end }: Exchange): boolean => end !== undefined && end.number < record.number;
  const marks: FrameMark[] = [];
  if (frame.fault !== null) marks.push(frame.fault);
  if (told.exception !== null) marks.push('exception');
  // What is not what was asked may look like nobody's reply: of the request under way that it was refused for.
  const refusing = (found === undefined ? exchanges : [found]).findLast(
    (exchange) => exchange.end?.kind === 'refused' && !exchange.isAnswered && !hasEnded(exchange),
  );
  if (found !== undefined && hasEnded(found)) marks.push('late');
  else if (refusing !== undefined) marks.push('refused');
  else if (found === undefined && frame.fault === null) marks.push('unasked');
  if (found !== undefined) found.isAnswered = true;
  // Bits fill their last byte, and those beyond what was asked say nothing; an exception does not tell the range.
  const isBits = told.address === null && (told.area === 'coil' || told.area === 'discrete');
  const count = found !== undefined && (isBits || told.exception !== null) ? found.asked.count : told.count;
  const seen = { ...told, count, values: told.values?.slice(0, count ?? undefined) ?? null };
  return monitored(record, frame, seen, {
    direction: 'received',
    exchange: found?.record.number ?? null,
    address: told.address ?? found?.asked.address ?? null,
    latencyMs: found === undefined ? null : record.untilMs - found.record.atMs,
    marks,
  });
}

/** The request that this reply belongs to: by transaction, or on RTU by unit and function, the newest first. */
function answeredBy(frame: WireFrame, told: DecodedPdu, exchanges: readonly Exchange[]): Exchange | undefined {
  return exchanges.findLast((exchange) => {
    if (exchange.isAnswered) return false;
    if (frame.transaction !== null) return exchange.frame.transaction === frame.transaction;
    return exchange.frame.unit === frame.unit && exchange.asked.functionCode === told.functionCode;
  });
}

function monitored(
  { wallMs }: TraceRecord,
  { bytes, unit, transaction, crc }: WireFrame,
  pdu: DecodedPdu,
  rest: Pick<MonitoredFrame, 'direction' | 'exchange' | 'address' | 'latencyMs' | 'marks'>,
): MonitoredFrame {
  const { functionCode, area, count, values, exception } = pdu;
  const known = { atMs: wallMs, bytes, transaction, crc, unit, functionCode, area, count, values, exception, ...rest };
  return { ...known, words: wordsOf(known) };
}

/** `unit 1 FC04 read input registers 0…3: 200 201 202 0 (late)`. */
function wordsOf(frame: Omit<MonitoredFrame, 'words'>): string {
  const { unit, functionCode, address, count, values, exception, marks } = frame;
  const shown = marks.filter((mark) => mark !== 'exception').map((mark) => markWords[mark]);
  const note = shown.length === 0 ? '' : ` (${shown.join(', ')})`;
  if (unit === null || functionCode === null) return `${frame.bytes.length} bytes${note}`;
  const code = `FC${String(functionCode).padStart(2, '0')}`;
  const last = count === null || count <= 1 ? '' : `…${(address ?? 0) + count - 1}`;
  const range = address === null ? '' : ` ${address}${last}`;
  const carried = exception === null ? values?.join(' ') : `exception ${exception.code}, ${exception.meaning}`;
  return `unit ${unit} ${code} ${functionName(functionCode)}${range}${carried === undefined ? '' : `: ${carried}`}${note}`;
}

const markWords: Readonly<Record<FrameMark, string>> = {
  late: 'came late',
  refused: 'not what was asked: not used',
  exception: 'exception',
  unasked: 'answers nothing that was asked',
  unanswered: 'not answered',
  'bad-crc': 'wrong checksum',
  incomplete: 'broken off',
  garbage: 'no Modbus frame',
};
