import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { mutationGroups, type MutationGroup } from './mutation/groups.ts';
import { listed, reportText, scorePercent, scoresOf, type GroupScore, type StrykerReport } from './mutation/report.ts';

/**
 * `npm run test:mutation`: mutates the core, one group of files after the other, and writes `docs/mutation.md`. Names of
 * groups as arguments run only those, and write nothing.
 */
const wanted = process.argv.slice(2);

/** Interlocks, states and alarms are what a machine is trusted for. In %. */
const leastPercent = 85;

const folder = mkdtempSync(path.join(tmpdir(), 'tve-mutation-'));

function run(group: MutationGroup): GroupScore {
  const report = path.join(folder, `${group.name}.json`);
  const config = path.join(folder, `${group.name}.config.json`);
  writeFileSync(config, JSON.stringify(settings(group, report)));
  const startedAtMs = performance.now();
  const { status } = spawnSync('node_modules/.bin/stryker', ['run', config], {
    stdio: 'inherit',
    env: { ...process.env, TVE_MUTATION_TESTS: group.tests.join(' ') },
  });
  if (status !== 0) throw new Error(`Stryker ended with ${status} in group ${group.name}`);
  const scores = scoresOf(JSON.parse(readFileSync(report, 'utf8')) as StrykerReport);
  const score = { group: group.name, seconds: (performance.now() - startedAtMs) / 1_000, scores };
  console.log(`${group.name}: ${scorePercent(scores).toFixed(1)} % in ${Math.round(score.seconds)} s`);
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
  const groups = mutationGroups.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).map(run);
  const day = new Date().toISOString().slice(0, 10);
  if (wanted.length === 0) writeFileSync('docs/mutation.md', reportText(groups, day));
  const low = groups.filter(({ scores }) => scorePercent(scores) < leastPercent);
  for (const { group } of low) console.log(`FAIL ${group} is below ${leastPercent} %`);
  if (low.length > 0) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true });
}
