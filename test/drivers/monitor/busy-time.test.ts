import assert from 'node:assert/strict';
import fc from 'fast-check';
import { BusyTime } from '../../../drivers/monitor/busy-time.ts';

describe('the measured load of a line', () => {
  it('is not known before a whole second is over', () => {
    const busy = new BusyTime(500);
    busy.add(600, 900);
    assert.equal(busy.percent(1_900), null);
    busy.add(1_000, 1_500);
    assert.equal(busy.percent(2_000), 50);
  });

  it('forgets what is more than a minute ago', () => {
    const busy = new BusyTime(0);
    busy.add(0, 30_000);
    assert.equal(busy.percent(60_000), 50);
    assert.equal(busy.percent(75_000), 25);
    assert.equal(busy.percent(90_000), 0);
    assert.equal(busy.percent(1e9), 0);
  });

  it('is the share of the whole seconds of the last minute, however requests lie in them', () => {
    const parts = fc.array(fc.tuple(fc.nat(400), fc.nat(900)), { maxLength: 300 });
    fc.assert(
      fc.property(parts, fc.nat(999), (gaps, startedMs) => {
        const busy = new BusyTime(startedMs);
        const spans: [number, number][] = [];
        let nowMs = startedMs;
        for (const [idleMs, busyMs] of gaps) {
          spans.push([nowMs + idleMs, nowMs + idleMs + busyMs]);
          nowMs += idleMs + busyMs;
        }
        for (const [from, until] of spans) busy.add(from, until);
        const end = Math.floor(nowMs / 1_000);
        const begin = Math.max(end - 60, Math.ceil(startedMs / 1_000));
        const percent = busy.percent(nowMs);
        if (end - begin < 1) return assert.equal(percent, null);
        const overlap = (from: number, until: number): number =>
          Math.max(0, Math.min(until, end * 1_000) - Math.max(from, begin * 1_000));
        const expected = spans.reduce((sum, [from, until]) => sum + overlap(from, until), 0) / ((end - begin) * 10);
        assert.ok(percent !== null && Math.abs(percent - expected) < 1e-9, `${percent} ${expected}`);
        return undefined;
      }),
    );
  });
});
