import assert from 'node:assert/strict';

import type { MachineDeclaration, ZoneDeclaration } from '../../machine/declaration.ts';
import { SwapWatch } from '../../machine/interlocks/swap-watch.ts';
import { guardZonesSwapped } from '../../machine/interlocks/zones-swapped.ts';
import { factoryMachine } from './factory.ts';
import { GuardBench } from './guard-bench.ts';

const alarm = 'ZONES_SWAPPED';
const [reading1, reading2] = ['temperature.zone1', 'temperature.zone2'] as const;

/** Of a barrel so heavy that nothing but its duty tells how fast it goes, to the last digit. */
const heavySeconds = 2 ** 70;

/** 1 % drives it by so much, at once or a dead time later, and no neighbour warms it. */
function driven(kPerSPerPercent: number, deadTimeSeconds = 0): Pick<ZoneDeclaration, 'model'> {
  const gainKPerPercent = kPerSPerPercent * heavySeconds;
  return { model: { gainKPerPercent, timeConstantSeconds: heavySeconds, deadTimeSeconds, ambientC: 23, coupling: [] } };
}

interface Scene {
  /** After which swapped zones are told. */
  readonly swappedSeconds?: number;
  readonly zones?: readonly Partial<ZoneDeclaration>[];
}

/** A machine that scans once a second. Full duty drives both zones by 3 K/s, at once. */
function machineOf({ swappedSeconds = 60, zones = [driven(0.03), driven(0.03)] }: Scene = {}): MachineDeclaration {
  const machine = factoryMachine();
  return {
    ...machine,
    scanPeriodMs: 1_000,
    zones: machine.zones.map((zone, place) => ({ ...zone, ...zones[place] })),
    guards: { ...machine.guards, swappedSeconds },
  };
}

interface Watched {
  readonly made: GuardBench;
  readonly swaps: SwapWatch;
}

function watched(machine: MachineDeclaration = machineOf()): Watched {
  const made = new GuardBench(machine);
  const swaps = new SwapWatch(made);
  made.guards.push((situation) => swaps.observe(situation), guardZonesSwapped(made, swaps));
  return { made, swaps };
}

function suspected({ made, swaps }: Watched, zone = 'zone1'): boolean {
  return swaps.suspects(made.zone(zone));
}

/** The two zones of the swap that is told; none: no swap is. */
function told({ swaps }: Watched): string[] {
  const { found } = swaps;
  return found === null ? [] : [found.one.declaration.id, found.other.declaration.id];
}

/** Each of the two zones does what the other's duty tells, from the first scan on. */
function swapped({ made }: Watched, [percent1, percent2]: readonly [number, number]): (seconds: number) => void {
  made.zone('zone1').dutyPercent = percent1;
  made.zone('zone2').dutyPercent = percent2;
  return (seconds) => {
    made.reads.set(reading1, 23 + 0.03 * percent2 * seconds);
    made.reads.set(reading2, 23 + 0.03 * percent1 * seconds);
  };
}

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

/** After one second of 100 and 0 %, which drives a zone by 3 K. @returns whether a swap is suspected */
function betrays(zone1K: number, zone2K: number, machine = machineOf({ swappedSeconds: 3 })): boolean {
  const scene = watched(machine);
  scene.made.zone('zone1').dutyPercent = 100;
  scene.made.scan();
  scene.made.reads.set(reading1, 23 + zone1K);
  scene.made.reads.set(reading2, 23 + zone2K);
  scene.made.scan();
  return suspected(scene);
}

/** The alarm of a swap has just come. */
function justTold(): GuardBench {
  const scene = watched();
  const follow = swapped(scene, [100, 0]);
  const seconds = scene.made.secondsUntil(() => scene.made.trips(alarm), 100, follow);
  assert.equal(seconds, 60);
  return scene.made;
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

describe('the readings of a second', () => {
  // squares of what is off: by the other's duty zone 1 stays, by its own it rises by 3 K; zone 2 the other way round
  for (const [zone1K, zone2K, suspects, why] of [
    [0, 3, true, 'each does what the other should'],
    [1, 2, false, 'a quarter of the squares is left'],
    [0.999, 2, true, 'hardly less than a quarter is left'],
    [1, 2.001, true, 'hardly less than a quarter is left'],
    [1.001, 2, false, 'more than a quarter is left'],
    [0, 1.633, false, 'more than 0.7 are left of zone 2'],
    [0, 1.634, true, 'less than 0.7 are left of zone 2'],
    [1.367, 3, false, 'more than 0.7 are left of zone 1'],
    [1.366, 3, true, 'less than 0.7 are left of zone 1'],
    [0, 0, false, 'zone 2 stands still'],
    [3, 3, false, 'zone 1 follows its own'],
    [-1, 4, true, 'each is a little beyond'],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap when ${why}, at ${zone1K} and ${zone2K} K`, () => {
      assert.equal(betrays(zone1K, zone2K), suspects);
    });
  }

  for (const [kPerS, suspects] of [
    [1.999, false],
    [2, true],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap that the model sees by ${kPerS} K`, () => {
      for (const [zone1KPerS, zone2KPerS] of [
        [kPerS, 3],
        [3, kPerS],
      ] as const) {
        const zones = [driven(zone1KPerS / 100), driven(zone2KPerS / 100)];
        assert.equal(betrays(0, zone2KPerS, machineOf({ swappedSeconds: 3, zones })), suspects);
      }
    });
  }

  for (const [kPerS, suspects] of [
    [1.264, false],
    [1.265, true],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap by ${kPerS} and ${2 * kPerS} K in two, 2 K in the mean square`, () => {
      const zones = [driven(kPerS / 100), driven(kPerS / 100)];
      const scene = watched(machineOf({ swappedSeconds: 6, zones }));
      scene.made.zone('zone1').dutyPercent = 100;
      for (const seconds of [0, 1, 2]) {
        scene.made.reads.set(reading2, 23 + kPerS * seconds);
        scene.made.scan();
      }
      assert.equal(suspected(scene), suspects);
    });
  }

  for (const [lastK, suspects] of [
    [33, false],
    [33.1, true],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap when ${suspects ? 'less than' : 'just'} 0.7 of the squares are left of one zone`, () => {
      // zone 2 is off by 9, 4 and -1 K where it should rise by 3 K/s: 98 of 140 K²; zone 1 is beyond doubt
      const scene = watched(machineOf({ swappedSeconds: 9, zones: [driven(0.06), driven(0.03)] }));
      scene.made.zone('zone1').dutyPercent = 100;
      for (const zone2C of [23, 17, 25, lastK]) {
        assert.equal(suspected(scene), false);
        scene.made.reads.set(reading2, zone2C);
        scene.made.scan();
      }
      assert.equal(suspected(scene), suspects);
    });
  }

  // the heater of zone 1 has half the power of zone 2's: 100 % of it are 50 % of that one, and either is 3 K
  for (const [zone1Percent, zone2Percent, zone1K, zone2K, suspects] of [
    [0, 50, 3, 0, true],
    [0, 50, 1.64, 0, true],
    [0, 50, 1.63, 0, false],
    [100, 0, 0, 3, true],
    [100, 0, 0, 1.64, true],
    [100, 0, 0, 1.63, false],
  ] as const) {
    it(`${suspects ? 'betray' : 'do not betray'} a swap of unlike heaters by ${zone1K} and ${zone2K} K at ${zone1Percent} and ${zone2Percent} %`, () => {
      const zones = [
        { ...driven(0.03), nominalPowerW: 250 },
        { ...driven(0.06), nominalPowerW: 500 },
      ];
      const scene = watched(machineOf({ swappedSeconds: 3, zones }));
      scene.made.zone('zone1').dutyPercent = zone1Percent;
      scene.made.zone('zone2').dutyPercent = zone2Percent;
      scene.made.scan();
      scene.made.reads.set(reading1, 23 + zone1K);
      scene.made.reads.set(reading2, 23 + zone2K);
      scene.made.scan();
      assert.equal(suspected(scene), suspects);
    });
  }
});

describe('how quick a zone is', () => {
  /** At full duty, K/s. */
  const fullKPerS = 6.25;
  /** By the squares: from this share of what the model says a zone follows the other's duty, if the other zone surely does. */
  const followsShare = 1 / (1 + Math.sqrt(0.7));

  /**
   * Both zones have `percent` for `alikeSeconds`, and each comes by `kPerS` in that time; their heat arrives within a
   * second. Then zone 1 alone has 100 %, and zone 2 follows that by `zone2K` in a second, zone 1 its own by `zone1K`.
   */
  const isSuspected = (
    percent: number,
    alikeSeconds: number,
    kPerS: number,
    zone1K: number,
    zone2K: number,
  ): boolean => {
    const zones = [driven(fullKPerS / 100, 1), driven(fullKPerS / 100, 1)];
    const scene = watched(machineOf({ swappedSeconds: 3, zones }));
    const { made } = scene;
    const startC = kPerS < 0 ? 200 : 23;
    for (const zone of made.equipment.zones) zone.dutyPercent = percent;
    made.secondsUntil(
      () => false,
      alikeSeconds - 1,
      (seconds) => {
        for (const reading of [reading1, reading2]) made.reads.set(reading, startC + kPerS * seconds);
      },
    );
    made.zone('zone1').dutyPercent = 100;
    made.zone('zone2').dutyPercent = 0;
    const nowC = startC + kPerS * alikeSeconds;
    for (const [one, two] of [
      [nowC, nowC],
      [nowC + zone1K, nowC + zone2K],
    ] as const) {
      made.reads.set(reading1, one);
      made.reads.set(reading2, two);
      made.scan();
    }
    return suspected(scene);
  };

  // 50 % should make 3.125 K/s of a zone, 10 % are the least that tell anything
  for (const [percent, alikeSeconds, kPerS, pace, why] of [
    [50, 30, 3.125, 1, 'as the model says'],
    [50, 30, 4.6875, 1.5, 'half as quick again'],
    [50, 30, 5, 1.6, 'as quick as may be'],
    [50, 30, 6.25, 1.6, 'quicker than may be'],
    [50, 30, 2.5, 0.8, 'a little slow'],
    [50, 30, 1.875, 0.625, 'slower than may be'],
    [50, 30, 0, 0.625, 'still'],
    [50, 30, -1, 0.625, 'falling'],
    [50, 20, 4.6875, 1.5, 'quick for the 20 s that tell'],
    [50, 19, 4.6875, 1, 'quick for less than 20 s'],
    [10, 30, 0.9375, 1.5, 'quick at a duty that tells just enough'],
    [9.9, 30, 0.9375, 1, 'quick at a duty that tells too little'],
    [0, 30, 0.9375, 1, 'rising without a duty'],
  ] as const) {
    for (const [offK, suspects] of [
      [-0.01, false],
      [0.01, true],
    ] as const) {
      it(`counts in what it makes of the other's duty: ${why}, it ${suspects ? 'follows' : 'does not follow'} that by a hair`, () => {
        const followsK = fullKPerS * pace * followsShare + offK;
        assert.equal(isSuspected(percent, alikeSeconds, kPerS, 0, followsK), suspects);
      });

      it(`counts in what it makes of its own duty: ${why}, it ${suspects ? 'does not follow' : 'follows'} that by a hair`, () => {
        const followsK = fullKPerS * pace * (1 - followsShare) - offK;
        assert.equal(isSuspected(percent, alikeSeconds, kPerS, followsK, fullKPerS * pace), suspects);
      });
    }
  }

  it('is what it was before the duties differed, also when they are looked at anew', () => {
    const pace = 1.6;
    for (const [zone2K, suspects] of [
      [fullKPerS * pace * followsShare - 0.01, false],
      [fullKPerS * pace * followsShare + 0.01, true],
    ] as const) {
      const scene = watched(
        machineOf({ swappedSeconds: 3, zones: [driven(fullKPerS / 100, 1), driven(fullKPerS / 100, 1)] }),
      );
      const { made } = scene;
      for (const zone of made.equipment.zones) zone.dutyPercent = 50;
      made.secondsUntil(
        () => false,
        29,
        (seconds) => {
          for (const reading of [reading1, reading2]) made.reads.set(reading, 23 + 5 * seconds);
        },
      );
      made.zone('zone1').dutyPercent = 100;
      made.zone('zone2').dutyPercent = 0;
      const nowC = 23 + 5 * 30;
      for (const reading of [reading1, reading2]) made.reads.set(reading, nowC);
      // both stand still from now on for the time, and for the scan with which it begins anew
      made.run(5);
      made.reads.set(reading2, nowC + zone2K);
      made.scan();
      assert.equal(suspected(scene), suspects, `${zone2K} K`);
    }
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

describe('the alarm of zones that are swapped', () => {
  it('names both, and says what they do', () => {
    const occurrence = justTold().alarm(alarm);
    assert.equal(occurrence?.value, 'zone1, zone2');
    const says = 'Barrel zone 1 follows the heater duty of Barrel zone 2, and Barrel zone 2 that of Barrel zone 1.';
    assert.equal(occurrence.explanation, `${says} ${occurrence.response}`);
  });

  // the first has no duty and rises by 2 K/s, the second has all of it and stands still
  for (const [cold, hot, names] of [
    ['zone2', 'zone1', 'zone1, zone2'],
    ['zone3', 'zone1', 'zone1, zone3'],
    ['zone2', 'zone3', 'zone2, zone3'],
    ['zone3', 'zone2', 'zone2, zone3'],
  ] as const) {
    it(`names them in the order of the machine, as ${names}, when ${cold} follows ${hot}`, () => {
      const { made } = watched(withZone3(machineOf()));
      made.zone(hot).dutyPercent = 100;
      const { temperature } = made.zone(cold).declaration;
      const seconds = made.secondsUntil(
        () => made.trips(alarm),
        100,
        (passed) => made.reads.set(temperature, 23 + 2 * passed),
      );
      assert.equal(seconds, 60);
      assert.equal(made.alarm(alarm)?.value, names);
    });
  }

  for (const [bad, stays] of [
    [[], false],
    [[reading1], true],
    [[reading2], true],
    [[reading1, reading2], true],
  ] as const) {
    it(`is over when they do so no more, ${bad.length === 0 ? 'as far as they are known' : `not while ${bad.join(' and ')} is bad`}`, () => {
      const made = justTold();
      for (const { id } of made.declaration.zones) made.zone(id).dutyPercent = 0;
      for (const reading of bad) made.reads.set(reading, 'BadDeviceFailure');
      made.run(20);
      assert.equal(made.alarm(alarm)?.active, stays);
    });
  }

  it('is none of a machine with one zone', () => {
    const machine = machineOf();
    const alarms = machine.alarms.filter(({ id }) => id !== alarm);
    const scene = watched({ ...machine, alarms, zones: machine.zones.slice(0, 1) });
    scene.made.zone('zone1').dutyPercent = 100;
    scene.made.run(70);
    assert.deepEqual(told(scene), []);
  });
});

/** A third zone, like the second, with the motor's sensor. */
function withZone3(machine: MachineDeclaration): MachineDeclaration {
  const zone3 = machine.zones.slice(1, 2).map((zone) => ({
    ...zone,
    id: 'zone3',
    title: 'Barrel zone 3',
    temperature: 'temperature.motor',
    raw: 'temperature.motor.raw',
  }));
  return { ...machine, zones: [...machine.zones, ...zone3] };
}
