import assert from 'node:assert/strict';
import { ScanClock } from '../../server/control/scan-clock.ts';
import { until } from '../scenario/until.ts';

describe('the scan clock', () => {
  it('scans at a steady pace and does not drift', async () => {
    const starts: number[] = [];
    const clock = new ScanClock(20, () => starts.push(performance.now()));
    const began = performance.now();
    clock.start();
    await until('50 scans', 10_000, () => starts.length >= 50);
    clock.stop();
    const last = (starts.at(-1) ?? 0) - began;
    // due times are absolute: a scan may be late or left out, but never a whole one early
    assert.ok(last >= starts.length * 20 - 1, `${starts.length} scans in ${last} ms`);
    assert.equal(clock.statistics().count, starts.length);
  });

  it('leaves out the scans that a stall has missed, and calls the next one an overrun', async () => {
    const overruns: boolean[] = [];
    const clock = new ScanClock(10, (overrun) => {
      overruns.push(overrun);
      if (overruns.length === 3) {
        const endMs = performance.now() + 60;
        while (performance.now() < endMs);
      }
    });
    clock.start();
    await until('five scans', 10_000, () => overruns.length >= 5);
    clock.stop();
    assert.equal(overruns[3], true);
    assert.ok(clock.statistics().overruns >= 1);
    assert.ok(clock.statistics().jitterMaxMs >= 40);
  });
});
