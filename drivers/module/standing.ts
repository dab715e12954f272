import type { FieldClock } from '../field.ts';

/** Time-outs in a row after which a module is only probed. */
const demotedAfter = 3;

/** `suspect`: its last request was not answered. `demoted`: several in a row were not. */
export type Standing = 'healthy' | 'suspect' | 'demoted';

/** How a module stands by the requests in a row that brought nothing. */
export class ModuleStanding {
  readonly #clock: FieldClock;
  #silentInARow = 0;
  #silentAtMs = Number.NEGATIVE_INFINITY;
  #sinceMs: number;

  constructor(clock: FieldClock) {
    this.#clock = clock;
    this.#sinceMs = clock.wallMs();
  }

  get current(): Standing {
    if (this.#silentInARow === 0) return 'healthy';
    return this.#silentInARow < demotedAfter ? 'suspect' : 'demoted';
  }

  /** Wall time at which it took this standing. */
  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** Time-outs and nonsense in a row. */
  get silentInARow(): number {
    return this.#silentInARow;
  }

  /**
   * @param askedAtMs  when it was asked, on the monotonic clock: several requests that were under way together are one silence
   * @returns whether it is a silence of its own, and the one that demotes it
   */
  silent(askedAtMs: number): { readonly isNew: boolean; readonly demotes: boolean } {
    if (askedAtMs < this.#silentAtMs) return { isNew: false, demotes: false };
    const before = this.current;
    this.#silentAtMs = this.#clock.monotonicMs();
    this.#silentInARow++;
    if (this.current !== before) this.#sinceMs = this.#clock.wallMs();
    return { isNew: true, demotes: before !== 'demoted' && this.current === 'demoted' };
  }

  /** @returns how it stood before */
  heard(): Standing {
    const before = this.current;
    this.#silentInARow = 0;
    if (before !== 'healthy') this.#sinceMs = this.#clock.wallMs();
    return before;
  }
}
