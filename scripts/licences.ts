import { readFileSync, existsSync } from 'node:fs';
import path from 'node:path';

/** Permissive: no duty beyond naming the authors. */
const permissive = new Set([
  'MIT',
  'MIT-0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'Apache-2.0',
  '0BSD',
  'Unlicense',
  'CC0-1.0',
  'BlueOak-1.0.0',
  'Python-2.0',
  'CC-BY-4.0',
  'Zlib',
]);

/** Packages whose package.json is silent, with what their own text says. */
const known: Readonly<Record<string, string>> = {
  dequeue: 'MIT, by its README',
  humanize: 'MIT, by its README',
  precond: 'MIT, by its LICENSE file',
};

interface LockedPackage {
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly license?: string | { readonly type?: string };
}

/** Every package that the product ships with must be free to use, change and sell. @returns the faults, and a count */
export function checkLicences(): { faults: readonly string[]; summary: string } {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, LockedPackage> };
  const faults: string[] = [];
  let count = 0;
  for (const folder of Object.keys(lock.packages)) {
    const locked = lock.packages[folder];
    if (folder === '' || locked === undefined || locked.dev === true || !existsSync(path.join(folder, 'package.json')))
      continue;
    count++;
    const name = folder.slice(folder.lastIndexOf('node_modules/') + 'node_modules/'.length);
    const licence = licenceOf(folder);
    if (!isPermissive(licence) && known[name] === undefined) faults.push(`${name}: licence ${licence ?? 'not stated'}`);
  }
  if (count < 50) faults.push(`only ${count} packages were looked at: are they installed?`);
  return { faults, summary: `${count} packages` };
}

function licenceOf(folder: string): string | null {
  const { license, licenses } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    license?: string | { type?: string };
    licenses?: readonly { type?: string }[];
  };
  if (typeof license === 'string') return license;
  return license?.type ?? licenses?.[0]?.type ?? null;
}

/** An SPDX expression is fine when one side of an OR, or both of an AND, are. */
function isPermissive(expression: string | null): boolean {
  if (expression === null) return false;
  const plain = expression.replaceAll(/[()]/g, '');
  return plain.split(' OR ').some((either) => either.split(' AND ').every((part) => permissive.has(part.trim())));
}
