import assert from 'node:assert/strict';

import { runShift } from '../bench/day.ts';
import { usedAfterCollection } from '../bench/heap.ts';
import { Rig } from './rig.ts';

/** Far below what one small object per scan would leave, which is 16 bytes at least. */
const growthLimitBytes = 300_000;
const quietScans = 60_000;

/** A shift took this many of the loops below when this was written: 20, or 28 on a busy computer. */
const mostLoopsPerShift = 150;

describe('a steady scan', () => {
  it('leaves nothing behind: the heap does not grow while the machine runs and nothing happens', function () {
    this.timeout(120_000);
    const rig = new Rig().toRunning();
    for (let scan = 0; scan < quietScans / 3; scan++) rig.scan();
    const events = rig.events.length;
    const before = usedAfterCollection();
    for (let scan = 0; scan < quietScans; scan++) rig.scan();
    const grownBytes = usedAfterCollection() - before;
    assert.equal(rig.state, 'RUNNING');
    assert.equal(rig.events.length, events, 'it was not quiet');
    assert.ok(grownBytes < growthLimitBytes, `${grownBytes} bytes more after ${quietScans} scans`);
  });

  it('is cheap: a shift of 8 h with its plant costs no more than so many calibration loops of the same run', function () {
    this.timeout(120_000);
    const before = loopMs();
    const beganMs = performance.now();
    const rig = new Rig();
    runShift(rig, rig.nowMs + 8 * 3_600_000);
    const shiftMs = performance.now() - beganMs;
    // the slower of two, since the computer may be busy in between
    const loops = shiftMs / Math.max(before, loopMs());
    console.log(`  a shift: ${Math.round(shiftMs)} ms, ${loops.toFixed(1)} calibration loops`);
    assert.equal(rig.core.retained().cycles, 1);
    assert.ok(loops < mostLoopsPerShift, `a shift took ${loops.toFixed(1)} calibration loops`);
  });
});

/** Time of a fixed amount of the kind of work that a scan does: numbers, small objects, a map. */
function loopMs(): number {
  const beganMs = performance.now();
  const values = new Map<number, { readonly value: number; readonly round: number }>();
  for (let round = 0; round < 2_000_000; round++) {
    const key = round % 64;
    const value = ((values.get(key)?.value ?? 1) * 48_271 + round) % 2_147_483_647;
    values.set(key, { value, round });
  }
  assert.equal(values.size, 64);
  return performance.now() - beganMs;
}
