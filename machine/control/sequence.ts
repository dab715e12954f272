import type { SequenceStep } from '../declaration.ts';

/** Runs a list of steps, each so long after the step before. */
export class Sequence {
  readonly #steps: readonly { readonly step: SequenceStep; readonly dueMs: number }[];
  #startedAtMs = 0;
  #next = Number.POSITIVE_INFINITY;

  constructor(steps: readonly SequenceStep[]) {
    let dueMs = 0;
    this.#steps = steps.map((step) => {
      dueMs += step.delaySeconds * 1_000;
      return { step, dueMs };
    });
  }

  /** Every step has been taken, or the sequence was never started. */
  get isDone(): boolean {
    return this.#next >= this.#steps.length;
  }

  start(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#next = 0;
  }

  abort(): void {
    this.#next = Number.POSITIVE_INFINITY;
  }

  /** The steps that have become due. */
  *due(nowMs: number): Generator<SequenceStep> {
    while (this.#next < this.#steps.length) {
      const next = this.#steps[this.#next];
      if (next === undefined || nowMs - this.#startedAtMs < next.dueMs) return;
      this.#next++;
      yield next.step;
    }
  }
}
