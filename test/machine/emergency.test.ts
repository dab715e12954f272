import assert from 'node:assert/strict';

import { emergencyOutputs, machineOutputs, safeOutputs } from '../../machine/control/emergency.ts';
import type { EmergencyRule } from '../../machine/declaration.ts';
import { factoryMachine } from './factory.ts';

const machine = factoryMachine();
const withRules = (...emergency: readonly EmergencyRule[]) => ({
  ...machine,
  sequences: { ...machine.sequences, emergency },
});
const nothing = () => undefined;

describe('an emergency', () => {
  it('is over drives, their resets, heaters and their contactor', () => {
    assert.deepEqual(
      [...machineOutputs(machine)].toSorted(),
      [
        'heater.contactor',
        'heater.zone1.output',
        'heater.zone2.output',
        'motor.feed.command',
        'motor.feed.reset',
        'motor.main.command',
        'motor.main.reset',
      ].toSorted(),
    );
  });

  it('holds what its sequence says of each output: on, off, or as it is', () => {
    const declared = withRules(
      { output: 'fan.on', action: 'on' },
      { output: 'pump.on', action: 'off' },
      { output: 'fan.nozzle', action: 'keep' },
      { output: 'light.green', action: 'keep' },
    );
    const held = emergencyOutputs(declared, (output) => (output === 'fan.nozzle' ? 30 : true));
    assert.deepEqual(
      [...held],
      [
        ['fan.on', true],
        ['pump.on', false],
        ['fan.nozzle', 30],
        ['light.green', true],
      ],
    );
    const duties = withRules({ output: 'fan.nozzle', action: 'on' }, { output: 'light.red', action: 'off' });
    assert.deepEqual(
      [...emergencyOutputs(duties, nothing)],
      [
        ['fan.nozzle', 100],
        ['light.red', false],
      ],
    );
    assert.deepEqual(
      [...emergencyOutputs(withRules({ output: 'fan.nozzle', action: 'off' }), nothing)],
      [['fan.nozzle', 0]],
    );
  });

  it('keeps nothing that was never commanded, and no drive or heater whatever its sequence says', () => {
    const declared = withRules(
      { output: 'fan.nozzle', action: 'keep' },
      { output: 'motor.main.command', action: 'keep' },
      { output: 'heater.zone1.output', action: 'on' },
      { output: 'heater.contactor', action: 'on' },
      { output: 'motor.main.reset', action: 'on' },
    );
    assert.deepEqual([...emergencyOutputs(declared, nothing)], []);
    assert.deepEqual([...emergencyOutputs(declared, () => 500)], [['fan.nozzle', 500]]);
  });
});

describe('the outputs with which the server leaves the machine', () => {
  const present = new Map<string, number | boolean>([
    ['fan.nozzle', 100],
    ['motor.main.command', 300],
    ['heater.contactor', true],
    ['light.green', true],
  ]);

  it('are off, every one of them, but for what the emergency sequence keeps or switches on', () => {
    const safe = safeOutputs(machine, present);
    const outputs = [...machine.signals.values()].filter(({ direction }) => direction === 'output');
    assert.deepEqual([...safe.keys()].toSorted(), outputs.map(({ id }) => id).toSorted());
    for (const { id, type } of outputs) {
      const held: unknown = { 'fan.on': true, 'pump.on': true, 'fan.nozzle': 100 }[id];
      assert.equal(safe.get(id), held ?? (type === 'Boolean' ? false : 0), id);
    }
  });

  it('are the same before anything was commanded, but for what would be kept', () => {
    const safe = safeOutputs(machine, new Map());
    assert.deepEqual([safe.get('fan.on'), safe.get('pump.on'), safe.get('fan.nozzle')], [true, true, 0]);
  });
});
