import { randomUUID } from 'node:crypto';
import { recordsOf, type TraceRecord } from '../../drivers/monitor/wire-trace.ts';
import type { FieldReport } from '../../operations/ports/field-report.ts';
import { FieldSilentError } from '../../operations/ports/frame-monitor.ts';
import {
  questionValidMs,
  sharedClockMs,
  type FieldAnswer,
  type FieldQuestion,
  type FromControl,
  type FromGateway,
} from '../protocol.ts';

/** Questions on their way; more than that is no engineer who looks for a fault. */
const questionLimit = 8;

interface Waiting {
  readonly resolve: (answer: FieldAnswer) => void;
  readonly timer: NodeJS.Timeout;
}

/** Asks the control process about its lines and modules. What is not answered in time is given up, and costs it nothing. */
export class FieldInquiry {
  readonly #send: (message: FromGateway) => boolean;
  readonly #waiting = new Map<string, Waiting>();

  constructor(send: (message: FromGateway) => boolean) {
    this.#send = send;
  }

  hear({ id, answer }: Extract<FromControl, { kind: 'answer' }>): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.resolve(answer);
  }

  /** @throws FieldSilentError */
  async report(): Promise<FieldReport> {
    const answer = await this.#ask({ about: 'report' }, 'the report of the lines');
    if (answer.about !== 'report') throw anotherAnswered();
    return answer.report;
  }

  /** The newest records of what went over a line. @throws FieldSilentError */
  async trace(line: string, most: number): Promise<readonly TraceRecord[]> {
    const answer = await this.#ask({ about: 'trace', line, most }, `the frames of ${line}`);
    if (answer.about !== 'trace') throw anotherAnswered();
    return answer.trace === null ? [] : recordsOf(answer.trace);
  }

  #ask(question: FieldQuestion, what: string): Promise<FieldAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.size >= questionLimit) {
        reject(new FieldSilentError(`${what}: ${questionLimit} questions are waiting already`));
        return;
      }
      const id = randomUUID();
      const timer = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new FieldSilentError(`${what}: no answer from the control process within ${questionValidMs} ms`));
      }, questionValidMs);
      this.#waiting.set(id, { resolve, timer });
      this.#send({ kind: 'ask', id, question, sentAtMs: sharedClockMs() });
    });
  }
}

/** A defect: every answer is about what was asked. */
function anotherAnswered(): TypeError {
  return new TypeError('the control process answered another question');
}
