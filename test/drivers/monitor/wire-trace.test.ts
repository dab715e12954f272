import assert from 'node:assert/strict';
import fc from 'fast-check';
import { crc16 } from '../../../drivers/wire/rtu-frames.ts';
import { recordsOf, type TraceKind, type TraceRecord, WireTrace } from '../../../drivers/monitor/wire-trace.ts';

const plain = (records: readonly TraceRecord[]) =>
  records.map(({ number, kind, bytes }) => ({ number, kind, hex: Buffer.from(bytes).toString('hex') }));

/** The shortest time that a piece of work takes, in µs. */
function fastestUs(work: () => void): number {
  const rounds = Array.from({ length: 20 }, () => {
    const startMs = performance.now();
    for (let n = 0; n < 5_000; n++) work();
    return (performance.now() - startMs) / 5;
  });
  return Math.min(...rounds);
}

describe('the trace of a line', () => {
  it('joins the pieces of a reply, with the time of its first and of its last byte', () => {
    const trace = new WireTrace();
    const beforeMs = performance.now();
    trace.carry('sent', Buffer.from('0104', 'hex'));
    for (const piece of ['01', '0402', '0000']) trace.carry('received', Buffer.from(piece, 'hex'));
    trace.note('answered');
    trace.carry('received', Buffer.from('ff', 'hex'));
    const records = recordsOf(trace.newest(10));
    assert.deepEqual(plain(records), [
      { number: 0, kind: 'sent', hex: '0104' },
      { number: 1, kind: 'received', hex: '0104020000' },
      { number: 2, kind: 'answered', hex: '' },
      { number: 3, kind: 'received', hex: 'ff' },
    ]);
    for (const { atMs, untilMs, wallMs } of records) {
      assert.ok(beforeMs <= atMs && atMs <= untilMs && untilMs <= performance.now());
      assert.ok(Math.abs(wallMs - Date.now()) < 5_000);
    }
  });

  it('keeps bytes of its own: what a caller does with his buffer later changes nothing', () => {
    const trace = new WireTrace();
    const bytes = Buffer.from('0102', 'hex');
    trace.carry('sent', bytes);
    bytes.fill(0xff);
    const packed = trace.newest(1);
    trace.carry('sent', Buffer.from('0304', 'hex'));
    assert.equal(Buffer.from(recordsOf(packed)[0]?.bytes ?? []).toString('hex'), '0102');
  });

  type Step = { readonly kind: TraceKind; readonly bytes: Uint8Array };
  const step: fc.Arbitrary<Step> = fc.oneof(
    fc.record({
      kind: fc.constantFrom<TraceKind>('sent', 'received'),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    }),
    fc.record({
      kind: fc.constantFrom<TraceKind>('opened', 'answered', 'silent', 'refused', 'lost'),
      bytes: fc.constant(new Uint8Array()),
    }),
  );

  it('holds the newest records within its bounds, whole and in order, whatever went over the line', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.integer({ min: 1, max: 60 }), (steps, most) => {
        const limits = { records: 32, bytes: 2_048 };
        const trace = new WireTrace(limits);
        const model: { number: number; kind: TraceKind; hex: string }[] = [];
        for (const { kind, bytes } of steps) {
          const hex = Buffer.from(bytes).toString('hex');
          const last = model.at(-1);
          if (kind === 'sent' || kind === 'received') trace.carry(kind, bytes);
          else trace.note(kind);
          if (kind === 'received' && last?.kind === 'received' && (last.hex.length + hex.length) / 2 <= 1_024)
            last.hex += hex;
          else model.push({ number: model.length, kind, hex });
        }
        const held = plain(recordsOf(trace.newest(most)));
        assert.deepEqual(held, model.slice(model.length - held.length));
        assert.ok(held.length <= Math.min(most, limits.records));
        const bytesHeld = held.reduce((sum, { hex }) => sum + hex.length / 2, 0);
        assert.ok(bytesHeld <= limits.bytes);
        const next = model.at(-held.length - 1);
        const isFull = held.length === Math.min(most, limits.records);
        const noRoom = next !== undefined && bytesHeld + next.hex.length / 2 > limits.bytes;
        assert.ok(isFull || noRoom || held.length === model.length, 'it keeps as much as its bounds allow');
      }),
    );
  });

  it('cuts a flood to pieces and stays in its bounds', () => {
    const trace = new WireTrace();
    trace.carry('received', Buffer.alloc(3_000, 0x55));
    assert.deepEqual(
      recordsOf(trace.newest(10)).map(({ bytes }) => bytes.length),
      [1_024, 1_024, 952],
    );
    for (let n = 0; n < 1_000; n++) trace.carry('received', Buffer.alloc(1_000, n));
    const held = recordsOf(trace.newest(100_000));
    assert.ok(held.reduce((sum, { bytes }) => sum + bytes.length, 0) <= 256 * 1_024);
    assert.ok(held.length > 200);
  });

  it('costs little: noting a request with its reply takes no longer than a few checks of their CRCs', () => {
    const trace = new WireTrace();
    const [request, reply] = [Buffer.alloc(12, 1), Buffer.alloc(17, 2)];
    const note = (): void => {
      trace.carry('sent', request);
      trace.carry('received', reply);
      trace.note('answered');
    };
    let sum = 0;
    const check = (): void => {
      sum += crc16(request) + crc16(reply);
    };
    const [noteUs, checkUs] = [fastestUs(note), fastestUs(check)];
    assert.ok(sum > 0);
    assert.ok(noteUs < 20 * checkUs, `${noteUs.toFixed(2)} µs for a note, ${checkUs.toFixed(2)} µs for two CRCs`);
  });
});
