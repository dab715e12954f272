import type { DriveStart } from '../declaration.ts';
import { type Cell, cellKey } from '../plan/read-plan.ts';
import type { CellValues } from './block-reader.ts';

/** Read-backs that a step may take before it counts as failing. */
const patience = 3;

/**
 * The way of a drive from standing to running, where it has to be led: one control word after the other, each until the
 * drive's status says that it came so far. A drive that needs none is there at once.
 */
export class DriveStarting {
  readonly #start: DriveStart | null;
  readonly #mask: number;
  readonly #key: string | null;
  #step = 0;
  #status: number | null = null;
  /** Read-backs since the last step. */
  #waited = 0;

  /** @param mask  bits of the control word that count */
  constructor(start: DriveStart | null, mask: number) {
    this.#start = start;
    this.#mask = mask;
    this.#key = start === null ? null : cellKey(statusCell(start));
  }

  get cells(): readonly Cell[] {
    return this.#start === null ? [] : [statusCell(this.#start)];
  }

  /** The control word of this step; null: the way is done, the drive may be told to run. */
  get word(): number | null {
    return this.#start?.steps[this.#step]?.word ?? null;
  }

  /** Read-backs in which the drive did not come further although it should have long ago. */
  get tries(): number {
    return this.word === null ? 0 : Math.max(0, this.#waited - patience);
  }

  /** It stands, or nothing is known of it: the way begins anew. */
  reset(): void {
    this.#step = 0;
    this.#waited = 0;
    this.#status = null;
  }

  take(values: CellValues): void {
    if (this.#key !== null) this.#status = values.get(this.#key)?.[0] ?? this.#status;
  }

  /**
   * Whether a control word that was read is that of this step, so that a drive which does not run yet is none that stopped.
   *
   * @param isSent  the word that is wanted now was written before; until then that of the step before will do
   */
  isOnItsWay(word: number, isSent: boolean): boolean {
    const steps = this.#start?.steps ?? [];
    const read = word & this.#mask;
    return read === steps[this.#step]?.word || (!isSent && read === steps[this.#step - 1]?.word);
  }

  /** The control word was read while the drive is to run. */
  read(word: number, runs: boolean): void {
    const steps = this.#start?.steps ?? [];
    const current = steps[this.#step];
    if (runs) this.#step = steps.length;
    else if (current !== undefined) {
      const isReached =
        (word & this.#mask) === current.word &&
        this.#status !== null &&
        (this.#status & (this.#start?.mask ?? 0)) === current.until;
      this.#waited = isReached ? 0 : this.#waited + 1;
      if (isReached) this.#step++;
    }
  }
}

function statusCell({ area, address }: DriveStart): Cell {
  return { area, address, count: 1 };
}
