import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { serverProfiles } from '../../../addressspace/server-profiles.ts';

interface Unit {
  readonly name: string;
  readonly isMandatory: boolean;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

interface Profile {
  readonly name: string;
  readonly uri: string;
  readonly includes: readonly string[];
  /** The setting without which it is not claimed. */
  readonly onlyWith: string | null;
  readonly units: readonly Unit[];
}

const tests = join(import.meta.dirname, '..');
const list = readFileSync(join(import.meta.dirname, '../../../docs/opcua-conformance.md'), 'utf8');
const profiles = list.split(/^## /m).slice(1).map(profileOf);

function profileOf(section: string): Profile {
  const rows = section.split('\n').flatMap((line) => {
    const [, name, need, proof] = line.split('|').map((cell) => cell.trim());
    return name && proof && (need === 'M' || need === 'O') ? [{ name, need, proof }] : [];
  });
  return {
    name: section.split('\n', 1)[0]?.trim() ?? '',
    uri: /^`(http:\S+)`$/m.exec(section)?.[1] ?? '',
    includes: (/^Includes: (.+)$/m.exec(section)?.[1] ?? '').split('; ').filter(Boolean),
    onlyWith: /^Only with `(\w+)`\.$/m.exec(section)?.[1] ?? null,
    units: rows.map(({ name, need, proof }) => ({ name, isMandatory: need === 'M', tests: testsIn(name, proof) })),
  };
}

/** No test: not claimed, with a reason. */
function testsIn(unit: string, proof: string): Unit['tests'] {
  if (/^not claimed: \S/.test(proof)) return [];
  return proof.split('<br>').map((named) => {
    const [, file, title] = /^`([\w/-]+)`: (.+)$/.exec(named) ?? [];
    assert.ok(file && title, `${unit}: ${named} names neither a test nor a reason`);
    return { file, title };
  });
}

/** The titles in a test file; what differs between the cases of a table is an ellipsis. */
function titlesIn(file: string): Set<string> {
  const source = readFileSync(join(tests, `${file}.test.ts`), 'utf8');
  const calls = source.matchAll(/\bit\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"|`((?:[^`\\]|\\.)*)`)/g);
  return new Set(
    [...calls].map(([, single, double, template]) =>
      (single ?? double ?? template ?? '').replaceAll(/\$\{(?:[^{}]|\{[^{}]*\})*\}/g, '…').replaceAll(/\\(.)/g, '$1'),
    ),
  );
}

function isProven({ units, includes }: Profile): boolean {
  return (
    units.every(({ isMandatory, tests: named }) => !isMandatory || named.length > 0) &&
    includes.every((name) => profiles.some((profile) => profile.name === name && isProven(profile)))
  );
}

describe('The list of OPC UA conformance', () => {
  it('has a URI for each profile, units, and no profile that includes one which is not in it', () => {
    assert.ok(profiles.length >= 20 && profiles.flatMap(({ units }) => units).length >= 100);
    for (const { name, uri, includes, units } of profiles) {
      assert.match(uri, /^http:\/\/opcfoundation\.org\/\S+$/, name);
      assert.ok(units.length > 0, name);
      for (const included of includes)
        assert.ok(
          profiles.some((profile) => profile.name === included),
          included,
        );
    }
  });

  it('names tests that exist', () => {
    const missing: string[] = [];
    for (const { file, title } of profiles.flatMap(({ units }) => units).flatMap(({ tests: named }) => named)) {
      if (!titlesIn(file).has(title)) missing.push(`${file}: ${title}`);
    }
    assert.deepEqual([...new Set(missing)], []);
  });

  for (const settings of [
    { allowUnsecured: false, allowAnonymous: false, hasHistory: false },
    { allowUnsecured: true, allowAnonymous: true, hasHistory: true },
  ]) {
    it(`has the tests for exactly what ServerProfileArray claims with ${JSON.stringify(settings)}`, () => {
      const offered = ({ onlyWith }: Profile) => onlyWith === null || settings[onlyWith as keyof typeof settings];
      assert.deepEqual(
        new Set(serverProfiles(settings)),
        new Set(profiles.filter((profile) => offered(profile) && isProven(profile)).map(({ uri }) => uri)),
      );
    });
  }
});
