import assert from 'node:assert/strict';
import { churn, openSession, stages, subscribe } from './churn.ts';
import type { Door } from './fuzz/hostile-connection.ts';
import { HonestClient } from './fuzz/honest-client.ts';
import { Served } from './fuzz/served.ts';
import { untilQuiet } from './fuzz/siege.ts';
import { slope } from './heap-slope.ts';

/** TVE_UA_SOAK_LIVES: how many clients come and go. */
const lives = Number(process.env['TVE_UA_SOAK_LIVES'] ?? 40_000);
const parts = 40;

/**
 * A plant's clients come and go: 20 a minute are assumed, which is a badly behaved plant; most hold their sessions for months.
 * What a life leaves behind is measured with lives one after the other as fast as they go, since a leak goes by lives and not
 * by hours:
 *
 *     bytes per hour = bytes per life × 20 lives a minute × 60 minutes
 *
 * Half a megabyte an hour is thus 437 bytes per life. Of 40,000 lives the second half is judged and would show it as 8.7 MB
 * on a heap of some 75 MB. From one part to the next that heap moves by some 2 MB either way by itself, which over 20 points
 * leaves the slope uncertain by 80 bytes per life; with 2,000 lives it says nothing.
 */
const livesPerHour = 20 * 60;
const mostBytesPerHour = 0.5 * 1024 * 1024;

describe(`${lives} lives of OPC UA clients`, () => {
  it('leave less than half a megabyte an hour on the heap of the server', async () => {
    const served = await Served.start({ maxSessions: 60 });
    const door: Door = { endpointUrl: served.endpointUrl, port: served.port, userPolicyId: '' };
    const perPart = Math.ceil(lives / parts);
    const heaps: number[] = [];
    try {
      const honest = await HonestClient.watching(served.endpointUrl);
      for (let part = 0; part < parts; part++) {
        // one that never fetches what it is told, as long as the part lasts
        const silent = await openSession(served.endpointUrl);
        await subscribe(silent.session);
        await churn(door, perPart, (number) => (number % 3 === 0 ? vanishing(number / 3) : 'closed'), 500);
        await silent.close();
        heaps.push((await untilQuiet(served)).heapBytes);
      }
      await honest.assertServed();
      await honest.leave();
      console.log(`  heap after each part, MB: ${heaps.map((bytes) => (bytes / 1e6).toFixed(2)).join(' ')}`);
      const bytesPerLife = slope(heaps.slice(parts / 2)) / perPart;
      const bytesPerHour = bytesPerLife * livesPerHour;
      console.log(`  ${bytesPerLife.toFixed(0)} bytes per life, ${(bytesPerHour / 1024 / 1024).toFixed(3)} MB/h`);
      assert.ok(bytesPerHour < mostBytesPerHour, `${bytesPerHour} bytes an hour`);
      assert.equal(await served.end(), '');
    } finally {
      served.kill();
    }
  });
});

/** Each stage at which one can vanish, one after the other. */
function vanishing(number: number): (typeof stages)[number] {
  return stages[number % (stages.length - 1)] ?? 'connected';
}
