import assert from 'node:assert/strict';

import { faultsAfter, type Change, type Path } from './factory.ts';

/** What is wrong, how the factory file got so, where the one fault is reported, and what it says. */
export type Case = readonly [title: string, changes: readonly Change[], path: string, says: RegExp];

export const set = (path: Path, value: unknown): Change => ({ path, value });
export const drop = (path: Path): Change => ({ path });
export const signal = (id: string, ...rest: string[]): Path => ['signals', id, ...rest];

/** A further signal, but for its source. */
export const spare = { title: 'Spare', unit: '°C', span: [0, 100] };

/** Each case is one fault, reported at its path, and no other. */
export function tellsExactly(cases: readonly Case[]): void {
  for (const [title, changes, path, says] of cases) {
    it(`tells of ${title}`, () => {
      const faults = faultsAfter(...changes);
      assert.deepEqual(
        faults.map((fault) => fault.path),
        [path],
        JSON.stringify(faults, null, 2),
      );
      assert.match(faults[0]?.message ?? '', says);
    });
  }
}
