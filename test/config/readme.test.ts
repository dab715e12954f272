import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';

import { parse } from 'yaml';

import type { Configuration } from '../../config/configuration.ts';
import { checkConfiguration } from '../../config/load.ts';
import { factoryDocument } from './factory.ts';

const readme = readFileSync(path.join(import.meta.dirname, '..', '..', 'config', 'README.md'), 'utf8');
const examples = [...readme.matchAll(/^```yaml\n(.*?)^```/gms)].map((match) => parse(match[1] ?? '') as unknown);

/** What a person does with an example: groups are filled, lists grow, values are replaced. */
function merged(into: unknown, addition: unknown): unknown {
  if (Array.isArray(into) && Array.isArray(addition)) return [...into, ...addition];
  if (!isGroup(into) || !isGroup(addition)) return addition;
  const keys = Object.entries(addition).map(([key, value]) => [key, merged(into[key], value)] as const);
  return { ...into, ...Object.fromEntries(keys) };
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

describe('the examples of config/README.md', () => {
  it('are sound additions to the factory file', () => {
    assert.equal(examples.length, 6);
    const { machine, field, modbusServer } = loaded();
    assert.deepEqual(machine.signals.get('hopper.low')?.direction, 'input');
    assert.ok(field.modules.some(({ id }) => id === 'ai2'));
    assert.ok(machine.alarms.some(({ id }) => id === 'FEED_WARM'));
    assert.ok(modbusServer?.registers.some(({ kind }) => kind === 'commandBlock'));
  });

  it('make a machine of three zones with all its alarms, without any code', () => {
    const { machine, field } = loaded();
    assert.deepEqual(
      machine.zones.map(({ id, raw }) => [id, raw]),
      ['zone1', 'zone2', 'zone3'].map((id) => [id, `temperature.${id}.raw`]),
    );
    const ids = machine.alarms.map(({ id }) => id);
    for (const kind of ['OVERTEMP', 'UNCONTROLLED', 'NOT_HEATING', 'DEVIATION', 'SENSOR_FAILED']) {
      assert.ok(ids.includes(`ZONE3_${kind}`), kind);
    }
    for (const module of ['AI2', 'SSR2']) assert.ok(ids.includes(`${module}_COMMS_LOST`), module);
    assert.ok(field.bindings.some(({ signal, module }) => signal === 'heater.zone3.output' && module === 'ssr2'));
  });

  it('are refused when the emergency forgets the new heater', () => {
    const document = examples.reduce(merged, factoryDocument()) as { sequences: { emergency: unknown[] } };
    document.sequences.emergency.pop();
    const result = checkConfiguration(document, {});
    assert.deepEqual(!result.ok && result.faults.map(({ path }) => path), ['sequences.emergency']);
  });
});

function loaded(): Configuration {
  const result = checkConfiguration(examples.reduce(merged, factoryDocument()), {});
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.configuration;
}
