import assert from 'node:assert/strict';

import { driven, machineOf, reading1, reading2, suspected, watched } from './swap-bench.ts';

describe('how quick a zone is', () => {
  /** At full duty, K/s. */
  const fullKPerS = 6.25;
  /** By the squares: from this share of what the model says a zone follows the other's duty, if the other zone surely does. */
  const followsShare = 1 / (1 + Math.sqrt(0.7));

  /**
   * Both zones have `percent` for `alikeSeconds`, and each comes by `kPerS` in that time; their heat arrives within a
   * second. Then zone 1 alone has 100 %, and zone 2 follows that by `zone2K` in a second, zone 1 its own by `zone1K`.
   */
  const isSuspected = (
    percent: number,
    alikeSeconds: number,
    kPerS: number,
    zone1K: number,
    zone2K: number,
  ): boolean => {
    const zones = [driven(fullKPerS / 100, 1), driven(fullKPerS / 100, 1)];
    const scene = watched(machineOf({ swappedSeconds: 3, zones }));
    const { made } = scene;
    const startC = kPerS < 0 ? 200 : 23;
    for (const zone of made.equipment.zones) zone.dutyPercent = percent;
    made.secondsUntil(
      () => false,
      alikeSeconds - 1,
      (seconds) => {
        for (const reading of [reading1, reading2]) made.reads.set(reading, startC + kPerS * seconds);
      },
    );
    made.zone('zone1').dutyPercent = 100;
    made.zone('zone2').dutyPercent = 0;
    const nowC = startC + kPerS * alikeSeconds;
    for (const [one, two] of [
      [nowC, nowC],
      [nowC + zone1K, nowC + zone2K],
    ] as const) {
      made.reads.set(reading1, one);
      made.reads.set(reading2, two);
      made.scan();
    }
    return suspected(scene);
  };

  // 50 % should make 3.125 K/s of a zone, 10 % are the least that tell anything
  for (const [percent, alikeSeconds, kPerS, pace, why] of [
    [50, 30, 3.125, 1, 'as the model says'],
    [50, 30, 4.6875, 1.5, 'half as quick again'],
    [50, 30, 5, 1.6, 'as quick as may be'],
    [50, 30, 6.25, 1.6, 'quicker than may be'],
    [50, 30, 2.5, 0.8, 'a little slow'],
    [50, 30, 1.875, 0.625, 'slower than may be'],
    [50, 30, 0, 0.625, 'still'],
    [50, 30, -1, 0.625, 'falling'],
    [50, 20, 4.6875, 1.5, 'quick for the 20 s that tell'],
    [50, 19, 4.6875, 1, 'quick for less than 20 s'],
    [10, 30, 0.9375, 1.5, 'quick at a duty that tells just enough'],
    [9.9, 30, 0.9375, 1, 'quick at a duty that tells too little'],
    [0, 30, 0.9375, 1, 'rising without a duty'],
  ] as const) {
    for (const [offK, suspects] of [
      [-0.01, false],
      [0.01, true],
    ] as const) {
      it(`counts in what it makes of the other's duty: ${why}, it ${suspects ? 'follows' : 'does not follow'} that by a hair`, () => {
        const followsK = fullKPerS * pace * followsShare + offK;
        assert.equal(isSuspected(percent, alikeSeconds, kPerS, 0, followsK), suspects);
      });

      it(`counts in what it makes of its own duty: ${why}, it ${suspects ? 'does not follow' : 'follows'} that by a hair`, () => {
        const followsK = fullKPerS * pace * (1 - followsShare) - offK;
        assert.equal(isSuspected(percent, alikeSeconds, kPerS, followsK, fullKPerS * pace), suspects);
      });
    }
  }

  it('is what it was before the duties differed, also when they are looked at anew', () => {
    const pace = 1.6;
    for (const [zone2K, suspects] of [
      [fullKPerS * pace * followsShare - 0.01, false],
      [fullKPerS * pace * followsShare + 0.01, true],
    ] as const) {
      const scene = watched(
        machineOf({ swappedSeconds: 3, zones: [driven(fullKPerS / 100, 1), driven(fullKPerS / 100, 1)] }),
      );
      const { made } = scene;
      for (const zone of made.equipment.zones) zone.dutyPercent = 50;
      made.secondsUntil(
        () => false,
        29,
        (seconds) => {
          for (const reading of [reading1, reading2]) made.reads.set(reading, 23 + 5 * seconds);
        },
      );
      made.zone('zone1').dutyPercent = 100;
      made.zone('zone2').dutyPercent = 0;
      const nowC = 23 + 5 * 30;
      for (const reading of [reading1, reading2]) made.reads.set(reading, nowC);
      // both stand still from now on for the time, and for the scan with which it begins anew
      made.run(5);
      made.reads.set(reading2, nowC + zone2K);
      made.scan();
      assert.equal(suspected(scene), suspects, `${zone2K} K`);
    }
  });
});
