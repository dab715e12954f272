import assert from 'node:assert/strict';

import { Sequence } from '../../machine/control/sequence.ts';

const steps = [
  { drive: 'main', action: 'on', delaySeconds: 0 },
  { drive: 'feed', action: 'on', delaySeconds: 2 },
  { drive: 'main', action: 'off', delaySeconds: 1 },
] as const;

const taken = (sequence: Sequence, nowMs: number): string[] =>
  [...sequence.due(nowMs)].map(({ drive, action }) => `${drive} ${action}`);

describe('a sequence', () => {
  it('takes each step when its time has come, counted from the step before, and once', () => {
    const sequence = new Sequence(steps);
    sequence.start(1_000);
    assert.deepEqual(taken(sequence, 1_000), ['main on']);
    assert.deepEqual(taken(sequence, 2_999), []);
    assert.deepEqual(taken(sequence, 3_000), ['feed on']);
    assert.equal(sequence.isDone, false);
    assert.deepEqual(taken(sequence, 3_999), []);
    assert.deepEqual(taken(sequence, 4_000), ['main off']);
    assert.equal(sequence.isDone, true);
    assert.deepEqual(taken(sequence, 99_000), []);
  });

  it('takes all that has become due when it is asked late', () => {
    const sequence = new Sequence(steps);
    sequence.start(0);
    assert.deepEqual(taken(sequence, 60_000), ['main on', 'feed on', 'main off']);
  });

  it('takes nothing before it is started and after it is aborted, and begins anew', () => {
    const sequence = new Sequence(steps);
    assert.equal(sequence.isDone, true);
    assert.deepEqual(taken(sequence, 60_000), []);
    sequence.start(0);
    assert.deepEqual(taken(sequence, 0), ['main on']);
    sequence.abort();
    assert.equal(sequence.isDone, true);
    assert.deepEqual(taken(sequence, 60_000), []);
    sequence.start(70_000);
    assert.deepEqual(taken(sequence, 70_000), ['main on']);
  });
});
