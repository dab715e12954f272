import assert from 'node:assert/strict';
import fc from 'fast-check';

import { Rig, type RigOptions } from './rig.ts';

const zones = ['zone1', 'zone2'] as const;

/** From cold to 200 °C in both zones, and 15 minutes on. @returns the highest overshoot of the true temperatures, in K */
function heatUp(rig: Rig): number {
  for (const zone of zones) rig.write(`heater.${zone}.setpoint`, 200);
  rig.run(1);
  rig.ask({ name: 'heat', on: true });
  rig.until(() => zones.every((zone) => rig.plant.trueC(zone) >= 199), 3_000);
  return furthestK(rig, 900, (errorK) => errorK);
}

/** @returns the largest of what `measure` makes of the true error of any zone over so many seconds */
function furthestK(rig: Rig, seconds: number, measure: (errorK: number) => number): number {
  let furthest = 0;
  const untilMs = rig.nowMs + seconds * 1_000;
  while (rig.nowMs < untilMs) {
    rig.scan();
    for (const zone of zones) furthest = Math.max(furthest, measure(rig.plant.trueC(zone) - 200));
  }
  return furthest;
}

/** Moves the true temperature of a zone. @returns how far it goes past the setpoint, and when it is back for good, in s */
function disturb(rig: Rig, zone: string, byK: number): { overshootK: number; backSeconds: number } {
  rig.plant.disturb(zone, byK);
  const sinceMs = rig.nowMs;
  let overshootK = 0;
  let backSeconds = 0;
  while (rig.nowMs < sinceMs + 900_000) {
    rig.scan();
    const errorK = rig.plant.trueC(zone) - 200;
    overshootK = Math.max(overshootK, -Math.sign(byK) * errorK);
    if (Math.abs(errorK) > 0.5) backSeconds = (rig.nowMs - sinceMs) / 1_000;
  }
  return { overshootK, backSeconds };
}

function cold(options: RigOptions = {}): Rig {
  return new Rig(options);
}

describe('the factory gains on the barrel, with 0.05 K of noise', () => {
  it('overshoot by less than 3 K from cold, and hold 200 °C within 0.5 K', () => {
    const rig = cold();
    const overshootK = heatUp(rig);
    assert.ok(overshootK < 3, `${overshootK} K`);
    const holdK = furthestK(rig, 1_800, Math.abs);
    assert.ok(holdK < 0.5, `${holdK} K`);
  });

  for (const zone of zones) {
    for (const byK of [-20, 20]) {
      it(`bring ${zone} back from ${byK} K off: at most 5 K too far, within 0.5 K after 4 min, and no alarm`, () => {
        const rig = cold();
        heatUp(rig);
        const { overshootK, backSeconds } = disturb(rig, zone, byK);
        assert.ok(overshootK <= 5, `${overshootK} K`);
        assert.ok(backSeconds <= 240, `${backSeconds} s`);
        assert.deepEqual(rig.standing(), []);
      });
    }
  }

  for (const loadK of [15, 40]) {
    it(`take a load that would cool the barrel by ${loadK} K with at most 2.5 K of sag, and recover in 4 min`, () => {
      const rig = new Rig().toRunning();
      rig.run(300);
      rig.plant.loadK = loadK;
      const sagK = furthestK(rig, 240, (errorK) => -errorK);
      assert.ok(sagK > 0.3 && sagK <= 2.5, `${sagK} K`);
      assert.ok(furthestK(rig, 600, Math.abs) < 0.5);
      rig.plant.loadK = 0;
      assert.ok(furthestK(rig, 240, (errorK) => errorK) <= 2.5);
      assert.ok(furthestK(rig, 600, Math.abs) < 0.5);
      assert.equal(rig.state, 'RUNNING');
    });
  }
});

/**
 * The factory gains are made for the factory barrel. Where the dead time is twice as long, full duty lasts for 19 s longer
 * than it should at up to 0.7 K/s, which costs up to 8 K after a disturbance of 20 K; in a barrel that is slow and weakly
 * heated the integral (Ti = 50 s) is early and takes 5 to 6 min to settle. Autotune finds better gains for those.
 */
describe('the factory gains on barrels that are not quite the factory’s', () => {
  const truths = fc.record({
    gainShare: fc.double({ min: 0.8, max: 1.2, noNaN: true }),
    timeShare: fc.double({ min: 0.7, max: 1.3, noNaN: true }),
    deadTimeShare: fc.double({ min: 0.5, max: 2, noNaN: true }),
    couplingShare: fc.double({ min: 0, max: 2, noNaN: true }),
  });
  const corners = [0.8, 1.2].flatMap((gainShare) =>
    [0.7, 1.3].flatMap((timeShare) =>
      [0.5, 2].map((deadTimeShare): [object] => {
        const couplingShare = deadTimeShare === 2 ? 0 : 2;
        return [{ gainShare, timeShare, deadTimeShare, couplingShare }];
      }),
    ),
  );

  it('overshoot by less than 3 K from cold and hold within 0.5 K; 20 K off are made good within 8 K and 7 min', () => {
    fc.assert(
      fc.property(truths, (truth) => {
        const rig = cold({ plant: truth });
        const overshootK = heatUp(rig);
        assert.ok(overshootK < 3, `overshoot ${overshootK} K`);
        const holdK = furthestK(rig, 600, Math.abs);
        assert.ok(holdK < 0.5, `holds ${holdK} K`);
        const { overshootK: pastK, backSeconds } = disturb(rig, 'zone1', 20);
        assert.ok(pastK <= 8 && backSeconds <= 420, `${pastK} K past, back after ${backSeconds} s`);
        assert.deepEqual(rig.standing(), []);
      }),
      { numRuns: 8 + corners.length, examples: corners as never },
    );
  });
});
