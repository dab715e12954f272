import { spawnSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';

/**
 * Builds the HMI into web/dist unless what stands there is newer than all its sources.
 *
 * @throws Error when the build fails
 */
export function buildPages(): void {
  const sources = [
    'vite.config.ts',
    'package-lock.json',
    ...globSync('web/{src,public}/**/*'),
    ...globSync('web/*.{html,json}'),
  ];
  const newest = Math.max(...sources.map((file) => statSync(file).mtimeMs));
  const built = statSync('web/dist/index.html', { throwIfNoEntry: false })?.mtimeMs ?? 0;
  if (built > newest) return;
  const { status } = spawnSync('node_modules/.bin/vite', ['build', '--logLevel', 'warn'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (status !== 0) throw new Error(`the pages could not be built (vite ended with ${status})`);
}
