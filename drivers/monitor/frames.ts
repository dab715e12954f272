import type { FrameMark, MonitoredFrame } from '../../operations/ports/frame-monitor.ts';
import { decodeReply, decodeRequest, type DecodedPdu, functionName } from './decode-pdu.ts';
import { rtuRequest, splitRtuReplies, splitTcp, tcpRequest, type WireFrame } from './split-frames.ts';
import type { TraceRecord } from './wire-trace.ts';

/** A request, and what became of it as far as the trace has been read. */
interface Exchange {
  readonly record: TraceRecord;
  readonly frame: WireFrame;
  readonly asked: DecodedPdu;
  /** What the driver made of it; null: it is under way, or its end has left the trace. */
  readonly verdict: 'answered' | 'silent' | 'refused' | 'lost' | null;
  isAnswered: boolean;
}

/** Requests that a late reply is looked for among. */
const remembered = 64;

/**
 * The frames in a trace, decoded, each reply with its request. What a reply is (right, late, refused) is what the driver
 * itself made of it. Never throws, whatever the bytes are.
 *
 * @param isTcp  Modbus TCP; else RTU, on whatever it is carried
 */
export function framesOf(records: readonly TraceRecord[], isTcp: boolean): MonitoredFrame[] {
  const frames: MonitoredFrame[] = [];
  let exchanges: Exchange[] = [];
  // A reply without its request in the trace would look as if nobody had asked.
  const first = records.findIndex(({ kind }) => kind === 'sent' || kind === 'opened');
  for (const [index, record] of records.entries()) {
    if (index < first) continue;
    // Transactions begin anew with each connection; on a serial line a late reply may come through the next one.
    if (record.kind === 'opened' && isTcp) exchanges = [];
    if (record.kind === 'sent') {
      const frame = isTcp ? tcpRequest(record.bytes) : rtuRequest(record.bytes);
      const asked = decodeRequest(frame.pdu ?? new Uint8Array());
      const exchange = { record, frame, asked, verdict: verdictAfter(records, index), isAnswered: false };
      exchanges = [...exchanges, exchange].slice(-remembered);
      frames.push(requestFrame(exchange));
    }
    if (record.kind === 'received') {
      for (const frame of isTcp ? splitTcp(record.bytes) : splitRtuReplies(record.bytes)) {
        frames.push(replyFrame(record, frame, exchanges, hasEnded(records, index)));
      }
    }
  }
  return frames;
}

/** How the request that was sent here ended. */
function verdictAfter(records: readonly TraceRecord[], sent: number): Exchange['verdict'] {
  for (let at = sent + 1; at < records.length; at++) {
    const kind = records[at]?.kind;
    if (kind === 'answered' || kind === 'silent' || kind === 'refused' || kind === 'lost') return kind;
    if (kind !== 'received') return null;
  }
  return null;
}

/** Whether nothing was under way any more when this came. */
function hasEnded(records: readonly TraceRecord[], received: number): boolean {
  for (let at = received - 1; at >= 0; at--) {
    const kind = records[at]?.kind;
    if (kind === 'sent') return false;
    if (kind !== 'received') return true;
  }
  return true;
}

function requestFrame({ record, frame, asked, verdict }: Exchange): MonitoredFrame {
  const marks: FrameMark[] = frame.fault === null ? [] : [frame.fault];
  if (verdict === 'silent' || verdict === 'lost') marks.push('unanswered');
  return monitored(record, frame, asked, {
    direction: 'sent',
    exchange: record.number,
    address: asked.address,
    latencyMs: null,
    marks,
  });
}

function replyFrame(record: TraceRecord, frame: WireFrame, exchanges: Exchange[], hasEnded: boolean): MonitoredFrame {
  const told = decodeReply(frame.pdu ?? new Uint8Array());
  const newest = exchanges.at(-1);
  const found = frame.fault === null ? answeredBy(frame, told, exchanges) : undefined;
  const marks: FrameMark[] = [];
  if (frame.fault !== null) marks.push(frame.fault);
  if (told.exception !== null) marks.push('exception');
  if (found !== undefined && (hasEnded || found !== newest)) marks.push('late');
  else if (newest?.verdict === 'refused' && !newest.isAnswered && !hasEnded) marks.push('refused');
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
  'bad-crc': 'wrong CRC',
  incomplete: 'broken off',
  garbage: 'no Modbus frame',
};
