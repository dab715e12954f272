import assert from 'node:assert/strict';
import { WireTrace } from '../../drivers/monitor/wire-trace.ts';
import { FieldSilentError } from '../../operations/ports/frame-monitor.ts';
import { FieldInquiry } from '../../server/gateway/field-inquiry.ts';
import { frameMonitor } from '../../server/gateway/frame-monitor.ts';
import { questionValidMs, type FieldAnswer, type FromGateway } from '../../server/protocol.ts';
import { factoryField } from './factory-field.ts';

const report: FieldAnswer = { about: 'report', report: { lines: [], modules: [] } };

/** A control process that answers when the test says so. */
class Bench {
  readonly asked: Extract<FromGateway, { kind: 'ask' }>[] = [];
  readonly inquiry = new FieldInquiry((message) => {
    assert.equal(message.kind, 'ask');
    if (message.kind === 'ask') this.asked.push(message);
    return true;
  });

  answer(answer: FieldAnswer, index = -1): void {
    const id = this.asked.at(index)?.id ?? '';
    this.inquiry.hear({ kind: 'answer', id, answer });
  }
}

describe('a question to the control process about its lines', () => {
  it('is answered by what belongs to it, whatever comes in between', async () => {
    const bench = new Bench();
    const first = bench.inquiry.report();
    const second = bench.inquiry.trace('rtu0', 5);
    bench.inquiry.hear({ kind: 'answer', id: 'of another gateway', answer: report });
    const trace = new WireTrace();
    trace.carry('sent', Buffer.from([1, 2]));
    bench.answer({ about: 'trace', trace: trace.newest(5) });
    bench.answer(report, 0);
    assert.deepEqual(await first, { lines: [], modules: [] });
    assert.deepEqual(
      (await second).map(({ kind, bytes }) => [kind, [...bytes]]),
      [['sent', [1, 2]]],
    );
    assert.deepEqual(bench.asked[1]?.question, { about: 'trace', line: 'rtu0', most: 5 });
  });

  it('is given up when no answer comes, and an answer after that is let go', async () => {
    const bench = new Bench();
    const startMs = performance.now();
    await assert.rejects(bench.inquiry.report(), FieldSilentError);
    assert.ok(performance.now() - startMs >= questionValidMs - 5);
    bench.answer(report);
    const next = bench.inquiry.report();
    bench.answer(report);
    await next;
  });

  it('is not even asked when eight of them wait already', async () => {
    const bench = new Bench();
    const waiting = Array.from({ length: 8 }, () => bench.inquiry.report());
    await assert.rejects(bench.inquiry.report(), FieldSilentError);
    assert.equal(bench.asked.length, 8);
    for (const index of bench.asked.keys()) bench.answer(report, index);
    await Promise.all(waiting);
    const next = bench.inquiry.report();
    bench.answer(report);
    await next;
  });
});

describe('the frame monitor', () => {
  it('gives the newest frames of a line by its own framing', async () => {
    const bench = new Bench();
    const monitor = frameMonitor(factoryField().lines, bench.inquiry);
    assert.deepEqual(monitor.lines, ['rtu0', 'tcp0']);
    const trace = new WireTrace();
    for (let transaction = 1; transaction <= 20; transaction++) {
      trace.carry('sent', Buffer.from([0, transaction, 0, 0, 0, 6, 1, 4, 0, 0, 0, 1]));
      trace.carry('received', Buffer.from([0, transaction, 0, 0, 0, 5, 1, 4, 2, 0, transaction]));
      trace.note('answered');
    }
    for (const [last, words] of [
      [1, ['unit 1 FC04 read input registers 0: 20']],
      [
        3,
        [
          'unit 1 FC04 read input registers 0: 19',
          'unit 1 FC04 read input registers 0',
          'unit 1 FC04 read input registers 0: 20',
        ],
      ],
    ] as const) {
      const frames = monitor.frames('tcp0', last);
      const { question } = bench.asked.at(-1) ?? {};
      assert.ok(question?.about === 'trace');
      bench.answer({ about: 'trace', trace: trace.newest(question.most) });
      assert.deepEqual(
        (await frames).map((frame) => frame.words),
        words,
      );
    }
    const capture = monitor.capture('tcp0', 3);
    bench.answer({ about: 'trace', trace: trace.newest(200) });
    // A file header and three packets: a reply, a request, a reply.
    assert.equal((await capture).length, 24 + 3 * (16 + 54) + 11 + 12 + 11);
  });
});
