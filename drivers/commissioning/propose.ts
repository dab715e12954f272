import { decodeText } from '../codec/text.ts';
import type { IdentityMark, ProfileDeclaration } from '../declaration.ts';
import type { Cell } from '../plan/read-plan.ts';
import { cellsOf, markCell } from './profile-cells.ts';

/** The words of a cell, or that it was refused; undefined: nothing is known of it. */
export type Answers = (cell: Cell) => readonly number[] | 'refused' | undefined;

/** A register map that a module may be of. */
export interface Proposal {
  readonly profile: string;
  readonly title: string;
  /**
   * `identity`: it bears the marks of this kind. `registers`: the whole map answers, and nothing speaks against it. `part`:
   * most of it does, and of no other map the whole.
   */
  readonly because: 'identity' | 'registers' | 'part';
  /** Cells of the map that answered, and those that did not. */
  readonly answered: number;
  readonly missing: readonly Cell[];
}

/** A map of which less answers says nothing. */
const leastShare = 0.5;

/**
 * The register maps that a module may be of, the surest first: those whose marks it bears, then those whose whole map
 * answers, the largest first; where there is none of these, the one that it comes nearest to. A map with marks that the
 * module does not bear is none.
 */
export function proposeProfiles(profiles: readonly ProfileDeclaration[], answers: Answers): Proposal[] {
  const candidates = profiles.flatMap((profile): Proposal[] => {
    const marks = profile.identity ?? [];
    const bears = marks.every((mark) => bearsMark(mark, answers(markCell(mark))));
    if (!bears) return [];
    const cells = cellsOf(profile);
    const missing = cells.filter((cell) => !Array.isArray(answers(cell)));
    const answered = cells.length - missing.length;
    if (answered === 0) return [];
    const because = marks.length > 0 ? 'identity' : missing.length === 0 ? 'registers' : 'part';
    return [{ profile: profile.id, title: profile.title, because, answered, missing }];
  });
  const sorted = candidates.toSorted((a, b) => rank(a) - rank(b) || b.answered - a.answered);
  const sure = sorted.filter(({ because }) => because !== 'part');
  if (sure.length > 0) return sure;
  // the one that explains most of what answers
  return sorted.filter((proposal) => share(proposal) >= leastShare).slice(0, 1);
}

function rank({ because }: Proposal): number {
  return because === 'identity' ? 0 : 1;
}

function share({ answered, missing }: Proposal): number {
  return answered / (answered + missing.length);
}

function bearsMark(mark: IdentityMark, words: readonly number[] | 'refused' | undefined): boolean {
  if (words === undefined || words === 'refused') return false;
  if ('equals' in mark) return words[0] === mark.equals;
  return (['ABCD', 'BADC'] as const).some((order) => decodeText(words, order)?.includes(mark.contains) === true);
}

/** Runs of addresses that answered, by area: `holding 0–7`. */
export function rangesOf(cells: readonly Cell[]): string[] {
  return (['coil', 'discrete', 'input', 'holding'] as const).flatMap((area) => {
    const addresses = new Set(
      cells
        .filter((cell) => cell.area === area)
        .flatMap(({ address, count }) => Array.from({ length: count }, (_, n) => address + n)),
    );
    const sorted = [...addresses].toSorted((a, b) => a - b);
    const runs: { from: number; to: number }[] = [];
    for (const address of sorted) {
      const last = runs.at(-1);
      if (last !== undefined && last.to + 1 === address) last.to = address;
      else runs.push({ from: address, to: address });
    }
    return runs.map(({ from, to }) => `${area} ${from === to ? from : `${from}–${to}`}`);
  });
}
