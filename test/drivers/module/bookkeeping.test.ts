import assert from 'node:assert/strict';
import { Latencies } from '../../../drivers/module/latencies.ts';
import { RateLimitedLog } from '../../../drivers/rate-limited-log.ts';

describe('reply times', () => {
  it('are those of the last ten seconds at least, and of twenty at most', () => {
    const latencies = new Latencies();
    assert.equal(latencies.percentile(0.5, 0), null);
    for (let atMs = 0; atMs < 10_000; atMs += 100) latencies.add(5, atMs);
    assert.equal(latencies.percentile(0.95, 15_000), 5);
    assert.equal(latencies.percentile(0.95, 40_000), null);
  });

  it('give percentiles, in bounded space', () => {
    const latencies = new Latencies();
    for (let n = 1; n <= 100; n++) latencies.add(n, 10_000);
    assert.equal(latencies.percentile(0.5, 10_000), 51);
    assert.equal(latencies.percentile(0.95, 10_000), 96);
    for (let n = 0; n < 50_000; n++) latencies.add(1_000 + (n % 100), 10_000);
    const median = latencies.percentile(0.5, 10_000) ?? 0;
    assert.ok(median > 1_030 && median < 1_070, `${median}`);
  });
});

describe('the log of the drivers', () => {
  it('says the same of the same module once a minute, with how often it was held back', () => {
    let nowMs = 0;
    const said: [object, string][] = [];
    const log = new RateLimitedLog(
      {
        info: (context, message) => said.push([context, message]),
        warn: (context, message) => said.push([context, message]),
      },
      { monotonicMs: () => nowMs, wallMs: () => nowMs },
    );
    for (; nowMs < 60_000; nowMs += 1_000) log.warn('ai1', 'silent', {}, 'ai1 is silent');
    log.warn('ai2', 'silent', {}, 'ai2 is silent');
    log.warn('ai1', 'exception', {}, 'ai1 refuses');
    log.warn('ai1', 'silent', {}, 'ai1 is silent');
    assert.deepEqual(said, [
      [{ repeated: 0 }, 'ai1 is silent'],
      [{ repeated: 0 }, 'ai2 is silent'],
      [{ repeated: 0 }, 'ai1 refuses'],
      [{ repeated: 59 }, 'ai1 is silent'],
    ]);
  });
});
