import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { machineCommands, serverStatuses } from '../../../drivers/modbus-server/declaration.ts';
import { refusals, results } from '../../../drivers/modbus-server/refusal.ts';
import { machineStates } from '../../../machine/control/state.ts';
import { qualityCodes } from '../../../machine/quality.ts';

const readme = readFileSync('drivers/modbus-server/README.md', 'utf8').replaceAll(/\s+/g, ' ');

describe('drivers/modbus-server/README.md', () => {
  it('lists every quality word by its number', () => {
    for (const [name, code] of Object.entries(qualityCodes)) {
      const word = code >>> 16;
      const hex = `0x${word.toString(16).toUpperCase().padStart(4, '0')}`;
      assert.ok(readme.includes(`| ${hex} | ${word} | ${name} |`), `${hex} ${word} ${name}`);
    }
  });

  it('counts states and commands as the server does', () => {
    assert.ok(readme.includes(machineStates.map((state, number) => `${number} ${state}`).join(', ')));
    assert.ok(readme.includes(machineCommands.map((command, index) => `${index + 1} ${command}`).join(', ')));
  });

  it('has a word for every status and every result', () => {
    for (const status of serverStatuses) assert.ok(readme.includes(`| \`${status}\` |`), status);
    const words = [...Object.values(refusals).map(({ result }) => result), ...Object.values(results)];
    for (const word of words) assert.match(readme, new RegExp(`\\b${word} [a-z]`));
  });
});
