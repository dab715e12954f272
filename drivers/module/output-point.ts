import type { Cell } from '../plan/read-plan.ts';
import type { CellValues } from './block-reader.ts';
import type { OutputTarget } from './output-target.ts';

/** What one coil, or the registers of one value, get from one signal. */
export interface Contribution {
  readonly area: 'coil' | 'holding';
  readonly address: number;
  readonly count: number;
  /** Bits of each word that this signal decides. */
  readonly mask: readonly number[];
  /** The words that switch it off; missing: 0. */
  readonly off?: () => readonly number[];
  /** Bits that no signal decides are written as they were last read; missing: 0. */
  readonly keepsOthers?: boolean;
  /** null: nothing is to be written. */
  readonly words: () => readonly number[] | null;
}

/** One output signal: how its commanded value becomes registers, and what was read back becomes its value. */
export abstract class OutputPoint {
  readonly signal: string;
  commanded: number | boolean | null = null;
  abstract readonly contributions: readonly Contribution[];
  /** Where the contributions went; filled in when the targets are built. */
  readonly targets: { readonly target: OutputTarget; readonly mask: readonly number[] }[] = [];

  /** Registers that it has to know and does not write. */
  readonly watched: readonly Cell[] = [];

  constructor(signal: string) {
    this.signal = signal;
  }

  command(value: number | boolean): void {
    this.commanded = value;
  }

  /**
   * What was read just now, before it is compared with what is wanted.
   *
   * @returns true when it was found that this output is not to be switched on again before it was commanded off
   */
  take(_values: CellValues): boolean {
    return false;
  }

  /** The module is out of reach, or came back: nothing is known of what it holds. */
  away(): void {}

  /** In the signal's unit; null while a register of it has not been read. */
  abstract readBack(): number | boolean | null;

  /** Failed tries while it reads otherwise than commanded; 0: it reads right, or was not judged yet. */
  get tries(): number {
    const failing = this.targets.filter(({ target, mask }) => target.tries > 0 && target.differs(mask));
    return Math.max(0, ...failing.map(({ target }) => target.tries));
  }

  protected words(index: number): readonly number[] | null {
    return this.targets[index]?.target.read ?? null;
  }
}
