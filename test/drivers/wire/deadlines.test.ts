import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { Deadlines } from '../../../drivers/wire/deadlines.ts';
import { GapPause } from '../../../drivers/wire/gap-pause.ts';
import { until } from '../test-field.ts';

const inMs = (ms: number) => performance.now() + ms;

describe('deadlines', () => {
  let expired: { readonly place: number; readonly atMs: number }[];
  let deadlines: Deadlines;
  const places = () => expired.map(({ place }) => place);

  beforeEach(() => {
    expired = [];
    deadlines = new Deadlines(4, (place) => expired.push({ place, atMs: performance.now() }));
  });
  afterEach(() => {
    deadlines.end();
  });

  it('are over in their order, none before its time, each once', async () => {
    const at = new Map([40, 10, 30, 20].map((ms, n) => [n + 1, inMs(ms)]));
    for (const [place, atMs] of at) deadlines.set(place, atMs);
    await until('all four', () => expired.length >= 4);
    await sleep(20);
    assert.deepEqual(places(), [2, 4, 3, 1]);
    for (const { place, atMs } of expired) assert.ok(atMs >= (at.get(place) ?? 0));
  });

  it('that are cleared are never over, and those after them are', async () => {
    deadlines.set(1, inMs(10));
    deadlines.set(2, inMs(30));
    deadlines.clear(1);
    await until('the second', () => expired.length > 0);
    assert.deepEqual(places(), [2]);
  });

  it('may be set for the same place again, later or earlier', async () => {
    deadlines.set(1, inMs(5));
    deadlines.set(1, inMs(40));
    deadlines.set(2, inMs(200));
    deadlines.set(2, inMs(20));
    await until('both', () => expired.length >= 2);
    assert.deepEqual(places(), [2, 1]);
  });

  it('may be set from within one that is over', async () => {
    const seen: number[] = [];
    const chain: Deadlines = new Deadlines(2, (place) => {
      seen.push(place);
      if (seen.length < 4) chain.set(3 - place, performance.now() + 1);
    });
    chain.set(1, performance.now());
    await until('four', () => seen.length >= 4);
    assert.deepEqual(seen, [1, 2, 1, 2]);
    chain.end();
  });

  it('are all forgotten at the end', async () => {
    deadlines.set(1, inMs(5));
    deadlines.end();
    await sleep(20);
    assert.deepEqual(expired, []);
  });
});

describe('a pause for a gap', () => {
  it('is no longer than half a millisecond short, and can be cut short', async () => {
    const pause = new GapPause();
    for (const ms of [0.2, 1.75, 2.005, 3.65, 4.01]) {
      const beganMs = performance.now();
      // who needs the silence looks again until it is over
      while (performance.now() - beganMs < ms) await pause.wait(ms - (performance.now() - beganMs));
      assert.ok(performance.now() - beganMs >= ms);
    }
    const beganMs = performance.now();
    const long = pause.wait(5_000);
    pause.end();
    await long;
    assert.ok(performance.now() - beganMs < 1_000);
  });

  it('has one waiter: the next one ends the one before', async () => {
    const pause = new GapPause();
    const first = pause.wait(5_000);
    const second = pause.wait(0.1);
    await first;
    await second;
  });
});
