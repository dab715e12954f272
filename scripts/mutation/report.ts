import { equivalentMutants } from './equivalent.ts';

/** What is used of the report that Stryker writes, by the mutation testing report schema. */
export interface StrykerReport {
  readonly files: Readonly<Record<string, { readonly source: string; readonly mutants: readonly StrykerMutant[] }>>;
}

interface StrykerMutant {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** One mutated file: how many mutants there are of each kind, and which live. */
export interface FileScore {
  readonly file: string;
  readonly killed: number;
  readonly equivalent: number;
  readonly survivors: readonly Survivor[];
}

export interface Survivor {
  readonly line: number;
  readonly code: string;
  readonly replacement: string;
  /** Why nothing can kill it; none: a test is missing. */
  readonly reason?: string;
}

/** A mutant that makes the tests run for ever is noticed; one that does not run at all says nothing and is left out. */
const noticed = new Set(['Killed', 'Timeout']);
const alive = new Set(['Survived', 'NoCoverage']);

export function scoresOf({ files }: StrykerReport): FileScore[] {
  return Object.entries(files).map(([file, { source, mutants }]) => {
    const lines = source.split('\n');
    const survivors = mutants
      .filter(({ status }) => alive.has(status))
      .map(({ location, replacement = '', mutatorName }): Survivor => {
        const code = excerpt(lines, location.start, location.end);
        const at = lines[location.start.line - 1]?.trim() ?? '';
        const shown = oneLine(replacement === '' ? mutatorName : replacement);
        const known = equivalentMutants.find(
          (each) => each.file === file && each.code === code && each.replacement === shown && at.startsWith(each.line),
        );
        const survivor = { line: location.start.line, code, replacement: shown };
        return known === undefined ? survivor : { ...survivor, reason: known.reason };
      });
    return {
      file,
      killed: mutants.filter(({ status }) => noticed.has(status)).length,
      equivalent: survivors.filter(({ reason }) => reason !== undefined).length,
      survivors,
    };
  });
}

/** Share of the mutants, those left out that nothing can kill, that a test notices, in %. */
export function scorePercent(scores: readonly FileScore[]): number {
  let killed = 0;
  let all = 0;
  for (const score of scores) {
    killed += score.killed;
    all += score.killed + score.survivors.length - score.equivalent;
  }
  return all === 0 ? 100 : (100 * killed) / all;
}

export interface GroupScore {
  readonly group: string;
  readonly seconds: number;
  /** When it was found, by UTC. */
  readonly day: string;
  readonly scores: readonly FileScore[];
}

/** The report in `docs/`: the score of every file, and every mutant that lives, with why if that is known. */
export function reportText(groups: readonly GroupScore[], unmeasured: readonly string[]): string {
  const rows = groups.flatMap(({ scores }) =>
    scores.map((score) => {
      const missed = score.survivors.length - score.equivalent;
      const percent = scorePercent([score]).toFixed(1);
      return `| \`${score.file}\` | ${percent} % | ${score.killed} | ${missed} | ${score.equivalent} |`;
    }),
  );
  const totals = groups.map(({ group, scores, seconds, day }) => {
    const count = scores.reduce((sum, score) => sum + score.killed + score.survivors.length, 0);
    return `| ${group} | ${scorePercent(scores).toFixed(1)} % | ${count} | ${Math.round(seconds / 60)} min | ${day} |`;
  });
  return [
    '# Mutation testing of the core',
    '',
    'Written by `npm run test:mutation`: every condition, number and statement of the core is changed, one at a time, and a',
    'test has to notice. A mutant that nothing can notice, since the machine does the same with it, is judged equivalent in',
    '[`scripts/mutation/equivalent.ts`](../scripts/mutation/equivalent.ts) with its reason and not counted.',
    '',
    'A group is measured again when its mutated files or its tests themselves have changed. `measured` is the day (UTC) of that',
    'run: benches that the tests import, and files of the core that they call and that the group does not mutate, may have',
    'changed since.',
    '',
    '| group | score | mutants | time | measured |',
    '| --- | --- | --- | --- | --- |',
    ...totals,
    ...unmeasured.map((group) => `| ${group} | not measured since its mutated files or its tests changed | | | |`),
    '',
    '| file | score | killed | missed | equivalent |',
    '| --- | --- | --- | --- | --- |',
    ...rows,
    '',
    ...listed('Missed', groups, false),
    ...listed('Judged equivalent', groups, true),
  ].join('\n');
}

/** The mutants that live, as a part of the report. */
export function listed(title: string, groups: readonly GroupScore[], equivalent: boolean): string[] {
  const lines = groups.flatMap(({ scores }) =>
    scores.flatMap(({ file, survivors }) =>
      survivors
        .filter(({ reason }) => (reason !== undefined) === equivalent)
        .map(({ line, code, replacement, reason }) => {
          const why = reason === undefined ? '' : `: ${reason}`;
          return `- \`${file}:${line}\` ${quoted(code)} → ${quoted(replacement)}${why}`;
        }),
    ),
  );
  return lines.length === 0 ? [] : [`## ${title}`, '', ...lines, ''];
}

function quoted(code: string): string {
  return `\`\` ${code} \`\``;
}

function excerpt(lines: readonly string[], start: Place, end: Place): string {
  const part = lines.slice(start.line - 1, end.line);
  if (part.length === 0) return '';
  part[part.length - 1] = part.at(-1)?.slice(0, end.column - 1) ?? '';
  part[0] = part[0]?.slice(start.column - 1) ?? '';
  return oneLine(part.join(' '));
}

/** As it is shown in a list: on one line, and cut where it gets long. */
function oneLine(code: string): string {
  const line = code.replaceAll(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 89)}…` : line;
}
