import { createHash } from 'node:crypto';
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import type { MutationGroup } from './groups.ts';
import type { StrykerReport } from './report.ts';

/** What Stryker found of one group, and how long it took. */
export interface KeptReport {
  readonly seconds: number;
  /** The day it was found, by UTC, with the whole of the core and the benches as they were then. */
  readonly day: string;
  readonly report: StrykerReport;
}

interface Kept extends KeptReport {
  readonly digest: string;
}

/**
 * The reports of earlier runs, one file per group: a run of all groups takes long, and may be cut off. A report is kept while
 * the mutated files and the tests themselves are unchanged. That is not everything that a verdict hangs on: a bench that the
 * tests import, or a file of the core that they call and that is not mutated, may have changed since its day.
 */
export class KeptReports {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The report of a group, or null when there is none of its mutated files and its tests as they are now. */
  find(group: MutationGroup): KeptReport | null {
    let kept: Kept;
    try {
      kept = JSON.parse(readFileSync(this.#fileOf(group), 'utf8')) as Kept;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw error;
    }
    return kept.digest === digestOf(group) ? kept : null;
  }

  keep(group: MutationGroup, found: KeptReport): void {
    mkdirSync(this.#folder, { recursive: true });
    const kept: Kept = { ...found, digest: digestOf(group) };
    writeFileSync(this.#fileOf(group), JSON.stringify(kept));
  }

  #fileOf({ name }: MutationGroup): string {
    return path.join(this.#folder, `${name}.json`);
  }
}

function digestOf({ mutate, tests }: MutationGroup): string {
  const hash = createHash('sha256');
  for (const file of [...globSync([...mutate]), ...tests].toSorted()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex');
}
