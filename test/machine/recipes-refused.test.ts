import assert from 'node:assert/strict';

import { previewRecipe } from '../../machine/recipes/judge-recipe.ts';
import { accepted, factory, idle, inForce, load, main, pet, recipe, running, soft, zone1 } from './recipe-bench.ts';
import { codes, engineer, reasonsOf, Rig } from './rig.ts';

describe('a recipe that the machine can not take now', () => {
  it('waits while the machine starts or stops, and while a trip is latched', () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'start' });
    const seen = new Map<string, string[]>();
    const tryNow = (): void => void seen.set(rig.state, codes(load(rig, recipe())));
    tryNow();
    rig.until(() => rig.state === 'RUNNING', 30);
    tryNow();
    rig.ask({ name: 'stop' });
    tryNow();
    rig.until(() => rig.state === 'READY', 60);
    tryNow();
    rig.ask({ name: 'emergencyStop' });
    tryNow();
    assert.deepEqual(
      [...seen],
      [
        ['STARTING', ['WRONG_STATE']],
        ['RUNNING', []],
        ['STOPPING', ['WRONG_STATE']],
        ['READY', []],
        ['ALARM', ['WRONG_STATE']],
      ],
    );
  });

  it('is refused in RUNNING when it would move a limit, naming which and both numbers', () => {
    const rig = running();
    const outcome = load(rig, recipe({ zone1: { minimumC: 160 } }, { feed: { maximumRpm: 300 } }));
    assert.equal(!outcome.accepted && outcome.kind, 'state');
    assert.deepEqual(
      reasonsOf(outcome).map(({ code, actual, required, unit }) => [code, actual, required, unit]),
      [
        ['LIMITS_FIXED_WHILE_RUNNING', 160, 170, '°C'],
        ['LIMITS_FIXED_WHILE_RUNNING', 300, 600, 'rpm'],
      ],
    );
    assert.match(reasonsOf(outcome)[0]?.text ?? '', /Minimum of Barrel zone 1 .*170 to 160 °C/u);
  });

  it('is refused in RUNNING too when it only forgets a limit that the recipe before had moved', () => {
    const rig = new Rig().toReady();
    accepted(load(rig, soft));
    rig.ask({ name: 'start' });
    rig.until(() => rig.state === 'RUNNING', 30);
    const outcome = load(rig, recipe({ zone1: { setpointC: 205 } }, {}, 'other'));
    assert.deepEqual(codes(outcome), ['LIMITS_FIXED_WHILE_RUNNING', 'LIMITS_FIXED_WHILE_RUNNING']);
    assert.deepEqual([rig.last.status.recipe, rig.core.zones()[0]?.minimumC], ['LDPE', 120]);
    accepted(load(rig, { ...soft, zones: { ...soft.zones, zone1: { minimumC: 120, setpointC: 205 } } }));
  });

  it('changes setpoints, speeds and gains in RUNNING, by the rules of single writes', () => {
    const rig = running();
    accepted(
      load(rig, recipe({ zone1: { setpointC: 205, gains: { kp: 4, ki: 0.1, kd: 10 } } }, { main: { speedRpm: 350 } })),
    );
    rig.run(5);
    assert.equal(rig.output('motor.main.command'), 350);
    assert.deepEqual(
      reasonsOf(load(rig, zone1({ setpointC: 0 }))).map(({ code, actual, required }) => [code, actual, required]),
      [['SETPOINT_BELOW_MINIMUM', 0, 180]],
    );
    accepted(load(rig, zone1({ setpointC: 180 })));
  });

  it('gives a turning drive no speed but 0 while a temperature is not known', () => {
    const rig = running();
    rig.injected.set('temperature.zone1', 'BadDeviceFailure');
    rig.scan();
    assert.deepEqual(codes(load(rig, recipe({}, { feed: { speedRpm: 200 } }))), ['TEMP_DATA_STALE']);
    accepted(load(rig, recipe({ zone2: { setpointC: 200 } }, { feed: { speedRpm: 0 } })));
  });

  for (const [signal, expected] of [
    ['temperature.zone2', ['TEMP_DATA_STALE']],
    ['temperature.motor', ['TEMP_DATA_STALE']],
    ['temperature.feed', []],
  ] as const) {
    it(`with ${signal} unknown gives a turning drive ${expected.length > 0 ? 'no' : 'its'} speed, as a single write does`, () => {
      const rig = running();
      rig.injected.set(signal, 'BadDeviceFailure');
      rig.scan();
      assert.deepEqual(codes(rig.write('motor.feed.setpoint', 150)), expected);
      assert.deepEqual(codes(load(rig, recipe({}, { feed: { speedRpm: 200 } }))), expected);
    });
  }

  it('sets the speed of a standing drive whatever is known', () => {
    const rig = new Rig().toReady();
    rig.injected.set('temperature.motor', 'BadDeviceFailure');
    rig.scan();
    assert.equal(rig.state, 'READY');
    accepted(load(rig, recipe({}, { feed: { speedRpm: 200 } })));
  });

  it('lets no screw stand while it is fed: the main drive is not set to 0 while the machine runs', () => {
    const rig = new Rig().toRunning();
    const still = (drive: string) => rig.ask({ name: 'loadRecipe', recipe: recipe({}, { [drive]: { speedRpm: 0 } }) });
    assert.deepEqual(codes(still('main')), ['NO_SPEED_SETPOINT']);
    assert.equal(still('feed').accepted, true);
  });

  it('waits for a tuning, or the test of a zone', () => {
    const rig = idle();
    const busy = { ...inForce(rig), busy: 'tuning' as const };
    assert.deepEqual(
      previewRecipe(factory, pet, busy).reasons.map(({ code }) => code),
      ['AUTOTUNE_ACTIVE'],
    );
    const tuned = new Rig().toReady();
    assert.equal(tuned.ask({ name: 'tune', zone: 'zone1', setpointC: 200 }, engineer).accepted, true);
    assert.deepEqual(codes(tuned.ask({ name: 'loadRecipe', recipe: pet })), ['AUTOTUNE_ACTIVE']);
    tuned.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    const cool = new Rig();
    for (const zone of ['zone1', 'zone2']) cool.write(`heater.${zone}.setpoint`, 200);
    cool.run(1);
    cool.ask({ name: 'heat', on: true });
    cool.run(3);
    assert.equal(cool.ask({ name: 'testZone', zone: 'zone1' }, engineer).accepted, true);
    assert.deepEqual(codes(cool.ask({ name: 'loadRecipe', recipe: pet })), ['ZONE_TEST_ACTIVE']);
    cool.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.equal(cool.core.zones()[0]?.test?.verdict, 'aborted');
    assert.equal(cool.ask({ name: 'loadRecipe', recipe: pet }).accepted, true);
    assert.equal(tuned.ask({ name: 'loadRecipe', recipe: pet }).accepted, true);
  });

  it('moves no limit while a drive is jogged in MANUAL, and does at standstill', () => {
    const rig = idle({ temperatureC: 200 });
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    const jog = { action: { name: 'write', signal: 'motor.main.command', value: 100 } as const, by: engineer };
    rig.scan(jog);
    rig.scan();
    rig.scan(jog);
    assert.deepEqual(codes(load(rig, recipe({ zone1: { minimumC: 150 } }))), ['LIMITS_FIXED_WHILE_RUNNING']);
    rig.until(() => rig.sample('motor.main.running').value === false, 10);
    accepted(load(rig, recipe({ zone1: { minimumC: 150 } })));
  });

  for (const [speedRpm, expected] of [
    [800, []],
    [800.1, ['SPEED_ABOVE_MAXIMUM']],
  ] as const) {
    it(`with a maximum of 800 rpm and no speed finds the drive set to ${speedRpm} rpm: ${expected.join() || 'taken'}`, () => {
      const rig = idle();
      rig.write('motor.main.setpoint', speedRpm);
      const outcome = load(rig, main({ maximumRpm: 800 }));
      assert.deepEqual(
        reasonsOf(outcome).map(({ code, actual, required }) => [code, actual, required]),
        expected.map((code) => [code, speedRpm, 800]),
      );
      accepted(load(rig, main({ maximumRpm: 800, speedRpm: 700 })));
    });
  }

  for (const [setpointC, expected] of [
    [200, []],
    [199.9, ['SETPOINT_BELOW_MINIMUM']],
    [0, []],
  ] as const) {
    it(`with a minimum of 190 °C and no setpoint finds the zone set to ${setpointC} °C: ${expected.join() || 'taken'}`, () => {
      const rig = idle();
      rig.write('heater.zone1.setpoint', setpointC);
      const outcome = load(rig, zone1({ minimumC: 190 }));
      assert.deepEqual(
        reasonsOf(outcome).map(({ code, actual, required }) => [code, actual, required]),
        expected.map((code) => [code, setpointC, 200]),
      );
    });
  }

  it('does not mind a low setpoint that it neither names nor makes worse', () => {
    const rig = idle();
    rig.write('heater.zone1.setpoint', 100);
    accepted(load(rig, recipe({ zone2: { setpointC: 200 } }, { main: { speedRpm: 300 } })));
    assert.equal(rig.sample('heater.zone1.setpoint').value, 100);
  });

  it('is refused when the minimum goes back up over a setpoint that only the recipe before allowed', () => {
    const rig = idle();
    accepted(load(rig, zone1({ minimumC: 120, setpointC: 140 })));
    const outcome = load(rig, recipe({}, { main: { speedRpm: 300 } }, 'other'));
    assert.deepEqual(codes(outcome), ['SETPOINT_BELOW_MINIMUM']);
    assert.equal(rig.core.zones()[0]?.minimumC, 120);
  });
});

/** The core that follows, with what this one left in its file. */
