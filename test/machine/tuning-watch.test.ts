import assert from 'node:assert/strict';

import { GainWatch, type WatchVerdict } from '../../machine/tuning/gain-watch.ts';
import { factoryMachine } from './factory.ts';

const { tuning } = factoryMachine();
const { graceSeconds } = tuning;
const watchSeconds = tuning.watchMinutes * 60;

/** One error per second. @returns verdict and the second in which it came */
function watch(
  baselineK: number,
  errorAt: (second: number) => number | 'disturbed',
): { verdict: WatchVerdict; atSeconds: number; watched: GainWatch } {
  const watched = new GainWatch(tuning, baselineK);
  let second = 0;
  for (; second < 7_200 && watched.verdict === 'watching'; second++) {
    const errorK = errorAt(second);
    if (errorK === 'disturbed') watched.disturb();
    else watched.advance(second * 1_000, 1, errorK);
  }
  return { verdict: watched.verdict, atSeconds: second, watched };
}

describe('the watch over new gains', () => {
  const cases: readonly (readonly [baselineK: number, errorK: number, verdict: WatchVerdict])[] = [
    [0.02, 0.02, 'kept'],
    // eleven times as large, and next to nothing
    [0.02, 0.22, 'kept'],
    [0.02, 0.23, 'worse'],
    [0.3, 0.5, 'kept'],
    [0.3, 0.51, 'worse'],
    // 0.3 K more, but less than one and a half times as large
    [1, 1.3, 'kept'],
    [1, 1.5, 'kept'],
    [1, 1.51, 'worse'],
    [1, 0.1, 'kept'],
  ];
  for (const [baselineK, errorK, verdict] of cases) {
    it(`an error of ${errorK} K against ${baselineK} K before: ${verdict}`, () => {
      assert.equal(watch(baselineK, () => errorK).verdict, verdict);
      assert.equal(watch(baselineK, (second) => (second % 2 === 0 ? errorK : -errorK)).verdict, verdict);
    });
  }

  it('keeps gains after its whole time only, and tells how they did', () => {
    const { atSeconds, watched } = watch(0.02, () => 0.1);
    assert.equal(atSeconds, graceSeconds + watchSeconds);
    assert.ok(Math.abs((watched.meanErrorK ?? 0) - 0.1) < 1e-9);
    assert.equal(watched.watchedSeconds, watchSeconds);
  });

  it('does not wait for the end when nothing could make them good any more', () => {
    const { verdict, atSeconds } = watch(0.02, (second) => (second < graceSeconds ? 0 : 0.8));
    assert.equal(verdict, 'worse');
    assert.ok(atSeconds > graceSeconds && atSeconds < graceSeconds + watchSeconds / 3, `${atSeconds} s`);
  });

  it('does not count what the relay and the change itself left behind', () => {
    assert.equal(watch(0.02, (second) => (second < graceSeconds ? 3 : 0.02)).verdict, 'kept');
  });

  it('starts over, with its grace, after a disturbance, and forgets what went before', () => {
    const { verdict, atSeconds } = watch(0.02, (second) => {
      if (second === 500) return 'disturbed';
      if (second > 500 && second < 600) return 10;
      return second < 500 ? 0.3 : 0.02;
    });
    assert.equal(verdict, 'kept');
    assert.equal(atSeconds, 501 + graceSeconds + watchSeconds);
  });

  it('an error that comes out of the calm is a disturbance; one that stays, or comes back and back, is the gains’ own', () => {
    // 20 K once, made good in 100 s
    const once = watch(0.02, (second) => (second >= 500 && second < 600 ? 20 * (1 - (second - 500) / 100) : 0.02));
    assert.equal(once.verdict, 'kept');
    assert.equal(once.atSeconds, 500 + graceSeconds + watchSeconds);
    // calm at first, then swinging on
    const growing = watch(0.02, (second) => (second < 400 ? 0.02 : 3 * Math.sin(second / 8)));
    assert.equal(growing.verdict, 'worse');
    // swinging from the first second
    assert.equal(watch(0.02, (second) => 3 * Math.sin(second / 8)).verdict, 'worse');
    // slow to make it good, and then calm
    const slow = watch(0.02, (second) => (second < 400 ? 0.02 : 20 * Math.exp(-(second - 400) / 120)));
    assert.equal(slow.verdict, 'kept');
  });

  it('that is disturbed again and again comes to no end', () => {
    const { verdict, watched } = watch(0.02, (second) => (second % 60 === 0 ? 'disturbed' : 5));
    assert.deepEqual([verdict, watched.meanErrorK], ['watching', null]);
  });

  it('judges gains that never let the zone settle all the same, later', () => {
    const { verdict, atSeconds } = watch(0.02, () => 8);
    assert.equal(verdict, 'worse');
    assert.ok(
      atSeconds >= graceSeconds + watchSeconds && atSeconds < graceSeconds + watchSeconds + 30,
      `${atSeconds} s`,
    );
  });

  it('once over changes its mind no more', () => {
    const { watched } = watch(0.02, () => 0.02);
    watched.advance(10_000_000, 1, 100);
    watched.disturb();
    assert.equal(watched.verdict, 'kept');
  });
});
