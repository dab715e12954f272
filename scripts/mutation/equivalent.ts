/** Mutants that no test can kill, since the machine does the same with them. */
export interface EquivalentMutant {
  readonly file: string;
  /** The line that it changes, without its indentation, or its beginning: it moves less than its number. */
  readonly line: string;
  /** The code that is replaced, and by what, as the report shows them. */
  readonly code: string;
  readonly replacement: string;
  readonly reason: string;
}

export const equivalentMutants: readonly EquivalentMutant[] = [];
