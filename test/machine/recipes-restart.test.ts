import assert from 'node:assert/strict';

import { accepted, factory, idle, load, pet, recipe, settingsAndLimits, zone1 } from './recipe-bench.ts';
import { codes, Rig } from './rig.ts';

function restarted(rig: Rig, declaration = factory): Rig {
  const retained = JSON.parse(JSON.stringify(rig.core.retained())) as ReturnType<Rig['core']['retained']>;
  return idle({ retained, declaration });
}

describe('a loaded recipe over a restart', () => {
  it('is in force again, with its name, settings, limits and gains', () => {
    const rig = idle();
    accepted(load(rig, pet));
    const next = restarted(rig);
    assert.deepEqual(settingsAndLimits(next), settingsAndLimits(rig));
    assert.equal(next.last.status.recipeModified, false);
    assert.deepEqual(next.outcomes, []);
    accepted(load(next, recipe({}, {}, 'none')));
    assert.deepEqual(
      next.core.zones().map(({ gains, gainsFrom }) => [gains, gainsFrom]),
      factory.zones.map(({ pid: { kp, ki, kd } }) => [{ kp, ki, kd }, 'configuration']),
    );
  });

  it('stays modified when it was', () => {
    const rig = idle();
    accepted(load(rig, pet));
    rig.write('heater.zone1.setpoint', 245);
    assert.equal(restarted(rig).last.status.recipeModified, true);
  });

  it('is dropped when today’s configuration would refuse it: its limits go back, and the audit hears why', () => {
    const rig = idle();
    accepted(load(rig, pet));
    const [first, ...others] = factory.drives;
    assert.ok(first);
    const narrower = { ...factory, drives: [{ ...first, maximumRpm: 950 }, ...others] };
    const next = restarted(rig, narrower);
    assert.deepEqual([next.last.status.recipe, next.last.status.recipeVersion], [null, null]);
    assert.deepEqual(
      next.core.zones().map(({ minimumC, gainsFrom }) => [minimumC, gainsFrom]),
      [
        [170, 'configuration'],
        [170, 'configuration'],
      ],
    );
    assert.equal(next.core.drives()[0]?.maximumRpm, 950);
    const [told, ...more] = next.outcomes;
    assert.deepEqual(more, []);
    assert.deepEqual(
      [told?.command.action, told?.command.principal.name, told?.command.origin],
      [{ name: 'loadRecipe', recipe: pet }, 'system', 'system'],
    );
    assert.deepEqual(told && codes(told.outcome), ['OUT_OF_RANGE']);
    assert.equal(next.core.retained().recipe, null);
    assert.deepEqual(restarted(next, narrower).outcomes, [], 'told once');
  });

  it('gives way to the tuned gains that it had taken the place of, when it is dropped or another is loaded', () => {
    const rig = idle();
    accepted(load(rig, pet));
    const tuned = { kp: 7, ki: 0.2, kd: 30 };
    const kept = { ...rig.core.retained(), recipe: { recipe: pet, gains: { zone1: tuned } } };
    const next = idle({ retained: kept });
    assert.deepEqual(next.core.zones()[0]?.gains, pet.zones['zone1']?.gains);
    assert.deepEqual(next.core.zones()[0]?.ownGains, tuned);
    assert.deepEqual(next.core.retained().recipe, kept.recipe);
    accepted(load(next, recipe({ zone1: { setpointC: 250 } }, {}, 'PA')));
    assert.deepEqual([next.core.zones()[0]?.gains, next.core.zones()[0]?.gainsFrom], [tuned, 'tuning']);
    const unfit = { ...kept, recipe: { ...kept.recipe, recipe: zone1({ setpointC: 300 }) } };
    const dropped = idle({ retained: unfit });
    assert.deepEqual([dropped.core.zones()[0]?.gains, dropped.core.zones()[0]?.gainsFrom], [tuned, 'tuning']);
  });

  it('leaves a zone to gains that were tuned after it was loaded', () => {
    const rig = idle();
    accepted(load(rig, pet));
    const next = idle({ retained: { ...rig.core.retained(), recipe: { recipe: pet, gains: {} } } });
    assert.equal(next.core.zones()[0]?.gainsFrom, 'configuration');
    assert.deepEqual([next.last.status.recipe, next.last.status.recipeModified], ['PET', true]);
  });

  it('was none in a state that was kept before there were recipes', () => {
    const rig = idle();
    rig.write('heater.zone1.setpoint', 200);
    const { recipe: _recipe, ...older } = rig.core.retained();
    const next = idle({ retained: older });
    assert.equal(next.last.status.recipe, null);
    assert.equal(next.sample('heater.zone1.setpoint').value, 200);
  });
});
