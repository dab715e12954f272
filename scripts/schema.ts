/*
 * Writes the JSON Schema of the configuration file, which editors complete and check it with, from the schemas that the
 * server itself checks it by. With --check it writes nothing and fails when the file is not current.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';

import { editorSchema } from '../config/schema/editor.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false }, out: { type: 'string' } } });
const file = values.out ?? path.join(import.meta.dirname, '..', 'config', 'tvemicro.schema.json');
const current = `${JSON.stringify(editorSchema(), null, 2)}\n`;

if (!values.check) {
  writeFileSync(file, current);
  console.log(`wrote ${file}`);
} else if (written() === current) {
  console.log(`${file} is current`);
} else {
  console.error(`${file} is not current; run npm run schema`);
  process.exitCode = 1;
}

function written(): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
