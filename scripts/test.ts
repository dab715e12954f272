import { spawnSync } from 'node:child_process';
import { buildPages } from './build-pages.ts';

/**
 * `npm test`: builds the pages that the browser tests open, then runs every suite, or those that are named; further arguments
 * go to mocha. `npm run test:long`: the suites that take hours.
 */
const [long, args] = process.argv[2] === '--long' ? [true, process.argv.slice(3)] : [false, process.argv.slice(2)];

buildPages();
const areNamed = args.some((arg) => arg.endsWith('.ts'));
const suites = areNamed ? [] : [long ? 'test/**/*.long.ts' : 'test/**/*.test.ts'];
const { status } = spawnSync(
  'node_modules/.bin/mocha',
  [...(long ? ['--config', '.mocharc.long.json'] : []), ...args, ...suites],
  { stdio: 'inherit' },
);
// the long suites end with the mutants of the core; named suites come alone
const mutants = long && args.length === 0 && status === 0 ? mutate() : 0;
process.exit(status === 0 ? mutants : (status ?? 1));

function mutate(): number {
  return spawnSync('node_modules/.bin/node', ['scripts/mutation.ts'], { stdio: 'inherit' }).status ?? 1;
}
