import { spawnSync } from 'node:child_process';
import { checkLayers } from './layers.ts';
import { checkLicences } from './licences.ts';

/** `npm run check`: types, lint, format, layers, licences, derived files. Runs all, then says what failed. */
const only = process.argv[2];
const failed: string[] = [];

function run(what: string, command: string, args: readonly string[]): void {
  const startMs = performance.now();
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  report(
    what,
    status === 0 ? [] : [`${command} ended with ${status}`],
    `${Math.round(performance.now() - startMs)} ms`,
  );
}

function report(what: string, faults: readonly string[], summary: string): void {
  console.log(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${what} (${summary})`);
  for (const fault of faults) console.log(`     ${fault}`);
  if (faults.length > 0) failed.push(what);
}

const checks: Record<string, () => void | Promise<void>> = {
  'types of the server': () => run('types of the server', 'tsc', ['--noEmit', '-p', '.']),
  'types of the pages': () => run('types of the pages', 'tsc', ['--noEmit', '-p', 'web']),
  lint: () => run('lint', 'oxlint', []),
  format: () => run('format', 'prettier', ['--check', '--log-level', 'warn', '.']),
  async layers() {
    const { faults, summary } = await checkLayers();
    report('layers', faults, summary);
  },
  licences() {
    const { faults, summary } = checkLicences();
    report('licences', faults, summary);
  },
  drawing: () => run('drawing', 'node', ['scripts/drawing.ts', '--check']),
  schema: () => run('schema', 'node', ['scripts/schema.ts', '--check']),
};
for (const [name, check] of Object.entries(checks)) if (only === undefined || only === name) await check();

if (failed.length > 0) {
  console.log(`check failed: ${failed.join(', ')}`);
  process.exit(1);
}
console.log('check passed');
