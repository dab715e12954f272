import assert from 'node:assert/strict';

import type { GuardBench } from './guard-bench.ts';
import {
  alarm,
  machineOf,
  reading1,
  reading2,
  suspected,
  swapped,
  told,
  watched,
  withZone3,
  type Watched,
} from './swap-bench.ts';

/** 100 and 0 %, swapped. @returns seconds until zone 1 is suspected; null: it is not within `withinSeconds` */
function secondsToSuspicion(
  scene: Watched,
  withinSeconds: number,
  before: (seconds: number) => void = () => undefined,
  duties: readonly [number, number] = [100, 0],
): number | null {
  const follow = swapped(scene, duties);
  return scene.made.secondsUntil(
    () => suspected(scene),
    withinSeconds,
    (seconds) => {
      follow(seconds);
      before(seconds);
    },
  );
}

/** What interrupts the judgement for a second, and what ends that. */
const breaks: readonly (readonly [string, (made: GuardBench) => unknown, (made: GuardBench) => unknown])[] = [
  ['heating is off', ({ situation }) => (situation.heatingOn = false), ({ situation }) => (situation.heatingOn = true)],
  [
    'the relays are tested',
    ({ situation }) => (situation.provingSinceMs = 1),
    ({ situation }) => (situation.provingSinceMs = null),
  ],
  [
    'the main drive is commanded',
    (made) => (made.drive('main').commandRpm = 1),
    (made) => (made.drive('main').commandRpm = 0),
  ],
  [
    'the feed drive is commanded',
    (made) => (made.drive('feed').commandRpm = 1),
    (made) => (made.drive('feed').commandRpm = 0),
  ],
  ['zone 1 is not known', ({ reads }) => reads.set(reading1, 'BadDeviceFailure'), () => undefined],
  ['zone 2 is not known', ({ reads }) => reads.set(reading2, 'BadDeviceFailure'), () => undefined],
  [
    'the duties are alike',
    (made) => (made.zone('zone2').dutyPercent = 100),
    (made) => (made.zone('zone2').dutyPercent = 0),
  ],
];

describe('two zones that follow the duty of each other', () => {
  it('are suspected after a third of the time, and told when it is over', () => {
    const scene = watched();
    const follow = swapped(scene, [100, 0]);
    assert.equal(suspected(scene), false);
    const found: number[] = [];
    const suspicions: number[] = [];
    for (let seconds = 0; seconds <= 130; seconds++) {
      follow(seconds);
      scene.made.scan();
      assert.equal(suspected(scene, 'zone2'), suspected(scene));
      if (suspected(scene)) suspicions.push(seconds);
      if (told(scene).length > 0) found.push(seconds);
    }
    // each full time they are looked at anew
    const again = Array.from({ length: 41 }, (_, place) => 81 + place);
    assert.deepEqual(suspicions, [...Array.from({ length: 41 }, (_, place) => 20 + place), ...again]);
    assert.deepEqual(found, [60, ...again]);
  });

  for (const [percent1, percent2, seconds] of [
    [100, 70, 20],
    [100, 70.1, null],
    [70, 100, 20],
    [70.1, 100, null],
    [0, 30, 20],
    [100, 100, null],
  ] as const) {
    it(`are ${seconds === null ? 'not' : ''} suspected at duties of ${percent1} and ${percent2} %`, () => {
      assert.equal(
        secondsToSuspicion(watched(), 70, () => undefined, [percent1, percent2]),
        seconds,
      );
    });
  }

  for (const [what, begin, end] of breaks) {
    it(`are looked at anew after ${what}`, () => {
      const scene = watched();
      const seconds = secondsToSuspicion(scene, 70, (passed) => {
        if (passed === 10) begin(scene.made);
        if (passed === 11) end(scene.made);
      });
      assert.equal(seconds, 11 + 20);
    });

    it(`are neither suspected nor told while ${what}`, () => {
      const scene = watched();
      const follow = swapped(scene, [100, 0]);
      const judged: boolean[] = [];
      for (let seconds = 0; seconds <= 65; seconds++) {
        follow(seconds);
        if (seconds >= 30) begin(scene.made);
        scene.made.scan();
        if (seconds >= 29) judged.push(suspected(scene));
        assert.deepEqual(told(scene), []);
      }
      assert.deepEqual(judged, [true, ...judged.slice(1).map(() => false)]);
    });
  }

  it('are no others than the zones by their nominal models, whatever was learnt', () => {
    const scene = watched();
    for (const zone of scene.made.equipment.zones) zone.model = { ...zone.model, gainKPerPercent: 0 };
    assert.equal(secondsToSuspicion(scene, 30), 20);
  });

  it('are not those that follow their own', () => {
    const scene = watched();
    const seconds = secondsToSuspicion(scene, 200, (passed) => {
      scene.made.reads.set(reading1, 23 + 1.5 * passed);
      scene.made.reads.set(reading2, 23);
    });
    assert.equal(seconds, null);
  });
});

describe('a zone that is about to trip', () => {
  it('is explained by a swap from the suspicion on, which is then told at once, in that scan', () => {
    const scene = watched();
    const { made, swaps } = scene;
    const follow = swapped(scene, [100, 0]);
    for (let seconds = 0; seconds < 20; seconds++) {
      follow(seconds);
      made.scan();
      assert.equal(swaps.accuse(made.zone('zone1')), null);
      assert.deepEqual(told(scene), []);
    }
    for (const zone of ['zone1', 'zone2']) {
      follow(20);
      made.scan();
      assert.deepEqual(told(scene), []);
      assert.equal(swaps.accuse(made.zone(zone)), alarm);
      assert.deepEqual(told(scene), ['zone1', 'zone2']);
    }
    follow(21);
    made.scan();
    assert.deepEqual(told(scene), []);
  });

  it('is explained by no swap of others', () => {
    const scene = watched(withZone3(machineOf()));
    const { made, swaps } = scene;
    const [zone1, zone2, zone3] = ['zone1', 'zone2', 'zone3'].map((id) => made.zone(id));
    assert.ok(zone1 !== undefined && zone2 !== undefined && zone3 !== undefined);
    zone1.dutyPercent = zone2.dutyPercent = 100;
    for (let seconds = 0; seconds <= 20; seconds++) {
      made.reads.set(reading1, 23 + 3 * seconds);
      made.reads.set('temperature.motor', 23 + 3 * seconds);
      made.scan();
    }
    assert.deepEqual(
      [zone1, zone2, zone3].map((zone) => swaps.suspects(zone)),
      [false, true, true],
    );
    assert.equal(swaps.accuse(zone1), null);
    assert.deepEqual(told(scene), []);
    assert.equal(swaps.accuse(zone3), alarm);
    assert.deepEqual(told(scene), ['zone2', 'zone3']);
  });
});
