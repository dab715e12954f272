import assert from 'node:assert/strict';
import { AlarmFeed, mostWaiting } from '../../addressspace/alarms/alarm-feed.ts';
import type { AlarmEvent } from '../../machine/alarms/alarm.ts';

const event = (atMs: number): AlarmEvent => ({ atMs }) as AlarmEvent;

describe('the feed of alarm events', () => {
  it('gives way to everything else during a burst, and keeps the order', async () => {
    const told: number[] = [];
    let turns = 0;
    const feed = new AlarmFeed({
      standing: () => [],
      restore: () => false,
      onGap: () => assert.fail('nothing is missing'),
      take({ atMs }) {
        const endMs = performance.now() + 2;
        while (performance.now() < endMs);
        told.push(atMs);
      },
    });
    const count = (): void => {
      turns++;
      if (told.length < 100) setImmediate(count);
    };
    for (let number = 0; number < 100; number++) feed.announce(event(number));
    assert.deepEqual(told, [], 'who announces does not wait');
    setImmediate(count);
    await feed.told();
    assert.deepEqual(told, [...told.keys()]);
    assert.equal(told.length, 100);
    assert.ok(turns >= 20, `others had ${turns} turns`);
    feed.close();
  });

  it('counts what it can’t hold, takes over what stands, and goes on', async () => {
    const gaps: number[] = [];
    const told: number[] = [];
    let taken = 0;
    const feed = new AlarmFeed({
      standing: () => [],
      restore: () => ++taken > 0,
      onGap: (dropped) => void gaps.push(dropped),
      take: ({ atMs }) => void told.push(atMs),
    });
    for (let number = 0; number <= mostWaiting; number++) feed.announce(event(number));
    feed.announce(event(-1));
    await feed.told();
    assert.deepEqual([gaps, taken, told], [[mostWaiting + 1], 2, [-1]]);
    feed.close();
  });

  it('ends those who wait with it', async () => {
    const feed = new AlarmFeed({
      standing: () => [],
      restore: () => false,
      onGap: () => undefined,
      take: () => undefined,
    });
    feed.announce(event(1));
    const told = feed.told();
    feed.close();
    await told;
  });
});
