import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import type { ConfigurationFault } from '../../config/configuration.ts';
import { describeFaults, loadConfiguration } from '../../config/load.ts';
import { factoryFile } from './factory.ts';

const factoryText = readFileSync(factoryFile, 'utf8');

/** Line of the factory file where a text first stands. */
function lineOf(text: string): number {
  return factoryText.split('\n').findIndex((line) => line.includes(text)) + 1;
}

describe('reading a configuration file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'tve-config-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function faultsOf(text: string): readonly ConfigurationFault[] {
    const file = path.join(folder, 'machine.yaml');
    writeFileSync(file, text);
    const result = loadConfiguration(file, {});
    return result.ok ? [] : result.faults;
  }

  it('finds the register maps of the factory, wherever the file lies', () => {
    assert.deepEqual(faultsOf(factoryText), []);
  });

  it('names the line of a wrong value', () => {
    const line = lineOf('maximumRpm: 1500');
    assert.deepEqual(
      faultsOf(factoryText.replace('maximumRpm: 1500', 'maximumRpm: fast')).map((fault) => [fault.path, fault.line]),
      [['drives.main.maximumRpm', line]],
    );
  });

  it('names the line of a reference that leads nowhere, and where a missing key should stand', () => {
    const line = lineOf('setpoint: heater.zone1.setpoint');
    const faults = faultsOf(factoryText.replace('setpoint: heater.zone1.setpoint', 'setpoint: heater.zone9.setpoint'));
    assert.deepEqual(
      faults.map((fault) => fault.line),
      [line],
    );
    const without = faultsOf(factoryText.replace('  serialNumber: TVE-0001\n', ''));
    assert.deepEqual(
      without.map((fault) => [fault.path, fault.line]),
      [['machine.serialNumber', lineOf('id: tvemicro')]],
    );
  });

  it('tells of a file that is not there', () => {
    const result = loadConfiguration(path.join(folder, 'nowhere.yaml'), {});
    assert.match(!result.ok ? describeFaults(result.faults) : '', /cannot be read: ENOENT/);
  });

  it('tells of every place where the file is no YAML, with the line', () => {
    const faults = faultsOf('machine:\n  id: a\n  id: b\nlines: [1, 2\n');
    assert.ok(faults.length >= 2, JSON.stringify(faults));
    assert.equal(faults[0]?.line, 3);
    for (const fault of faults) assert.match(fault.message, /is no valid YAML/);
  });

  it('tells of an empty file', () => {
    assert.match(
      faultsOf('')
        .map(({ message }) => message)
        .join(),
      /has no sections/,
    );
  });

  it('does not multiply aliases until the memory is gone', () => {
    const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    for (const [index, name] of names.slice(1).entries()) {
      const before = names[index];
      bomb.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${before}`).join(', ')}]`);
    }
    assert.match(
      faultsOf(bomb.join('\n'))
        .map(({ message }) => message)
        .join(),
      /is no valid YAML: Excessive alias count/,
    );
  });

  it('takes a register map beside the file before the factory’s', () => {
    mkdirSync(path.join(folder, 'modules'));
    const map = readFileSync(path.join(path.dirname(factoryFile), 'modules', 'drive.yaml'), 'utf8');
    writeFileSync(path.join(folder, 'modules', 'drive.yaml'), map.replace('maximumMs: 5000', 'maximumMs: 500'));
    assert.deepEqual(
      faultsOf(factoryText).map((fault) => fault.path),
      ['modules.drive1.watchdogMs', 'modules.drive2.watchdogMs'],
    );
  });

  for (const [title, from, to, at, says] of [
    [
      'a misspelt key',
      'area: discrete, address: 0',
      'area: discrete, adress: 0',
      'inputs.di0.adress',
      /did you mean address\?/,
    ],
    [
      'a coil with a type',
      'di0: { area: discrete, address: 0 }',
      'di0: { area: discrete, address: 0, type: int16 }',
      'inputs.di0',
      /a coil or discrete input neither/,
    ],
    [
      'a register without a type',
      'di0: { area: discrete, address: 0 }',
      'di0: { area: input, address: 0 }',
      'inputs.di0',
      /a register needs either type or bit/,
    ],
    ['another name than that of its file', 'id: dio-8', 'id: dio-9', 'id', /is dio-9, but the file is dio-8\.yaml/],
    ['an output by the name of an input', '  do0: {', '  di0: {', 'outputs.di0', /is an input as well/],
    ['a watchdog upside down', 'minimumMs: 1,', 'minimumMs: 65535,', 'watchdog.minimumMs', /./],
  ] as const) {
    it(`refuses a register map with ${title}, and names its file and line`, () => {
      mkdirSync(path.join(folder, 'modules'));
      const file = path.join(folder, 'modules', 'dio-8.yaml');
      const map = readFileSync(path.join(path.dirname(factoryFile), 'modules', 'dio-8.yaml'), 'utf8');
      assert.ok(map.includes(from), from);
      const upsideDown = title === 'a watchdog upside down';
      writeFileSync(
        file,
        map.replace(from, to).replace('maximumMs: 65535', upsideDown ? 'maximumMs: 10' : 'maximumMs: 65535'),
      );
      const fault = faultsOf(factoryText).find((each) => each.path === at);
      assert.equal(fault?.file, file);
      assert.ok((fault?.line ?? 0) > 0);
      assert.match(fault?.message ?? '', says);
    });
  }

  it('does not complain about signals of a module whose register map is faulty', () => {
    mkdirSync(path.join(folder, 'modules'));
    writeFileSync(path.join(folder, 'modules', 'heater-controller.yaml'), 'id: heater-controller\n');
    const faults = faultsOf(factoryText);
    for (const fault of faults) assert.match(fault.file ?? '', /heater-controller\.yaml$/, JSON.stringify(fault));
    assert.deepEqual(
      faults.map((fault) => fault.path),
      ['title', 'manual', 'verified'],
    );
  });
});

describe('faults on the terminal', () => {
  it('are counted and stand one to a line, each with its place', () => {
    const text = describeFaults(
      [
        { path: 'motor.tripAtC', message: 'is missing', line: 7 },
        { path: 'TVE_HTTP_PORT', message: 'is "x"' },
        { path: 'inputs.di0', message: 'is 5', file: 'modules/dio-8.yaml', line: 3 },
        { path: '', message: 'cannot be read' },
      ],
      'machine.yaml',
    );
    assert.equal(
      text,
      [
        'machine.yaml has 4 faults:',
        '  line 7: motor.tripAtC is missing',
        '  TVE_HTTP_PORT is "x"',
        '  modules/dio-8.yaml, line 3: inputs.di0 is 5',
        '  cannot be read',
      ].join('\n'),
    );
    assert.match(describeFaults([{ path: 'a', message: 'is b' }]), /^The configuration has 1 fault:/);
  });
});
