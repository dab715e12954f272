import assert from 'node:assert/strict';

import { driven, machineOf, reading1, reading2, suspected, watched } from './swap-bench.ts';

/** After one second of 100 and 0 %, which drives a zone by 3 K. @returns whether a swap is suspected */
function betrays(zone1K: number, zone2K: number, machine = machineOf({ swappedSeconds: 3 })): boolean {
  const scene = watched(machine);
  scene.made.zone('zone1').dutyPercent = 100;
  scene.made.scan();
  scene.made.reads.set(reading1, 23 + zone1K);
  scene.made.reads.set(reading2, 23 + zone2K);
  scene.made.scan();
  return suspected(scene);
}

describe('the readings of a second', () => {
  // squares of what is off: by the other's duty zone 1 stays, by its own it rises by 3 K; zone 2 the other way round
  for (const [zone1K, zone2K, suspects, why] of [
    [0, 3, true, 'each does what the other should'],
    [1, 2, false, 'a quarter of the squares is left'],
    [0.999, 2, true, 'hardly less than a quarter is left'],
    [1, 2.001, true, 'hardly less than a quarter is left'],
    [1.001, 2, false, 'more than a quarter is left'],
    [0, 1.633, false, 'more than 0.7 are left of zone 2'],
    [0, 1.634, true, 'less than 0.7 are left of zone 2'],
    [1.367, 3, false, 'more than 0.7 are left of zone 1'],
    [1.366, 3, true, 'less than 0.7 are left of zone 1'],
    [0, 0, false, 'zone 2 stands still'],
    [3, 3, false, 'zone 1 follows its own'],
    [-1, 4, true, 'each is a little beyond'],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap when ${why}, at ${zone1K} and ${zone2K} K`, () => {
      assert.equal(betrays(zone1K, zone2K), suspects);
    });
  }

  for (const [kPerS, suspects] of [
    [1.999, false],
    [2, true],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap that the model sees by ${kPerS} K`, () => {
      for (const [zone1KPerS, zone2KPerS] of [
        [kPerS, 3],
        [3, kPerS],
      ] as const) {
        const zones = [driven(zone1KPerS / 100), driven(zone2KPerS / 100)];
        assert.equal(betrays(0, zone2KPerS, machineOf({ swappedSeconds: 3, zones })), suspects);
      }
    });
  }

  for (const [kPerS, suspects] of [
    [1.264, false],
    [1.265, true],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap by ${kPerS} and ${2 * kPerS} K in two, 2 K in the mean square`, () => {
      const zones = [driven(kPerS / 100), driven(kPerS / 100)];
      const scene = watched(machineOf({ swappedSeconds: 6, zones }));
      scene.made.zone('zone1').dutyPercent = 100;
      for (const seconds of [0, 1, 2]) {
        scene.made.reads.set(reading2, 23 + kPerS * seconds);
        scene.made.scan();
      }
      assert.equal(suspected(scene), suspects);
    });
  }

  for (const [lastK, suspects] of [
    [33, false],
    [33.1, true],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap when ${suspects ? 'less than' : 'just'} 0.7 of the squares are left of one zone`, () => {
      // zone 2 is off by 9, 4 and -1 K where it should rise by 3 K/s: 98 of 140 K²; zone 1 is beyond doubt
      const scene = watched(machineOf({ swappedSeconds: 9, zones: [driven(0.06), driven(0.03)] }));
      scene.made.zone('zone1').dutyPercent = 100;
      for (const zone2C of [23, 17, 25, lastK]) {
        assert.equal(suspected(scene), false);
        scene.made.reads.set(reading2, zone2C);
        scene.made.scan();
      }
      assert.equal(suspected(scene), suspects);
    });
  }

  // the heater of zone 1 has half the power of zone 2's: 100 % of it are 50 % of that one, and either is 3 K
  for (const [zone1Percent, zone2Percent, zone1K, zone2K, suspects] of [
    [0, 50, 3, 0, true],
    [0, 50, 1.64, 0, true],
    [0, 50, 1.63, 0, false],
    [100, 0, 0, 3, true],
    [100, 0, 0, 1.64, true],
    [100, 0, 0, 1.63, false],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap of unlike heaters by ${zone1K} and ${zone2K} K at ${zone1Percent} and ${zone2Percent} %`, () => {
      const zones = [
        { ...driven(0.03), nominalPowerW: 250 },
        { ...driven(0.06), nominalPowerW: 500 },
      ];
      const scene = watched(machineOf({ swappedSeconds: 3, zones }));
      scene.made.zone('zone1').dutyPercent = zone1Percent;
      scene.made.zone('zone2').dutyPercent = zone2Percent;
      scene.made.scan();
      scene.made.reads.set(reading1, 23 + zone1K);
      scene.made.reads.set(reading2, 23 + zone2K);
      scene.made.scan();
      assert.equal(suspected(scene), suspects);
    });
  }
});
