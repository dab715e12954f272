import assert from 'node:assert/strict';

import { Held } from '../../machine/interlocks/held.ts';

describe('how long a condition has held', () => {
  it('is -1 while it does not, or is not known', () => {
    const held = new Held();
    assert.deepEqual([held.forMs(false, 0), held.forMs(null, 10), held.forMs(false, 20)], [-1, -1, -1]);
  });

  it('counts from its beginning, over what is not known, and anew after a break', () => {
    const held = new Held();
    assert.deepEqual(
      [held.forMs(true, 100), held.forMs(true, 350), held.forMs(null, 600), held.forMs(true, 850)],
      [0, 250, -1, 750],
    );
    held.forMs(false, 900);
    assert.equal(held.forMs(true, 1_000), 0);
  });

  it('is long enough at the time that is asked for, and at once when no time is', () => {
    const held = new Held();
    held.forMs(true, 0);
    assert.deepEqual([held.atLeast(true, 2, 1_999), held.atLeast(true, 2, 2_000)], [false, true]);
    assert.equal(held.atLeast(null, 2, 3_000), false, 'but never while it is not known');
    assert.equal(new Held().atLeast(true, 0, 0), true);
    assert.equal(new Held().atLeast(false, 0, 0), false);
  });
});
