import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { editorSchema } from '../../config/schema/editor.ts';
import { factoryFile } from './factory.ts';

const root = path.join(import.meta.dirname, '..', '..');
const script = path.join(root, 'scripts', 'schema.ts');

type Schema = Readonly<Record<string, unknown>>;

/** Every key that a person can write, with the schema of its value. */
function* keys(schema: Schema, at: string): Generator<[at: string, schema: Schema]> {
  for (const [key, inner] of Object.entries((schema['properties'] ?? {}) as Record<string, Schema>)) {
    yield [`${at}.${key}`, inner];
    yield* keys(inner, `${at}.${key}`);
  }
  for (const word of ['anyOf', 'oneOf'] as const) {
    for (const inner of (schema[word] ?? []) as Schema[]) yield* keys(inner, at);
  }
  for (const word of ['additionalProperties', 'items'] as const) {
    if (typeof schema[word] === 'object') yield* keys(schema[word] as Schema, `${at}.*`);
  }
}

describe('the schema that editors check the file by', () => {
  it('is the one that the server checks by', () => {
    assert.match(execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' }), /is current/);
  }).timeout(30_000);

  it('is found to be out of date when it is', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'tve-schema-'));
    const out = path.join(folder, 'schema.json');
    try {
      assert.equal(spawnSync(process.execPath, [script, '--check', '--out', out]).status, 1);
      execFileSync(process.execPath, [script, '--out', out]);
      assert.equal(spawnSync(process.execPath, [script, '--check', '--out', out]).status, 0);
      writeFileSync(out, `${readFileSync(out, 'utf8')} `);
      const { status, stderr } = spawnSync(process.execPath, [script, '--check', '--out', out], { encoding: 'utf8' });
      assert.equal(status, 1);
      assert.match(stderr, /is not current; run npm run schema/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }).timeout(30_000);

  it('is named in the first line of the factory file', () => {
    assert.match(readFileSync(factoryFile, 'utf8'), /^# yaml-language-server: \$schema=tvemicro\.schema\.json\n/);
  });

  it('explains every value that a person can write', () => {
    const all = [...keys(editorSchema(), '')];
    assert.ok(all.length > 200, String(all.length));
    const silent = all.filter(([, schema]) => {
      const isGroup = 'properties' in schema || 'const' in schema;
      return !isGroup && typeof schema['description'] !== 'string';
    });
    assert.deepEqual(
      silent.map(([at]) => at),
      [],
    );
  });

  it('lets a value come from the environment wherever a value is checked', () => {
    const properties = editorSchema()['properties'] as Record<string, Schema>;
    const port = [...keys(properties['lines'] ?? {}, '')].find(([at]) => at.endsWith('.port'))?.[1];
    assert.deepEqual(port?.['anyOf'], [
      { type: 'integer', minimum: 1, maximum: 65_535 },
      { $ref: '#/$defs/environment' },
    ]);
  });

  it('is strict: what it does not know, it does not allow', () => {
    const groups = [editorSchema(), ...[...keys(editorSchema(), '')].map(([, schema]) => schema)];
    for (const group of groups) if ('properties' in group) assert.equal(group['additionalProperties'], false);
  });
});
