import type { Cell } from '../plan/read-plan.ts';
import { ModbusExceptionError } from '../wire/errors.ts';

/** A value that did not take is written this often at once, then only every `slowRetryMs`. */
export const givenUpAfterTries = 3;
const slowRetryMs = 1_000;
/** A busy module is asked again after this; busy for longer than `busyLimitMs` counts as a failed try. */
const busyRetryMs = 100;
const busyLimitMs = 1_000;
/** What was written is read back at once; without an answer for so long, nobody knows what the module holds. */
const unprovedLimitMs = 1_000;

/**
 * One coil, register or pair of registers that the driver writes: what is wanted there, what was read there, and whether
 * that agrees. Words are raw counts; a coil is one word of 0 or 1.
 */
export class OutputTarget {
  readonly cell: Cell;
  /** Bits of each word that are ours; the others are neither compared nor kept. */
  readonly mask: readonly number[];
  readonly #compose: () => readonly number[] | null;
  /** The words that switch it off. */
  readonly #off: readonly number[];
  /** Bits that are not ours are written as they were last read. */
  readonly #keepsOthers: boolean;
  /** null: nothing was commanded, or it must not be written now. */
  wanted: readonly number[] | null = null;
  /** null: not read since the module was last away. */
  read: readonly number[] | null = null;
  /** Attempts since it last read back right, or the module was last away. */
  tries = 0;
  /** The wanted value was never sent, or has to be sent again. */
  #isDue = false;
  /** Since the module was last away, `wanted` was written or read back right. */
  #isSettled = false;
  #notBeforeMs = 0;
  /** What was written last and has not been read back yet. */
  #unproved: readonly number[] | null = null;
  #unprovedSinceMs = 0;
  #busySinceMs: number | null = null;

  constructor(
    cell: Cell,
    mask: readonly number[],
    compose: () => readonly number[] | null,
    { off = mask.map(() => 0), keepsOthers = false }: { off?: readonly number[]; keepsOthers?: boolean } = {},
  ) {
    this.cell = cell;
    this.mask = mask;
    this.#compose = compose;
    this.#off = off;
    this.#keepsOthers = keepsOthers;
  }

  /** What is wanted may have changed. */
  recompose(): void {
    const next = this.#withOthers(this.#compose());
    if (next === null) this.#isDue = false;
    else if (this.wanted === null || !this.#agrees(next, this.wanted)) {
      this.#isDue = true;
      this.#notBeforeMs = 0;
    }
    this.wanted = next;
  }

  /** The module was away: what it holds is unknown. */
  away(): void {
    this.read = null;
    this.tries = 0;
    this.#isSettled = false;
    this.#unproved = null;
    this.#busySinceMs = null;
    this.#notBeforeMs = 0;
  }

  /** To be written whatever it reads. */
  insist(): void {
    this.#isDue = this.wanted !== null;
    this.#notBeforeMs = 0;
  }

  isDue(nowMs: number): boolean {
    return this.#isDue && this.wanted !== null && nowMs >= this.#notBeforeMs;
  }

  /** What is wanted was written or read back right, and nothing newer waits. */
  get isSent(): boolean {
    return this.#isSettled && !this.#isDue;
  }

  /** When it is to be written next; infinite: not at all. */
  dueAtMs(): number {
    return this.#isDue && this.wanted !== null ? this.#notBeforeMs : Number.POSITIVE_INFINITY;
  }

  /** `words` were written and echoed. */
  written(words: readonly number[], nowMs: number): void {
    this.#busySinceMs = null;
    this.#isSettled = true;
    if (this.#unproved === null) this.#unprovedSinceMs = nowMs;
    this.#unproved = words;
    if (this.wanted !== null && this.#agrees(words, this.wanted)) this.#isDue = false;
  }

  /** The module refuses to read it back: what it holds is not known. */
  unreadable(): void {
    this.read = null;
  }

  /** It was read back, and what was written last, too, unless that was just now. */
  isKnown(nowMs: number): boolean {
    return this.read !== null && (this.#unproved === null || nowMs - this.#unprovedSinceMs <= unprovedLimitMs);
  }

  /** The module refused the write. */
  refused(error: ModbusExceptionError, nowMs: number): void {
    if (error.busy) {
      this.#busySinceMs ??= nowMs;
      this.#notBeforeMs = nowMs + busyRetryMs;
      if (nowMs - this.#busySinceMs < busyLimitMs) return;
    }
    this.#failed(nowMs);
  }

  /** A read that was asked for after the last write. */
  readBack(words: readonly number[], nowMs: number): void {
    this.read = words;
    if (this.#keepsOthers) this.recompose();
    const unproved = this.#unproved;
    this.#unproved = null;
    if (this.wanted === null) return;
    if (this.#agrees(words, this.wanted)) {
      this.tries = 0;
      this.#isDue = false;
      this.#isSettled = true;
      return;
    }
    if (this.#isDue) {
      // a newer value is on its way, or a refused one waits; what was written before it must have come all the same
      if (unproved !== null) this.tries = this.#agrees(words, unproved) ? 0 : this.tries + 1;
      return;
    }
    this.#isDue = true;
    if (this.#isSettled) this.#failed(nowMs);
    else this.#notBeforeMs = 0;
  }

  /** What is wanted is off, by words of 0 or by those with which a drive stops. */
  get isOff(): boolean {
    return this.wanted !== null && this.#agrees(this.wanted, this.#off);
  }

  /** Whether what was read differs from what is wanted in these bits. */
  differs(mask: readonly number[] = this.mask): boolean {
    if (this.wanted === null || this.read === null) return false;
    return !agree(this.wanted, this.read, mask);
  }

  /** null until the bits of others were read. */
  #withOthers(ours: readonly number[] | null): readonly number[] | null {
    if (!this.#keepsOthers || ours === null) return ours;
    return this.read?.map((word, index) => (word & ~(this.mask[index] ?? 0)) | (ours[index] ?? 0)) ?? null;
  }

  #failed(nowMs: number): void {
    this.tries++;
    this.#isDue = true;
    if (this.tries >= givenUpAfterTries) this.#notBeforeMs = nowMs + slowRetryMs;
  }

  #agrees(a: readonly number[], b: readonly number[]): boolean {
    return agree(a, b, this.mask);
  }
}

function agree(a: readonly number[], b: readonly number[], mask: readonly number[]): boolean {
  return mask.every((bits, index) => (((a[index] ?? 0) ^ (b[index] ?? 0)) & bits) === 0);
}
