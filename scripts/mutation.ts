import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { mutationGroups, type MutationGroup } from './mutation/groups.ts';
import { KeptReports, type KeptReport } from './mutation/kept-reports.ts';
import { listed, reportText, scorePercent, scoresOf, type GroupScore, type StrykerReport } from './mutation/report.ts';

/**
 * `npm run test:mutation`: mutates the core, one group of files after the other, and writes `docs/mutation.md`. What was
 * found of a group is kept while its mutated files and its tests themselves are unchanged, so a run that was cut off goes on
 * where it was. The benches that the tests import and the rest of the core are not looked at: when one of those changed in
 * a way that matters, name the groups to run again. Names of groups as arguments run only those, and run them again; the
 * document is written when there is a report of every group. With --write nothing is run: the document is made of what is
 * kept, and names the groups that are not.
 */
const { values, positionals: wanted } = parseArgs({
  options: { write: { type: 'boolean', default: false } },
  allowPositionals: true,
});

/** Interlocks, states and alarms are what a machine is trusted for. In %. */
const leastPercent = 85;

const kept = new KeptReports('reports/mutation');
const folder = mkdtempSync(path.join(tmpdir(), 'tve-mutation-'));

function run(group: MutationGroup): KeptReport {
  const file = path.join(folder, `${group.name}.json`);
  const config = path.join(folder, `${group.name}.config.json`);
  writeFileSync(config, JSON.stringify(settings(group, file)));
  const startedAtMs = performance.now();
  const { status } = spawnSync('node_modules/.bin/stryker', ['run', config], {
    stdio: 'inherit',
    env: { ...process.env, TVE_MUTATION_TESTS: group.tests.join(' ') },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status} in group ${group.name}`);
  const found = {
    seconds: (performance.now() - startedAtMs) / 1_000,
    day: new Date().toISOString().slice(0, 10),
    report: JSON.parse(readFileSync(file, 'utf8')) as StrykerReport,
  };
  kept.keep(group, found);
  return found;
}

function scoreOf(group: MutationGroup, { seconds, day, report }: KeptReport): GroupScore {
  const scores = scoresOf(report);
  const score = { group: group.name, seconds, day, scores };
  console.log(`${group.name}: ${scorePercent(scores).toFixed(1)} % in ${Math.round(seconds)} s`);
  for (const line of listed('Missed', [score], false)) console.log(line);
  return score;
}

function settings({ mutate }: MutationGroup, report: string): object {
  return {
    testRunner: 'core',
    plugins: [path.resolve('scripts/mutation/core-runner.mjs')],
    coverageAnalysis: 'perTest',
    mutate,
    reporters: ['progress-append-only', 'json'],
    jsonReporter: { fileName: report },
    concurrency: 2,
    // Stryker reads it with an interface that TypeScript 7 has no more, unless there is none
    tsconfigFile: 'tsconfig.none.json',
    cleanTempDir: 'always',
    tempDirName: '.stryker-tmp',
    ignorePatterns: ['web', 'coverage', 'reports', 'data', 'docs', 'test/e2e', 'test/scenario'],
    // endless loops are stopped by counting; a computer that is busy must not pass for one
    timeoutMS: 180_000,
    dryRunTimeoutMinutes: 20,
    allowEmpty: true,
  };
}

try {
  const groups: GroupScore[] = [];
  const unmeasured: string[] = [];
  for (const group of mutationGroups) {
    const known = wanted.includes(group.name) ? null : kept.find(group);
    if (known !== null) groups.push(scoreOf(group, known));
    else if (values.write) unmeasured.push(group.name);
    else if (wanted.length === 0 || wanted.includes(group.name)) groups.push(scoreOf(group, run(group)));
  }
  if (values.write || groups.length === mutationGroups.length) {
    writeFileSync('docs/mutation.md', reportText(groups, unmeasured));
    spawnSync('node_modules/.bin/prettier', ['--write', 'docs/mutation.md'], { stdio: 'inherit' });
  }
  const low = groups.filter(({ scores }) => scorePercent(scores) < leastPercent);
  for (const { group } of low) console.log(`FAIL ${group} is below ${leastPercent} %`);
  if (low.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
