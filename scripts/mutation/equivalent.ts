/** Mutants that no test can kill, since the machine does the same with them. A file, what stands there, and why. */
export interface EquivalentMutant {
  readonly file: string;
  /** The code that is replaced, and by what, as the report shows them. */
  readonly code: string;
  readonly replacement: string;
  readonly reason: string;
}

export const equivalentMutants: readonly EquivalentMutant[] = [];
