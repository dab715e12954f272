import assert from 'node:assert/strict';
import fc from 'fast-check';

import { Bank } from '../../machine/model/bank.ts';
import { bounded, deadTimes, isOnBound } from '../../machine/model/bounds.ts';
import { Contest, windowSeconds } from '../../machine/model/contest.ts';
import { DutyTrail } from '../../machine/model/duty-trail.ts';
import { Estimator, type Interval } from '../../machine/model/estimator.ts';
import type { ZoneModel } from '../../machine/model/zone-model.ts';

const nominal: ZoneModel = {
  gainKPerPercent: 3,
  timeConstantSeconds: 400,
  deadTimeSeconds: 8,
  ambientC: 23,
  liftKPerK: [0.1],
};

describe('the trail of duties', () => {
  it('gives the duty of any time ago, as it was in force', () => {
    const trail = new DutyTrail(60, 250);
    for (let scan = 0; scan <= 400; scan++) trail.push(scan * 250, scan <= 200 ? 0 : 80);
    // the duty changed at 50 s; now it is 100 s
    assert.equal(trail.meanPercent(0, 0.25), 80);
    assert.equal(trail.meanPercent(49, 0.25), 80);
    assert.equal(trail.meanPercent(50, 0.25), 0);
    assert.equal(trail.meanPercent(45, 10), 40);
    assert.equal(trail.meanPercent(0, 0), 0);
  });

  it('knows of no duty before it began, and of its oldest one beyond its reach', () => {
    const trail = new DutyTrail(10, 250);
    assert.equal(trail.meanPercent(0, 1), 0);
    for (let scan = 0; scan <= 20; scan++) trail.push(scan * 250, 50);
    assert.equal(trail.meanPercent(6, 1), 0);
    assert.equal(trail.meanPercent(0, 5), 50);
  });

  it('the mean is the mean of what was pushed, whatever the rhythm of the scans', () => {
    const scans = fc.array(
      fc.record({ ms: fc.integer({ min: 10, max: 400 }), duty: fc.integer({ min: 0, max: 100 }) }),
      { minLength: 30, maxLength: 300 },
    );
    fc.assert(
      fc.property(scans, fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 20 }), (pushed, ago, over) => {
        const trail = new DutyTrail(60, 100);
        let nowMs = 0;
        trail.push(nowMs, 0);
        const history: { fromMs: number; toMs: number; duty: number }[] = [];
        for (const { ms, duty } of pushed) {
          history.push({ fromMs: nowMs, toMs: nowMs + ms, duty });
          nowMs += ms;
          trail.push(nowMs, duty);
        }
        const endMs = nowMs - ago * 1_000;
        const beginMs = endMs - over * 1_000;
        // slots of a tenth of a second and 64 of them: what is older is not asked for here
        if (nowMs - beginMs > 6_000 || beginMs < 0) return;
        let integral = 0;
        for (const { fromMs, toMs, duty } of history) {
          integral += duty * Math.max(0, Math.min(toMs, endMs) - Math.max(fromMs, beginMs));
        }
        const smear = (100 * 2 * 400) / (over * 1_000);
        assert.ok(Math.abs(trail.meanPercent(ago, over) - integral / (over * 1_000)) <= smear);
      }),
      { numRuns: 300 },
    );
  });

  it('takes a bounded number of slots for the longest dead time at the shortest scan', () => {
    const trail = new DutyTrail(9_000, 50);
    for (let scan = 0; scan <= 200_000; scan++) trail.push(scan * 50, scan % 2 === 0 ? 100 : 0);
    assert.ok(Math.abs(trail.meanPercent(8_000, 100) - 50) < 1);
  });
});

const intervals: fc.Arbitrary<{ interval: Interval; duty: number }> = fc.record({
  interval: fc.record({
    seconds: fc.double({ min: 5, max: 60, noNaN: true }),
    changeK: fc.double({ min: -40, max: 40, noNaN: true }),
    excessKs: fc.double({ min: -500, max: 15_000, noNaN: true }),
    warmerExcessKs: fc.tuple(fc.double({ min: 0, max: 15_000, noNaN: true })),
  }),
  duty: fc.double({ min: 0, max: 6_000, noNaN: true }),
});

describe('the estimator', () => {
  it('stays within its bounds and never blows up, whatever it is shown', () => {
    fc.assert(
      fc.property(fc.array(intervals, { maxLength: 200 }), (shown) => {
        const estimator = new Estimator(nominal, 8);
        const before = estimator.variances();
        for (const { interval, duty } of shown) {
          estimator.learn(interval, duty, 0);
          for (const [place, variance] of estimator.variances().entries()) {
            assert.ok(variance >= 0 && variance <= (before[place] ?? 0) * (1 + 1e-9), `variance ${variance}`);
          }
        }
        const model = estimator.model();
        assert.deepEqual(bounded(model, nominal), model);
        for (const number of [model.gainKPerPercent, model.timeConstantSeconds, model.ambientC]) {
          assert.ok(Number.isFinite(number));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('does not drift while nothing moves, however long', () => {
    const estimator = new Estimator(nominal, 8);
    const steady = { seconds: 10, changeK: 0, excessKs: 1_770, warmerExcessKs: [1_770] };
    // 177 K above ambient, of which the neighbour gives a tenth
    const duty = ((177 - 17.7) / 3) * 10;
    for (let each = 0; each < 36_000; each++) {
      estimator.learn({ ...steady, changeK: each % 2 === 0 ? 0.05 : -0.05 }, duty, 0);
    }
    const { gainKPerPercent, timeConstantSeconds, ambientC } = estimator.model();
    assert.ok(Math.abs(gainKPerPercent - 3) < 0.1, `gain ${gainKPerPercent}`);
    assert.ok(Math.abs(timeConstantSeconds - 400) < 15, `time constant ${timeConstantSeconds}`);
    assert.ok(Math.abs(ambientC - 23) < 1, `ambient ${ambientC}`);
  });

  it('finds the model that made the data', () => {
    const estimator = new Estimator(nominal, 8);
    let [temperatureC, neighbourC] = [23, 23];
    for (let each = 0; each < 600; each++) {
      const duty = Math.floor(each / 20) % 2 === 0 ? 90 : 10;
      neighbourC += 10 * (((each % 37 < 18 ? 200 : 60) - neighbourC) / 300);
      let [excessKs, warmerExcessKs, changeK] = [0, 0, 0];
      for (let step = 0; step < 100; step++) {
        const rate = (25 + 3.6 * duty + 0.15 * (neighbourC - 23) - temperatureC) / 340;
        excessKs += 0.1 * (temperatureC + 0.05 * rate - 23);
        warmerExcessKs += 0.1 * (neighbourC - 23);
        temperatureC += 0.1 * rate;
        changeK += 0.1 * rate;
      }
      estimator.learn({ seconds: 10, changeK, excessKs, warmerExcessKs: [warmerExcessKs] }, duty * 10, 0);
    }
    const model = estimator.model();
    assert.ok(Math.abs(model.gainKPerPercent - 3.6) < 0.05, `gain ${model.gainKPerPercent}`);
    assert.ok(Math.abs(model.timeConstantSeconds - 340) < 5, `time constant ${model.timeConstantSeconds}`);
    assert.ok(Math.abs((model.liftKPerK[0] ?? 0) - 0.15) < 0.02, `lift ${model.liftKPerK[0]}`);
    assert.ok(Math.abs(model.ambientC - 25) < 3, `ambient ${model.ambientC}`);
  });
});

describe('the bank of dead times', () => {
  it('tries dead times around the nominal one, and none below 0', () => {
    assert.deepEqual(deadTimes(nominal), [4, 6, 8, 10, 12, 14, 16, 20]);
    assert.deepEqual(deadTimes({ ...nominal, deadTimeSeconds: 0 }), [0, 1, 2, 3, 4, 6]);
  });

  for (const trueSeconds of [4, 8, 14]) {
    it(`believes ${trueSeconds} s when the data say so`, () => {
      const bank = new Bank(nominal);
      let temperatureC = 23;
      for (let each = 1; each < 200; each++) {
        let [excessKs, changeK] = [0, 0];
        for (let step = 0; step < 100; step++) {
          const at = (each - 1) * 10 + step * 0.1;
          const rate = (23 + 3 * dutyPercent(at - trueSeconds) - temperatureC) / 400;
          excessKs += 0.1 * (temperatureC - 23);
          temperatureC += 0.1 * rate;
          changeK += 0.1 * rate;
        }
        bank.learn({ seconds: 10, changeK, excessKs, warmerExcessKs: [0] }, (ago, over) =>
          meanPercent(each * 10 - ago, over),
        );
      }
      assert.equal(bank.model().deadTimeSeconds, trueSeconds);
    });
  }
});

describe('bounds of a learnt model', () => {
  it('tells a model that lies on a bound of gain or time constant', () => {
    assert.equal(isOnBound(nominal, nominal), false);
    for (const wild of [
      { ...nominal, gainKPerPercent: 30 },
      { ...nominal, gainKPerPercent: 0.1 },
      { ...nominal, timeConstantSeconds: 9_000 },
      { ...nominal, timeConstantSeconds: 4 },
    ]) {
      assert.equal(isOnBound(bounded(wild, nominal), nominal), true);
    }
  });
});

describe('the contest of two models', () => {
  it('is won by four of five windows with half of the squared error', () => {
    const win = [2, 0.5] as const;
    const loss = [0.5, 0.6] as const;
    assert.equal(contest(win, win, win).learntIsClearlyBetter, false);
    assert.equal(contest(win, win, win, win).learntIsClearlyBetter, true);
    assert.equal(contest(win, win, loss, win, win).learntIsClearlyBetter, true);
    assert.equal(contest(win, loss, loss, win, win).learntIsClearlyBetter, false);
    assert.equal(contest([2, 1.5], [2, 1.5], [2, 1.5], [2, 1.5], [2, 1.5]).learntIsClearlyBetter, false);
  });

  it('is lost by three windows with more squared error, and by nothing in between', () => {
    assert.equal(contest([1, 2], [1, 2]).learntIsClearlyWorse, false);
    assert.equal(contest([1, 2], [1, 2], [1, 2]).learntIsClearlyWorse, true);
    assert.equal(contest([1, 1.05], [1, 1.05], [1, 1.05]).learntIsClearlyWorse, false);
    assert.equal(contest([1, 1.05], [1, 1.05], [1, 1.05]).learntIsClearlyBetter, false);
  });

  it('does not count windows in which the zone stands still: they tell of the hall', () => {
    const door = [2, 0.5] as const;
    assert.equal(contestAt(0.05, [door, door, door, door, door]).errorShare, null);
    assert.equal(contestAt(-0.2, [door, door, door, door, door]).learntIsClearlyBetter, true);
  });

  it('does not count windows in which both are right within the noise', () => {
    assert.equal(contest([0.05, 0.01], [0.05, 0.01], [0.05, 0.01], [0.05, 0.01]).errorShare, null);
  });
});

/** Windows in which the zone is off what the models expect by so many kelvin, while it rises. */
function contest(...windows: readonly (readonly [nominalK: number, learntK: number])[]): Contest {
  return contestAt(0.2, windows);
}

function contestAt(slopeKPerS: number, windows: readonly (readonly [nominalK: number, learntK: number])[]): Contest {
  const judged = new Contest();
  const learnt = { ...nominal, gainKPerPercent: 3.3 };
  for (const [nominalK, learntK] of windows) {
    judged.begin(100, learnt);
    let over = false;
    for (let second = 0; second < windowSeconds && !over; second++) {
      const temperatureC = 100 + slopeKPerS * (second + 1);
      // each model moves to its place at once and stays there
      over = judged.advance(temperatureC, 1, nominal, (model, fromC) => {
        return temperatureC + (model === nominal ? nominalK : learntK) - fromC;
      });
    }
    assert.equal(judged.isRunning, false);
  }
  return judged;
}

/** A duty that goes up and down, at a rhythm that no interval shares. */
function dutyPercent(atSeconds: number): number {
  return atSeconds > 0 && Math.floor(atSeconds / 173) % 2 === 0 ? 100 : 20;
}

function meanPercent(endSeconds: number, overSeconds: number): number {
  let sum = 0;
  for (let step = 0; step < 100; step++) sum += dutyPercent(endSeconds - overSeconds * (step / 100));
  return sum / 100;
}
