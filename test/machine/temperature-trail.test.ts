import assert from 'node:assert/strict';
import fc from 'fast-check';

import { TemperatureTrail } from '../../machine/interlocks/temperature-trail.ts';

/** What a zone reads that rises by 0.5 K/s. */
function risingC(atMs: number): number {
  return 20 + atMs / 2_000;
}

describe('the trail of temperatures', () => {
  it('tells the temperature so many seconds ago, whatever the rhythm of the scans', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(50, 250, 400, 996, 1_000, 1_004, 2_000, 5_000),
        fc.array(fc.double({ min: -0.3, max: 0.3, noNaN: true }), { minLength: 5, maxLength: 50 }),
        fc.double({ min: 0, max: 60, noNaN: true }),
        (periodMs, jitter, seconds) => {
          const trail = new TemperatureTrail(60);
          const scans = Math.ceil(200_000 / periodMs);
          let nowMs = 0;
          for (let scan = 0; scan <= scans; scan++) {
            nowMs = (scan + (jitter[scan % jitter.length] ?? 0)) * periodMs;
            trail.push(nowMs, risingC(nowMs));
          }
          assert.ok(Math.abs((trail.secondsAgo(seconds) ?? 0) - risingC(nowMs - seconds * 1_000)) < 1e-6);
        },
      ),
    );
  });

  it('tells nothing of what lies before its first reading, or before a break', () => {
    const trail = new TemperatureTrail(60);
    assert.equal(trail.secondsAgo(0), null);
    for (let nowMs = 0; nowMs <= 30_000; nowMs += 250) trail.push(nowMs, risingC(nowMs));
    assert.equal(trail.secondsAgo(30), risingC(0));
    assert.equal(trail.secondsAgo(30.1), null);
    trail.restart();
    assert.equal(trail.secondsAgo(1), null);
    trail.push(40_000, 50);
    assert.equal(trail.secondsAgo(0), 50);
    assert.equal(trail.secondsAgo(1), null);
  });

  it('keeps every reading of a scan of 900 ms, so that a bend shows', () => {
    const trail = new TemperatureTrail(60);
    for (const [scan, temperatureC] of [20, 23, 20, 23, 20].entries()) trail.push(scan * 900, temperatureC);
    assert.deepEqual(
      [0, 0.9, 1.8, 2.7, 3.6].map((seconds) => trail.secondsAgo(seconds)),
      [20, 23, 20, 23, 20],
    );
  });

  it('gives a kept reading as it was read, without what interpolation rounds off', () => {
    const read = Array.from({ length: 60 }, (_, second) => ((second * 37) % 100) / 10 - 5);
    const trail = new TemperatureTrail(60);
    for (const [second, temperatureC] of read.entries()) trail.push(second * 1_000, temperatureC);
    assert.deepEqual(
      read.map((_, second) => trail.secondsAgo(59 - second)),
      read,
    );
  });
});
