import { readFileSync, writeFileSync } from 'node:fs';
import { drawLayers } from './layers.ts';

/**
 * Keeps the drawing of the layers in docs/architecture.md equal to the code: writes it, or with `--check` says whether it
 * is still right.
 */
const file = 'docs/architecture.md';
const [opening, closing] = ['<!-- layers, drawn by `npm run drawing` -->', '<!-- end of layers -->'];

const text = readFileSync(file, 'utf8');
const [before, rest] = text.split(opening);
const after = rest?.split(closing)[1];
if (before === undefined || after === undefined) throw new Error(`${file} has lost the lines ${opening} … ${closing}`);
const fresh = `${before}${opening}\n\n${await drawLayers()}\n\n${closing}${after}`;
if (fresh === text) process.exit(0);
if (process.argv[2] === '--check') {
  console.log(`${file}: the drawing of the layers is out of date; run npm run drawing`);
  process.exit(1);
}
writeFileSync(file, fresh);
