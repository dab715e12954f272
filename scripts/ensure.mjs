// Installs what package-lock.json names when it is not there yet, so that a fresh clone needs no step before
// `npm start` or `npm test`. Plain JavaScript: it runs on the Node that started npm, before the pinned one exists.
import { existsSync } from 'node:fs';
import { spawnSync } from 'node:child_process';

const installed = existsSync('node_modules/.bin/node') && existsSync('node_modules/.package-lock.json');
if (!installed) {
  console.log('Installing packages (once)…');
  const { status } = spawnSync('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  process.exit(status ?? 1);
}
