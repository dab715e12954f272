import type { FrameMark, MonitoredFrame } from '../../operations/ports/frame-monitor.ts';
import { decodeReply, decodeRequest, type DecodedPdu, functionName, maskWrite } from './decode-pdu.ts';
import type { WireFraming } from './framing.ts';
import { rtuRequest, splitAscii, splitRtuReplies, splitTcp, type WireFrame } from './split-frames.ts';
import { requestKey, type TraceRecord } from './wire-trace.ts';

/** A request, and what became of it. */
interface Exchange {
  readonly number: number;
  readonly record: TraceRecord;
  readonly frame: WireFrame;
  readonly asked: DecodedPdu;
  /** What the driver made of it; undefined: it is under way. */
  readonly end: TraceRecord | undefined;
  isAnswered: boolean;
}

/** More frames than fit into one record, so that each request has a number of its own. */
const mostInOneRecord = 128;
/** Requests that a reply is looked for among. */
const remembered = 64;

/**
 * The frames in a trace, decoded, each reply with its request. What a reply is (right, late, refused) is what the driver
 * itself made of it. Never throws, whatever the bytes are.
 */
export function framesOf(records: readonly TraceRecord[], framing: WireFraming): MonitoredFrame[] {
  const frames: MonitoredFrame[] = [];
  let exchanges: Exchange[] = [];
  const ends = new Ends(records);
  // A reply without its request in the trace would look as if nobody had asked.
  const first = records.findIndex(({ kind }) => kind === 'sent' || kind === 'opened');
  for (const record of records.slice(Math.max(0, first))) {
    // Transactions begin anew with each connection; on a serial line a late reply may come through the next one.
    if (record.kind === 'opened' && hasTransactions(framing)) exchanges = [];
    if (record.kind === 'sent') {
      // Several that are under way at a time may leave together.
      for (const [place, frame] of requestsIn[framing](record.bytes).entries()) {
        const asked = decodeRequest(frame.pdu ?? new Uint8Array());
        const number = mostInOneRecord * record.number + place;
        const exchange = { number, record, frame, asked, end: ends.take(record, frame, asked), isAnswered: false };
        exchanges = [...exchanges, exchange].slice(-remembered);
        frames.push(requestFrame(exchange));
      }
    }
    if (record.kind === 'received') {
      for (const frame of repliesIn[framing](record.bytes)) frames.push(replyFrame(record, frame, exchanges));
    }
  }
  return frames;
}

const requestsIn = { tcp: splitTcp, udp: splitTcp, rtu: rtuRequest, ascii: splitAscii } as const;
const repliesIn = { tcp: splitTcp, udp: splitTcp, rtu: splitRtuReplies, ascii: splitAscii } as const;

function hasTransactions(framing: WireFraming): boolean {
  return framing === 'tcp' || framing === 'udp';
}

/** How requests ended, by what they asked. */
class Ends {
  readonly #waiting = new Map<number, TraceRecord[]>();

  constructor(records: readonly TraceRecord[]) {
    for (const record of records) {
      if (record.kind === 'opened' || record.kind === 'sent' || record.kind === 'received') continue;
      const { key } = record.ends;
      const waiting = this.#waiting.get(key);
      if (waiting === undefined) this.#waiting.set(key, [record]);
      else waiting.push(record);
    }
  }

  /** The end of a request that was sent in this record: the first one that is after it and of a request begun before it. */
  take({ number }: TraceRecord, { unit }: WireFrame, { functionCode, address }: DecodedPdu): TraceRecord | undefined {
    const waiting = this.#waiting.get(requestKey(unit ?? 0, functionCode ?? 0, address ?? 0)) ?? [];
    const at = waiting.findIndex((record) => record.number > number && record.ends.since <= number);
    return at < 0 ? undefined : waiting.splice(at, 1)[0];
  }
}

function requestFrame({ number, record, frame, asked, end }: Exchange): MonitoredFrame {
  const marks: FrameMark[] = frame.fault === null ? [] : [frame.fault];
  if (end?.kind === 'silent' || end?.kind === 'lost') marks.push('unanswered');
  return monitored(record, frame, asked, {
    direction: 'sent',
    exchange: number,
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
  const values = isBits ? (told.values?.slice(0, count ?? undefined) ?? null) : told.values;
  const seen = { ...told, count, values };
  return monitored(record, frame, seen, {
    direction: 'received',
    exchange: found?.number ?? null,
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
  return { ...known, words: wordsOf(known, pdu.writing) };
}

/** `unit 1 FC04 read input registers 0…3: 200 201 202 0 (late)`. */
function wordsOf(frame: Omit<MonitoredFrame, 'words'>, writing: DecodedPdu['writing']): string {
  const { unit, functionCode, address, count, values, exception, marks } = frame;
  const shown = marks.filter((mark) => mark !== 'exception').map((mark) => markWords[mark]);
  const note = shown.length === 0 ? '' : ` (${shown.join(', ')})`;
  if (unit === null || functionCode === null) return `${frame.bytes.length} bytes${note}`;
  const code = `FC${String(functionCode).padStart(2, '0')}`;
  const read = address === null ? '' : ` ${rangeOf(address, count)}`;
  const range = writing === null ? read : `${read}, writing ${rangeOf(writing.address, writing.count)}`;
  const carried =
    exception === null ? valuesOf(functionCode, values) : `exception ${exception.code}, ${exception.meaning}`;
  return `unit ${unit} ${code} ${functionName(functionCode)}${range}${carried === undefined ? '' : `: ${carried}`}${note}`;
}

function rangeOf(address: number, count: number | null): string {
  return count === null || count <= 1 ? `${address}` : `${address}…${address + count - 1}`;
}

function valuesOf(functionCode: number, values: readonly number[] | null): string | undefined {
  const [and, or] = values ?? [];
  return functionCode === maskWrite && and !== undefined && or !== undefined
    ? `AND ${hex(and)} OR ${hex(or)}`
    : values?.join(' ');
}

function hex(word: number): string {
  return `0x${word.toString(16).toUpperCase().padStart(4, '0')}`;
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
