import assert from 'node:assert/strict';

import { HeaterShortfall } from '../../machine/interlocks/heater-shortfall.ts';
import type { ZoneModel } from '../../machine/model/zone-model.ts';
import { factoryMachine } from './factory.ts';
import { GuardBench } from './guard-bench.ts';

/** The window is judged in two halves of 20 s. */
const windowSeconds = 40;
const share = 0.3;
const leastApartK = 2;
/** Less than this is no difference of temperatures, in K. */
const hairK = 1e-6;

/** Zone 1 as it is configured, and one that was learnt well within the bounds of 1.6 times as much or little. */
const nominal = { gainKPerPercent: 3, timeConstantSeconds: 400, deadTimeSeconds: 8, ambientC: 23, liftKPerK: [0.1] };
const learnt = { gainKPerPercent: 2.8, timeConstantSeconds: 420, deadTimeSeconds: 10, ambientC: 25, liftKPerK: [0.2] };
const weak = { ...nominal, gainKPerPercent: 2 };
const strong = { ...nominal, gainKPerPercent: 4.5 };
const slow = { ...nominal, timeConstantSeconds: 600 };
const quick = { ...nominal, timeConstantSeconds: 280 };

interface Scene {
  /** In force in place of the nominal one. */
  readonly model?: ZoneModel;
  /** Of zone 1, for long. */
  readonly dutyPercent: number;
  readonly neighbourC?: number;
}

interface Watched {
  readonly made: GuardBench;
  readonly shortfall: HeaterShortfall;
}

function watched({ model, dutyPercent, neighbourC = 23 }: Scene, leastK = leastApartK): Watched {
  const made = new GuardBench({ ...factoryMachine(), scanPeriodMs: 1_000 });
  const zone = made.zone('zone1');
  if (model !== undefined) zone.model = model;
  zone.dutyPercent = dutyPercent;
  made.reads.set('temperature.zone2', neighbourC);
  return { made, shortfall: new HeaterShortfall(zone, windowSeconds, share, leastK) };
}

/** Zone 1 reads the three when the window begins, in its middle, and now. */
function reads({ made }: Watched, startC: number, middleC: number, nowC: number): void {
  made.reads.set('temperature.zone1', startC);
  made.run(80);
  made.run(19);
  made.reads.set('temperature.zone1', middleC);
  made.run(20);
  made.reads.set('temperature.zone1', nowC);
  made.run(1);
}

function after(scene: Scene, startC: number, middleC: number, nowC: number): HeaterShortfall {
  const made = watched(scene);
  reads(made, startC, middleC, nowC);
  return made.shortfall;
}

/** Share of its way that a zone comes in 20 s. */
const comes = (timeConstantSeconds: number): number => 1 - Math.exp(-20 / timeConstantSeconds);

/** What must be between a failed heater and the weakest sound one. */
const between = (failedK: number, weakestK: number): number => failedK + share * (weakestK - failedK);

function near(actual: number, expected: number): void {
  assert.ok(Math.abs(actual - expected) < hairK, `${actual} K, where it should be ${expected} K`);
}

describe('what a sound heater makes at least of its zone in half the window', () => {
  // nominal: 1 % lifts by 3 K / 1.6 at least, within 400 s × 1.6 on the way up and 400 s / 1.6 on the way down
  for (const [what, scene, fromC, leastK] of [
    ['cold', { dutyPercent: 80 }, 23, between(0, 150 * comes(640))],
    [
      'falling to where a sound one holds it',
      { dutyPercent: 50 },
      173,
      between(-150 * comes(400), -56.25 * comes(250)),
    ],
    ['hot, where a sound one lets it rise', { dutyPercent: 80 }, 103, between(0, 70 * comes(640))],
    ['hot, where standing still is too near', { dutyPercent: 80 }, 113, between(-90 * comes(400), 60 * comes(640))],
    [
      'where its neighbour would lift it anyway',
      { dutyPercent: 80, neighbourC: 223 },
      23,
      between(20 * comes(400), 170 * comes(640)),
    ],
    [
      'where its neighbour holds it up as it falls',
      { dutyPercent: 50, neighbourC: 223 },
      193,
      between(-150 * comes(400), -56.25 * comes(250)),
    ],
    // learnt: a quarter off the model at most
    ['cold, by what was learnt', { model: learnt, dutyPercent: 80 }, 25, between(0, 179.2 * comes(525))],
    ['hot, by what was learnt', { model: learnt, dutyPercent: 50 }, 185, between(-160 * comes(420), -48 * comes(336))],
    [
      'beside a hot neighbour, by what was learnt',
      { model: learnt, dutyPercent: 80, neighbourC: 123 },
      25,
      between(20 * comes(420), 199.2 * comes(525)),
    ],
    // whatever was learnt, no heater of this kind is beyond the bounds
    ['with a heater that was learnt as weak', { model: weak, dutyPercent: 80 }, 23, between(0, 150 * comes(500))],
    ['with a heater that was learnt as slow', { model: slow, dutyPercent: 80 }, 23, between(0, 192 * comes(640))],
    [
      'hot, with a heater that was learnt as quick',
      { model: quick, dutyPercent: 50 },
      173,
      between(-150 * comes(280), -30 * comes(250)),
    ],
  ] as const) {
    it(`is known ${what}`, () => {
      near(after(scene, fromC, fromC, fromC).leastK, 2 * leastK);
    });

    it(`is to be reached in the first half, ${what}`, () => {
      for (const [offK, short] of [
        [-hairK, true],
        [hairK, false],
      ] as const) {
        const middleC = fromC + leastK + offK;
        assert.equal(after(scene, fromC, middleC, middleC - 30).isShort, short, `${offK} K`);
      }
    });

    it(`is to be reached in the second half, ${what}`, () => {
      for (const [offK, short] of [
        [-hairK, true],
        [hairK, false],
      ] as const) {
        assert.equal(after(scene, fromC + 30, fromC, fromC + leastK + offK).isShort, short, `${offK} K`);
      }
    });
  }

  for (const [what, scene, fromC] of [
    ['a duty that gives less than 2 K, however hot its neighbour', { dutyPercent: 34, neighbourC: 323 }, 23],
    ['no duty, where its neighbour lifts it', { dutyPercent: 0, neighbourC: 323 }, 23],
    ['a zone so hot that a sound heater might let it fall as quickly', { dutyPercent: 50 }, 273],
  ] as const) {
    it(`can't be told from ${what}`, () => {
      const shortfall = after(scene, fromC, fromC, fromC - 40);
      assert.equal(shortfall.leastK, Number.NaN);
      assert.equal(shortfall.isShort, false);
    });
  }

  it('can be told from a duty that gives a little more than 2 K', () => {
    near(after({ dutyPercent: 35 }, 23, 23, 23).leastK, 2 * between(0, 65.625 * comes(640)));
  });

  it('can be told from exactly what must be between the two, not from less', () => {
    const givesK = 150 * comes(640);
    for (const neighbourC of [23, 323]) {
      for (const [apartK, told] of [
        [givesK, true],
        [givesK + hairK, false],
      ] as const) {
        const zone = watched({ dutyPercent: 80, neighbourC }, apartK);
        reads(zone, 23, 23, 23);
        assert.equal(Number.isFinite(zone.shortfall.leastK), told, `beside ${neighbourC} °C, ${apartK} K`);
      }
    }
  });

  it("can't be told before the readings reach back over the whole window", () => {
    const zone = watched({ dutyPercent: 80 });
    const { made, shortfall } = zone;
    made.run(60);
    made.reads.set('temperature.zone1', 'BadDeviceFailure');
    made.run(1);
    made.reads.set('temperature.zone1', 23);
    const seconds = made.secondsUntil(() => shortfall.isShort, 100);
    assert.equal(seconds, windowSeconds);
    assert.ok(shortfall.leastK > 0);
    const early = watched({ dutyPercent: 80 });
    early.made.run(30);
    assert.equal(early.shortfall.leastK, Number.NaN);
    assert.equal(early.shortfall.isOver, false);
  });

  it('is enough when it is met exactly', () => {
    const zone = watched({ dutyPercent: 80 });
    reads(zone, 0, 0, 0);
    const leastK = zone.shortfall.leastK / 2;
    assert.equal(zone.shortfall.isShort, true);
    zone.made.reads.set('temperature.zone1', leastK);
    zone.made.run(1);
    assert.equal(zone.shortfall.isShort, false);
    zone.made.reads.set('temperature.zone1', 0);
    // until that gain is all that the first half shows
    zone.made.run(20);
    assert.equal(zone.shortfall.isShort, false);
    zone.made.run(1);
    assert.equal(zone.shortfall.isShort, true);
  });
});

describe('the duty that arrived for certain', () => {
  // heaters of this kind answer within 20 s, zone 1 after 8 s
  for (const [what, fromPercent, toPercent, arrivedPercent] of [
    ['the latest that it may have risen', 40, 100, (70 + 40) / 2],
    ['the soonest that it may have fallen', 100, 40, (40 + 94) / 2],
  ] as const) {
    it(`counts from ${what}`, () => {
      const { made, shortfall } = watched({ dutyPercent: fromPercent });
      made.run(100);
      made.zone('zone1').dutyPercent = toPercent;
      made.run(30);
      near(shortfall.arrivedPercent, arrivedPercent);
    });
  }

  it('is what the least is told by, in each half', () => {
    const { made, shortfall } = watched({ dutyPercent: 40 });
    made.run(100);
    made.zone('zone1').dutyPercent = 100;
    made.run(30);
    const [first, second] = [1.875 * 40 * comes(640), 1.875 * 70 * comes(640)];
    near(shortfall.leastK, between(0, first) + between(0, second));
  });
});

describe('a zone that gains more than its own heater gives', () => {
  // nominal: 1 % lifts by 3 K × 1.6 at most, within 400 s / 1.6 on the way up and 400 s × 1.6 on the way down
  for (const [what, scene, fromC, mostK] of [
    ['cold without a duty', { dutyPercent: 0 }, 23, 2],
    ['cold at full duty', { dutyPercent: 100 }, 23, 2 + 480 * comes(250)],
    ['hot at a duty', { dutyPercent: 20 }, 103, 2 + 16 * comes(250)],
    ['hot without a duty', { dutyPercent: 0 }, 123, 2 - 100 * comes(640)],
    ['beside a hot neighbour', { dutyPercent: 0, neighbourC: 223 }, 23, 2 + 20 * comes(250)],
    ['by what was learnt', { model: learnt, dutyPercent: 50 }, 25, 2 + 175 * comes(336)],
    ['hot, by what was learnt', { model: learnt, dutyPercent: 0 }, 125, 2 - 100 * comes(525)],
    ['with a heater learnt as strong', { model: strong, dutyPercent: 50 }, 23, 2 + 240 * comes(320)],
    ['with a heater learnt as quick', { model: quick, dutyPercent: 50 }, 23, 2 + 187.5 * comes(250)],
    ['hot, with a heater learnt as slow', { model: slow, dutyPercent: 0 }, 123, 2 - 100 * comes(640)],
  ] as const) {
    for (const [offK, over] of [
      [-hairK, false],
      [hairK, true],
    ] as const) {
      it(`is ${over ? '' : 'not '}told from a hair ${over ? 'more' : 'less'} than the most in the first half, ${what}`, () => {
        const middleC = fromC + mostK + offK;
        assert.equal(after(scene, fromC, middleC, middleC - 20).isOver, over);
      });

      it(`is ${over ? '' : 'not '}told from a hair ${over ? 'more' : 'less'} than the most in the second half, ${what}`, () => {
        assert.equal(after(scene, fromC + 20, fromC, fromC + mostK + offK).isOver, over);
      });
    }
  }

  it('is not told from exactly the most', () => {
    const mostK = 2 + 23 * comes(250);
    assert.equal(after({ dutyPercent: 0 }, 20, 0, mostK).isOver, false);
    assert.equal(after({ dutyPercent: 0 }, 0, mostK, 0).isOver, false);
    assert.equal(after({ dutyPercent: 0 }, 0, mostK + hairK, 0).isOver, true);
  });

  // 70 % and 40 % for certain, but it may have been all of 100 % and 46 %
  for (const [what, fromPercent, toPercent, firstPercent, secondPercent] of [
    ['soonest that it may have risen', 40, 100, 46, 100],
    ['latest that it may have fallen', 100, 40, 100, 70],
  ] as const) {
    it(`is told by the ${what}`, () => {
      for (const [half, percent] of [
        ['first', firstPercent],
        ['second', secondPercent],
      ] as const) {
        const mostK = 2 + 4.8 * percent * comes(250);
        for (const offK of [-hairK, hairK]) {
          const { made, shortfall } = watched({ dutyPercent: fromPercent });
          const [startC, middleC, nowC] = half === 'first' ? [23, 23 + mostK + offK, 23] : [43, 23, 23 + mostK + offK];
          made.reads.set('temperature.zone1', startC);
          made.run(90);
          for (let second = 1; second <= 40; second++) {
            if (second === 11) made.zone('zone1').dutyPercent = toPercent;
            if (second === 20) made.reads.set('temperature.zone1', middleC);
            if (second === 40) made.reads.set('temperature.zone1', nowC);
            made.run(1);
          }
          assert.equal(shortfall.isOver, offK > 0, `${half} half, ${offK} K`);
        }
      }
    });
  }
});
