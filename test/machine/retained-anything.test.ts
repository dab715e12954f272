import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { RetainedState } from '../../machine/core.ts';
import { codes, reasonsOf, Rig } from './rig.ts';

const sound = new Rig().core.retained();
const zone1 = { gains: { kp: 4, ki: 0.05, kd: 20 }, from: 'tuning', configured: { kp: 5, ki: 0.1, kd: 10 } };
const pet = { name: 'PET', version: 1, zones: { zone1: { gains: { kp: 4, ki: 0.05, kd: 20 } } }, drives: {} };

/** A core that finds what a disk has kept, heats, and is looked at. */
function heatsSoundlyWith(kept: unknown): Rig {
  const rig = new Rig({ retained: { ...sound, ...(kept as Partial<RetainedState>) } });
  for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 200);
  rig.run(1);
  rig.ask({ name: 'heat', on: true });
  for (let scan = 0; scan < 40; scan++) {
    rig.scan();
    for (const zone of ['zone1', 'zone2']) {
      const duty = rig.output(`heater.${zone}.output`);
      assert.ok(typeof duty === 'number' && duty >= 0 && duty <= 100, `${zone} at ${duty} %`);
    }
  }
  return rig;
}

describe('what a disk has kept may be anything', () => {
  for (const [what, kept] of [
    ['gains without the configured ones', { gains: { zone1: { gains: zone1.gains, from: 'tuning' } } }],
    ['gains beyond every limit', { gains: { zone1: { ...zone1, gains: { kp: 1e6, ki: 0, kd: 0 } } } }],
    ['gains that are none', { gains: { zone1: { ...zone1, gains: { ki: 0.1, kd: 1 } } } }],
    ['gains from nowhere', { gains: { zone1: { ...zone1, from: 'hearsay' } } }],
    ['gains of a recipe that is not there', { gains: { zone1: { ...zone1, from: 'recipe' } } }],
    ['a recipe without zones', { recipe: { recipe: { name: 'PET', version: 1 }, gains: {} } }],
    ['a recipe with a zone that is nothing', { recipe: { recipe: { ...pet, zones: { zone1: null } }, gains: {} } }],
    ['a recipe without gains of its own', { recipe: { recipe: pet } }],
  ] as const) {
    it(`${what}: the configuration holds`, () => {
      const rig = heatsSoundlyWith(kept);
      const [zone] = rig.core.zones();
      assert.deepEqual([zone?.gains, zone?.gainsFrom], [zone?.configuredGains, 'configuration']);
      assert.equal(rig.last.status.recipe, null);
    });
  }

  it('gains beneath a recipe that are none are not put in force when it goes', () => {
    const gains = { zone1: { ...zone1, from: 'recipe', gains: pet.zones.zone1.gains } };
    const rig = heatsSoundlyWith({ gains, recipe: { recipe: pet, gains: { zone1: { ki: 1, kd: 1 } } } });
    assert.equal(rig.core.zones()[0]?.gainsFrom, 'recipe');
    rig.ask({ name: 'loadRecipe', recipe: { name: 'PE', version: 1, zones: {}, drives: {} } });
    assert.equal(rig.core.zones()[0]?.gainsFrom, 'configuration');
  });

  it('a recipe that can not be read any more is told to the audit', () => {
    const rig = new Rig({ retained: { ...sound, recipe: { recipe: 'PET' } } as unknown as RetainedState });
    const told = rig.outcomes.find(({ command }) => command.principal.kind === 'system');
    assert.deepEqual(told && codes(told.outcome), ['RECIPE_UNREADABLE']);
    assert.match(told === undefined ? '' : (reasonsOf(told.outcome)[0]?.text ?? ''), /Load it again/);
  });

  it('whatever stands where gains and recipe should be, the core begins and its duties are duties', () => {
    const anything = fc.anything({ maxDepth: 3, withNullPrototype: false });
    const kept = fc.oneof(
      fc.record({ gains: fc.record({ zone1: anything, zone2: anything }, { requiredKeys: [] }) }),
      fc.record({ recipe: fc.oneof(anything, fc.record({ recipe: anything, gains: anything })) }),
    );
    fc.assert(
      fc.property(kept, (each) => void heatsSoundlyWith(each)),
      { numRuns: 300 },
    );
  });
});
