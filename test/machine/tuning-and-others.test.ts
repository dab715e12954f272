import assert from 'node:assert/strict';

import type { Recipe } from '../../machine/recipes/recipe.ts';
import { codes, engineer, Rig } from './rig.ts';

const withGains: Recipe = {
  name: 'PET',
  version: 1,
  zones: { zone1: { gains: { kp: 4, ki: 0.05, kd: 20 } } },
  drives: {},
};
const plain: Recipe = { name: 'PE', version: 1, zones: {}, drives: {} };

const tune = { name: 'tune', zone: 'zone1', setpointC: 200 } as const;

function phase(rig: Rig): string | undefined {
  return rig.core.zones()[0]?.tuning.test?.phase;
}

/** Zone 1 with tuned gains in force, which are watched. */
function applied(): Rig {
  const rig = new Rig().toReady();
  assert.equal(rig.ask(tune, engineer).accepted, true);
  rig.until(() => phase(rig) === 'done', 1_200);
  assert.equal(rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer).accepted, true);
  return rig;
}

const gains = (rig: Rig) => rig.core.zones()[0]?.gains;
const from = (rig: Rig) => rig.core.zones()[0]?.gainsFrom;

describe('a zone that is tuned', () => {
  for (const reached of ['approach', 'settle', 'relay']) {
    it(`lets no other zone be tested while it is in ${reached}`, () => {
      const rig = reached === 'approach' ? new Rig({ temperatureC: 100 }) : new Rig();
      if (reached === 'approach') {
        for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 200);
        rig.run(1);
        rig.ask({ name: 'heat', on: true });
        rig.run(3);
      } else rig.toReady();
      assert.equal(rig.ask(tune, engineer).accepted, true);
      rig.until(() => phase(rig) === reached, 600);
      assert.ok(codes(rig.ask({ name: 'testZone', zone: 'zone2' }, engineer)).includes('AUTOTUNE_ACTIVE'));
      assert.equal(phase(rig), reached);
    });
  }
});

describe('a zone that is tested', () => {
  it('is not tuned meanwhile, and its test ends by the same command as a tuning', () => {
    const rig = new Rig();
    for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 200);
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    rig.run(3);
    assert.equal(rig.ask({ name: 'testZone', zone: 'zone1' }, engineer).accepted, true);
    assert.ok(codes(rig.ask(tune, engineer)).includes('ZONE_TEST_ACTIVE'));
    const abort = rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.ok(abort.accepted && /test of the zone is over/.test(abort.note ?? ''));
    assert.equal(rig.core.zones()[0]?.test?.verdict, 'aborted');
    rig.run(5);
    assert.equal(rig.output('heater.zone2.output'), 100);
  });
});

describe('gains from a tuning, and recipes', () => {
  it('on probation do not come back once a recipe has taken their place', () => {
    const rig = applied();
    rig.run(60);
    assert.equal(rig.ask({ name: 'loadRecipe', recipe: withGains }).accepted, true);
    rig.run(1);
    assert.equal(from(rig), 'recipe');
    assert.equal(rig.ask({ name: 'loadRecipe', recipe: plain }).accepted, true);
    assert.deepEqual([from(rig), gains(rig)], ['configuration', rig.core.zones()[0]?.configuredGains]);
  });

  it('that were kept come back, and go by the command that takes them back', () => {
    const rig = applied();
    const tuned = gains(rig);
    rig.until(() => rig.core.zones()[0]?.tuning.applied?.state === 'kept', 3_000);
    rig.ask({ name: 'loadRecipe', recipe: withGains });
    rig.run(1);
    rig.ask({ name: 'loadRecipe', recipe: plain });
    rig.run(1);
    assert.deepEqual([from(rig), gains(rig)], ['tuning', tuned]);
    assert.equal(rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer).accepted, true);
    assert.deepEqual([from(rig), gains(rig)], ['configuration', rig.core.zones()[0]?.configuredGains]);
  });

  it('of a second test are given up before those of the first are taken back', () => {
    const rig = applied();
    const first = gains(rig);
    assert.equal(rig.ask(tune, engineer).accepted, true);
    rig.until(() => phase(rig) === 'done', 1_200);
    const giveUp = rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.ok(giveUp.accepted && /last test is given up/.test(giveUp.note ?? ''));
    assert.deepEqual(gains(rig), first);
    rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.deepEqual(gains(rig), rig.core.zones()[0]?.configuredGains);
  });

  it('taken back under a recipe are not there when the recipe goes', () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'loadRecipe', recipe: withGains });
    rig.ask(tune, engineer);
    rig.until(() => phase(rig) === 'done', 1_200);
    rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer);
    rig.run(30);
    rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.deepEqual([from(rig), gains(rig)], ['recipe', withGains.zones['zone1']?.gains]);
    rig.ask({ name: 'loadRecipe', recipe: plain });
    assert.equal(from(rig), 'configuration');
  });
});
