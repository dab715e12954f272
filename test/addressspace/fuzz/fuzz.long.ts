import assert from 'node:assert/strict';
import { slope } from '../heap-slope.ts';
import { Siege, wordingOf } from './siege.ts';

/** TVE_UA_FUZZ_SEED and TVE_UA_FUZZ_COUNT choose other messages than the usual ones, and how many. */
const seed = Number(process.env['TVE_UA_FUZZ_SEED'] ?? 1);
const count = Number(process.env['TVE_UA_FUZZ_COUNT'] ?? 100_000);
const parts = 20;
/**
 * The straight line through the second half of the parts may rise so far over all of them, as a share of the heap: some 100
 * bytes per message. What rises and ends rising is less: the library remembers the nonces of the last 10,000 sessions (1.5 MB),
 * and up to three sessions may last that a mutilated request has asked for (`mayLast`), with nearly a megabyte each.
 */
const mostGrowth = 0.1;

describe(`${count} hostile messages`, () => {
  it('neither end the OPC UA server, nor keep it from others, nor stay in its memory', async () => {
    const siege = await Siege.lay();
    try {
      const { figures, heaps } = await siege.withstand(seed, parts, Math.ceil(count / parts));
      console.log(wordingOf(figures));
      console.log(`  heap after each part, MB: ${heaps.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')}`);
      // the first half warms up: code is compiled, and what the library keeps of every kind of message is there
      const settled = heaps.slice(parts / 2);
      const growth = (slope(settled) * parts) / (settled[0] ?? 1);
      assert.ok(growth < mostGrowth, `the heap grows by ${(100 * growth).toFixed(1)} % in ${count} messages`);
      assert.equal(await siege.served.end(), '');
    } finally {
      siege.served.kill();
    }
  });
});
