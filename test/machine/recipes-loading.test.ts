import assert from 'node:assert/strict';

import { accepted, gains, idle, load, pet, recipe, settingsAndLimits, soft } from './recipe-bench.ts';
import { codes, engineer, observer, Rig } from './rig.ts';

describe('loading a recipe', () => {
  it('sets setpoints, speeds, limits and gains at once, and says what was loaded before and after', () => {
    const rig = idle();
    const outcome = load(rig, pet);
    assert.deepEqual(outcome, { ...outcome, accepted: true, before: null, after: 'PET 3' });
    assert.deepEqual(settingsAndLimits(rig), {
      settings: [250, 255, 900, 200],
      limits: [220, 170, 1_000, 600],
      gains: [
        { kp: 4, ki: 0.05, kd: 12, gainsFrom: 'recipe' },
        { kp: 5, ki: 0.1, kd: 10, gainsFrom: 'configuration' },
      ],
      recipe: ['PET', 3],
    });
    assert.equal(rig.last.retain, true);
    const { sourceTimeMs } = rig.sample('heater.zone1.setpoint');
    assert.equal(sourceTimeMs, rig.now.wallMs);
    const next = load(rig, { ...pet, version: 4 });
    assert.ok(next.accepted);
    assert.deepEqual([next.before, next.after], ['PET 3', 'PET 4']);
  });

  it('says what it overwrote, to the digit, and when it changed nothing', () => {
    const rig = idle();
    accepted(rig.ask({ name: 'write', signal: 'heater.zone1.setpoint', value: 200.5 }, engineer));
    const first = load(rig, pet);
    assert.ok(first.accepted);
    for (const change of [
      'Setpoint of Barrel zone 1 200.5 → 250 °C',
      'Minimum of Barrel zone 1 170 → 220 °C',
      'Gain ki of Barrel zone 1 0.1 → 0.05 %/(K·s)',
      'Speed of Main drive 0 → 900 rpm',
      'Maximum of Main drive 1500 → 1000 rpm',
    ]) {
      assert.ok(first.note?.includes(change), `${change}: ${first.note}`);
    }
    const again = load(rig, { ...pet, version: 4 });
    assert.equal(again.accepted && again.note, 'It changes nothing.');
  });

  it('is for operators, not for observers', () => {
    const rig = idle();
    assert.deepEqual(codes(load(rig, pet, observer)), ['NOT_PERMITTED']);
    accepted(load(rig, pet, engineer));
  });

  it('leaves the settings that it does not name, and takes back every limit and gain of the recipe before', () => {
    const rig = idle();
    accepted(load(rig, pet));
    accepted(load(rig, recipe({ zone2: { setpointC: 260 } }, {}, 'PA', 1)));
    assert.deepEqual(settingsAndLimits(rig), {
      settings: [250, 260, 900, 200],
      limits: [170, 170, 1_500, 600],
      gains: [
        { kp: 5, ki: 0.1, kd: 10, gainsFrom: 'configuration' },
        { kp: 5, ki: 0.1, kd: 10, gainsFrom: 'configuration' },
      ],
      recipe: ['PA', 1],
    });
  });

  it('that names nothing takes all limits back to the configuration', () => {
    const rig = idle();
    accepted(load(rig, pet));
    accepted(load(rig, recipe({}, {}, 'none')));
    assert.deepEqual(settingsAndLimits(rig), { ...settingsAndLimits(rig), limits: [170, 170, 1_500, 600] });
  });

  it('makes its limits those that the machine works by', () => {
    const rig = new Rig().toReady();
    accepted(load(rig, recipe({ zone1: { minimumC: 190, setpointC: 200 } }, { main: { maximumRpm: 400 } })));
    assert.deepEqual(codes(rig.write('motor.main.setpoint', 401)), ['OUT_OF_RANGE']);
    assert.equal(rig.write('motor.main.setpoint', 400).accepted, true);
    rig.injected.set('temperature.zone1', 189);
    rig.run(3);
    assert.ok(rig.blockers().includes('COLD_EXTRUSION'));
    assert.equal(codes(rig.ask({ name: 'start' })).includes('COLD_EXTRUSION'), true);
  });

  it('with a lower minimum lets the screw turn in a softer plastic, which the configuration alone would not', () => {
    const rig = idle({ temperatureC: 140 });
    accepted(load(rig, recipe({ zone1: { minimumC: 120, setpointC: 140 }, zone2: { minimumC: 120, setpointC: 140 } })));
    rig.write('motor.main.setpoint', 300);
    rig.ask({ name: 'heat', on: true });
    rig.until(() => rig.state === 'READY', 120);
    accepted(rig.ask({ name: 'start' }));
    rig.until(() => rig.state === 'RUNNING', 30);
    rig.run(10);
    assert.equal(rig.state, 'RUNNING');
  });

  it('is said to be modified once a setpoint or speed that it names is changed by hand, until it is set back', () => {
    const rig = idle();
    accepted(load(rig, recipe({ zone1: { setpointC: 200 } }, { main: { speedRpm: 500 } })));
    assert.equal(rig.last.status.recipeModified, false);
    rig.write('heater.zone2.setpoint', 190);
    assert.equal(rig.last.status.recipeModified, false, 'of zone 2 it says nothing');
    for (const [signal, other, back] of [
      ['heater.zone1.setpoint', 205, 200],
      ['motor.main.setpoint', 600, 500],
    ] as const) {
      rig.write(signal, other);
      assert.equal(rig.last.status.recipeModified, true, signal);
      rig.write(signal, back);
      assert.equal(rig.last.status.recipeModified, false, signal);
    }
  });

  it('tells of a change by hand, and of another version, although nothing else about the machine looks different', () => {
    const rig = idle();
    for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, 23);
    const first = recipe({}, { main: { speedRpm: 500 } });
    accepted(load(rig, first));
    rig.run(5);
    assert.equal(rig.last.statusChanged, false);
    rig.write('motor.main.setpoint', 600);
    assert.equal(rig.last.statusChanged, true);
    rig.write('motor.main.setpoint', 500);
    rig.scan();
    assert.equal(rig.last.statusChanged, false);
    accepted(load(rig, { ...first, version: 2 }));
    assert.deepEqual([rig.last.statusChanged, rig.last.status.recipeVersion], [true, 2]);
  });

  it('that moves nothing but a limit is kept too', () => {
    const rig = idle();
    for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, 23);
    rig.run(5);
    assert.equal(rig.last.retain, false);
    accepted(load(rig, soft));
    assert.equal(rig.last.retain, true);
  });

  it('with gains after one with gains leaves the zone’s own to come back to', () => {
    const rig = idle();
    accepted(load(rig, pet));
    accepted(load(rig, gains({ kp: 9 })));
    assert.deepEqual(rig.core.zones()[0]?.gains, { kp: 9, ki: 0.1, kd: 10 });
    accepted(load(rig, recipe({}, {}, 'none')));
    const { gains: own, gainsFrom } = rig.core.zones()[0] ?? assert.fail();
    assert.deepEqual([own, gainsFrom], [{ kp: 5, ki: 0.1, kd: 10 }, 'configuration']);
  });

  it('is possible in MANUAL, where settings are written too', () => {
    const rig = idle();
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    accepted(load(rig, pet));
    assert.equal(rig.last.status.mode, 'MANUAL');
  });
});
