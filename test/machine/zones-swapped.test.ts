import assert from 'node:assert/strict';

import type { GuardBench } from './guard-bench.ts';
import { alarm, machineOf, reading1, reading2, swapped, told, watched, withZone3 } from './swap-bench.ts';

/** The alarm of a swap has just come. */
function justTold(): GuardBench {
  const scene = watched();
  const follow = swapped(scene, [100, 0]);
  const seconds = scene.made.secondsUntil(() => scene.made.trips(alarm), 100, follow);
  assert.equal(seconds, 60);
  return scene.made;
}

describe('the alarm of zones that are swapped', () => {
  it('names both, and says what they do', () => {
    const occurrence = justTold().alarm(alarm);
    assert.equal(occurrence?.value, 'zone1, zone2');
    const says = 'Barrel zone 1 follows the heater duty of Barrel zone 2, and Barrel zone 2 that of Barrel zone 1.';
    assert.equal(occurrence.explanation, `${says} ${occurrence.response}`);
  });

  // the first has no duty and rises by 2 K/s, the second has all of it and stands still
  for (const [cold, hot, names] of [
    ['zone2', 'zone1', 'zone1, zone2'],
    ['zone3', 'zone1', 'zone1, zone3'],
    ['zone2', 'zone3', 'zone2, zone3'],
    ['zone3', 'zone2', 'zone2, zone3'],
  ] as const) {
    it(`names them in the order of the machine, as ${names}, when ${cold} follows ${hot}`, () => {
      const { made } = watched(withZone3(machineOf()));
      made.zone(hot).dutyPercent = 100;
      const { temperature } = made.zone(cold).declaration;
      const seconds = made.secondsUntil(
        () => made.trips(alarm),
        100,
        (passed) => made.reads.set(temperature, 23 + 2 * passed),
      );
      assert.equal(seconds, 60);
      assert.equal(made.alarm(alarm)?.value, names);
    });
  }

  for (const [bad, stays] of [
    [[], false],
    [[reading1], true],
    [[reading2], true],
    [[reading1, reading2], true],
  ] as const) {
    it(`is over when they do so no more, ${bad.length === 0 ? 'as far as they are known' : `not while ${bad.join(' and ')} is bad`}`, () => {
      const made = justTold();
      for (const { id } of made.declaration.zones) made.zone(id).dutyPercent = 0;
      for (const reading of bad) made.reads.set(reading, 'BadDeviceFailure');
      made.run(20);
      assert.equal(made.alarm(alarm)?.active, stays);
    });
  }

  it('is none of a machine with one zone', () => {
    const machine = machineOf();
    const alarms = machine.alarms.filter(({ id }) => id !== alarm);
    const scene = watched({ ...machine, alarms, zones: machine.zones.slice(0, 1) });
    scene.made.zone('zone1').dutyPercent = 100;
    scene.made.run(70);
    assert.deepEqual(told(scene), []);
  });
});
