import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { need } from '../../needs.ts';
import { assertFlat, outages, wordingOf } from './outages.ts';

const held = (): number => process.getActiveResourcesInfo().filter((name) => /^(TCP|TTY|FS|Process)/.test(name)).length;

describe('lines that are lost again and again', function () {
  this.timeout(180_000);

  it('come back each time and leave no socket, timer, listener or memory behind', async function () {
    need(this, 'socat');
    const before = held();
    const figures = await outages(['tcp', 'tcp', 'rtu-over-tcp', 'rtu-over-tcp', 'rtu'], 60, 1);
    console.log(wordingOf(figures));
    // what the engine compiles and caches meanwhile is less than this
    assertFlat(figures, 3_000_000);
    // what was destroyed takes a turn of the event loop or two to be gone
    for (let turn = 0; turn < 100 && held() > before; turn++) await sleep(10);
    assert.ok(held() <= before, `${before} sockets, files and processes before, ${held()} after everything was closed`);
  });
});
