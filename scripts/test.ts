import { spawnSync } from 'node:child_process';
import { buildPages } from './build-pages.ts';

/** `npm test`: builds the pages that the browser tests open, then runs every suite; further arguments go to mocha. */
const [long, args] = process.argv[2] === '--long' ? [true, process.argv.slice(3)] : [false, process.argv.slice(2)];

buildPages();
const { status } = spawnSync(
  'node_modules/.bin/mocha',
  [...(long ? ['--config', '.mocharc.long.json'] : []), ...args],
  { stdio: 'inherit' },
);
process.exit(status ?? 1);
