import type { GuardDeclaration, ModuleReference } from '../declaration.ts';
import type { ModuleStatus } from '../field.ts';

/** How old a value may be: the larger of the two limits, in ms. */
export function freshnessLimitMs(pollPeriodMs: number, guards: GuardDeclaration): number {
  return Math.max(guards.staleAfterSeconds * 1_000, guards.staleAfterPolls * pollPeriodMs);
}

/** One I/O module as the core sees it: whether it answers, and since when it does not. */
export class IoModule {
  readonly id: string;
  readonly line: string;
  readonly pollPeriodMs: number;
  readonly limitMs: number;
  readonly #graceEndsAtMs: number;
  lastAnswerAtMs: number | null = null;
  #firstAnswerAtMs: number | null = null;
  /** Its watchdog and outputs are known to be as they should. */
  verified = false;
  status: ModuleStatus | null = null;
  lost = false;
  lostSinceMs: number | null = null;
  /** Lost, but whether alone or with its whole line is not known yet. */
  lossIsUndecided = false;

  constructor(reference: ModuleReference, guards: GuardDeclaration, startedAtMs: number) {
    this.id = reference.id;
    this.line = reference.line;
    this.pollPeriodMs = reference.pollPeriodMs;
    this.limitMs = freshnessLimitMs(reference.pollPeriodMs, guards);
    this.#graceEndsAtMs = startedAtMs + guards.startupSeconds * 1_000;
  }

  answered(atMs: number): void {
    this.#firstAnswerAtMs ??= atMs;
    if (this.lastAnswerAtMs === null || atMs > this.lastAnswerAtMs) this.lastAnswerAtMs = atMs;
  }

  /** Missing inputs of this module count: it was heard once, or there was time enough for it. */
  graceIsOver(nowMs: number): boolean {
    return this.lastAnswerAtMs !== null || nowMs >= this.#graceEndsAtMs;
  }

  /** From then on a signal that was never read is missed: the module has answered for as long as a value may be old. */
  missedFromMs(limitMs: number): number {
    return this.#firstAnswerAtMs === null ? this.#graceEndsAtMs : this.#firstAnswerAtMs + limitMs;
  }

  refresh(status: ModuleStatus | undefined, nowMs: number): void {
    this.status = status ?? null;
    this.verified = status?.verified === true;
    if (status !== undefined && status.lastAnswerAtMs !== null) this.answered(status.lastAnswerAtMs);
    const dueMs = this.lastAnswerAtMs === null ? this.#graceEndsAtMs : this.lastAnswerAtMs + this.limitMs;
    this.lost = nowMs > dueMs;
    this.lostSinceMs = this.lost ? (this.lostSinceMs ?? dueMs) : null;
  }

  isSilentFor(limitMs: number, nowMs: number): boolean {
    return this.lost || this.lastAnswerAtMs === null || nowMs - this.lastAnswerAtMs > limitMs;
  }
}
