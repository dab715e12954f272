import assert from 'node:assert/strict';

import { guardUncontrolled } from '../../machine/interlocks/heater-uncontrolled.ts';
import { SwapWatch } from '../../machine/interlocks/swap-watch.ts';
import { UnexpectedRise } from '../../machine/interlocks/unexpected-rise.ts';
import { factoryMachine } from './factory.ts';
import { GuardBench } from './guard-bench.ts';
import { engineer, Rig } from './rig.ts';

const reading = 'temperature.zone1';
const power = 'heater.power';
const alarm = 'ZONE1_UNCONTROLLED';

function bench(): GuardBench {
  const made = new GuardBench();
  made.guards.push(guardUncontrolled(made, new SwapWatch(made)));
  return made;
}

/** Zone 1 by itself: it follows ambient, or a neighbour by a tenth. Each scan is a step of 10 s. */
function rising(): { readonly made: GuardBench; readonly rise: UnexpectedRise } {
  const made = new GuardBench({ ...factoryMachine(), scanPeriodMs: 10_000 });
  return { made, rise: new UnexpectedRise(made, made.zone('zone1')) };
}

/** Judged in every scan until it stands out. @returns seconds after the first scan; null: it does not */
function secondsUnexpected(
  { made, rise }: ReturnType<typeof rising>,
  withinSeconds: number,
  before: (seconds: number) => void,
): number | null {
  return made.secondsUntil(() => rise.isUnexpected(made.situation), withinSeconds, before);
}

describe('power that the duties do not explain', () => {
  for (const [zone1Percent, zone2Percent, trips] of [
    [2, 2, []],
    [2, 0, ['ZONE2_UNCONTROLLED']],
    [0, 2, ['ZONE1_UNCONTROLLED']],
    [0, 0, ['ZONE1_UNCONTROLLED', 'ZONE2_UNCONTROLLED']],
  ] as const) {
    it(`accuses the zones with no duty, of ${zone1Percent} % and ${zone2Percent} %`, () => {
      const made = bench();
      made.zone('zone1').dutyPercent = zone1Percent;
      made.zone('zone2').dutyPercent = zone2Percent;
      made.reads.set(power, 0.5);
      made.run(20);
      const accused = ['ZONE1_UNCONTROLLED', 'ZONE2_UNCONTROLLED'].filter((id) => made.trips(id));
      assert.deepEqual(accused, trips);
    });
  }

  it('is told with its watts, and with the zone that may be stuck', () => {
    const made = bench();
    made.zone('zone2').dutyPercent = 2;
    made.reads.set(power, 0.5);
    made.run(5);
    const occurrence = made.alarm(alarm);
    const says = 'The heaters draw 500 W, where their duties explain 5 W, and Barrel zone 1 has a duty of 0 %.';
    assert.equal(occurrence?.explanation, `${says} ${occurrence?.response}`);
  });

  it('is told as a relay that is stuck, in the test of the relays', () => {
    const made = bench();
    made.situation.provingSinceMs = made.situation.nowMs;
    made.reads.set(power, 0.2);
    made.run(2);
    const occurrence = made.alarm(alarm);
    const says =
      'The heaters draw 200 W, where their duties explain 0 W: a relay is stuck on, and Barrel zone 1 may be it.';
    assert.equal(occurrence?.explanation, `${says} ${occurrence?.response}`);
  });

  for (const [bad, stays] of [
    [[], false],
    [[power], true],
    [[reading], true],
    [[power, reading], true],
  ] as const) {
    it(`is over when it stops, ${bad.length === 0 ? 'as far as everything is known' : `not while ${bad.join(' and ')} is bad`}`, () => {
      const made = bench();
      made.reads.set(power, 0.5);
      made.run(5);
      assert.equal(made.alarm(alarm)?.active, true);
      made.reads.set(power, 0);
      for (const signal of bad) made.reads.set(signal, 'BadDeviceFailure');
      made.run(20);
      assert.equal(made.alarm(alarm)?.active, stays);
    });
  }
});

describe('a zone without a duty', () => {
  it('may rise by what is under way for 90 s, and after that by 5 K', () => {
    for (const [riseK, seconds] of [
      [4.9, null],
      [5.2, 100],
    ] as const) {
      const zone = rising();
      const found = secondsUnexpected(zone, 200, (passed) => {
        zone.made.reads.set(reading, 150 + (passed > 90 ? riseK : 0) + Math.min(passed, 90));
      });
      assert.equal(found, seconds, `${riseK} K`);
    }
  });

  it('is not judged while it has one, nor for 90 s after that', () => {
    const zone = rising();
    const seconds = secondsUnexpected(zone, 600, (passed) => {
      zone.made.zone('zone1').dutyPercent = passed < 300 ? 1 : 0;
      zone.made.reads.set(reading, 100 + passed / 5);
    });
    assert.ok(seconds !== null && seconds > 390, `after ${seconds} s`);
  });

  it('is told with what it reads, and what it may', () => {
    const made = bench();
    made.secondsUntil(
      () => made.trips(alarm),
      100,
      (passed) => made.reads.set(reading, passed < 95 ? 100 : 105.5),
    );
    const occurrence = made.alarm(alarm);
    const says =
      'Barrel zone 1 reads 105.5 °C, more than 5 K above what its neighbours explain, 90 s or more after its duty went to 0 %.';
    assert.equal(occurrence?.explanation, `${says} ${occurrence?.response}`);
  });

  it('may stand 5 K above what ambient and its neighbours explain, not more', () => {
    for (const [temperatureC, seconds] of [
      [28, null],
      [28.1, 100],
    ] as const) {
      const zone = rising();
      const found = secondsUnexpected(zone, 100, (passed) =>
        zone.made.reads.set(reading, passed > 90 ? temperatureC : 10),
      );
      assert.equal(found, seconds, `${temperatureC} °C`);
    }
  });

  it('is judged from the lowest that it fell to', () => {
    const zone = rising();
    const seconds = secondsUnexpected(zone, 400, (passed) => {
      zone.made.reads.set(reading, passed < 300 ? 200 - passed / 10 : 176.2);
    });
    assert.equal(seconds, 300);
  });

  it('may keep its heat, however far ambient lies below', () => {
    const zone = rising();
    assert.equal(
      secondsUnexpected(zone, 7_200, () => zone.made.reads.set(reading, 200)),
      null,
    );
  });

  it('may rise with a hall that warms up by 20 K an hour, not by 30 K', () => {
    // it is followed with twice the time constant: 5 K in 800 s
    for (const [kPerHour, stands] of [
      [20, false],
      [30, true],
    ] as const) {
      const zone = rising();
      const found = secondsUnexpected(zone, 4 * 3_600, (passed) => {
        zone.made.reads.set(reading, 40 + (kPerHour * passed) / 3_600);
      });
      assert.equal(found !== null, stands, `${kPerHour} K/h`);
    }
  });

  it('that a hot neighbour has warmed may stay warm when the neighbour goes cold', () => {
    const zone = rising();
    const { made } = zone;
    const seconds = secondsUnexpected(zone, 3_000, (passed) => {
      // it comes as near to the 25 K that the neighbour lifts it by as its time constant lets it
      const warmed = Math.min(passed, 1_200);
      made.reads.set('temperature.zone2', passed < 1_200 ? 273 : 23);
      made.reads.set(reading, 23 + 25 * (1 - Math.exp(-warmed / 400)));
    });
    assert.equal(seconds, null);
  });

  it('is judged anew, for 90 s and from where it then is, when its rise is explained', () => {
    const zone = rising();
    const { made, rise } = zone;
    const risen = (passed: number): unknown => made.reads.set(reading, 150 + (passed > 90 ? 20 : 0));
    assert.equal(secondsUnexpected(zone, 200, risen), 100);
    rise.restart();
    assert.equal(
      secondsUnexpected(zone, 400, (passed) => made.reads.set(reading, passed < 300 ? 170 : 180)),
      300,
    );
  });
});

describe('a zone that rises by the duty of another', () => {
  it('is the fault of the swap alone: its own alarm follows from that, and is over with it', () => {
    const rig = new Rig({ plant: { crossedHeaters: ['zone1', 'zone2'] } });
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    rig.run(3);
    const isStopped = (): boolean => rig.state === 'ALARM';
    for (let turn = 0; turn < 30 && !isStopped(); turn++) {
      for (const [setpointC, seconds] of [
        [260, 45],
        [0, 10],
      ] as const) {
        rig.write('heater.zone1.setpoint', setpointC);
        for (let scan = 0; scan < seconds * 4 && !isStopped(); scan++) rig.scan();
      }
    }
    const [first] = rig.events.filter(({ transition }) => transition === 'suppressed');
    assert.deepEqual(first?.occurrence.id, 'ZONE2_UNCONTROLLED');
    rig.run(120);
    const rang = rig.events.filter(({ transition }) => transition === 'raised' || transition === 'tripped');
    assert.deepEqual([...new Set(rang.map(({ occurrence }) => occurrence.id))], ['ZONES_SWAPPED']);
  });

  it('is told after 60 s of differing duties where nothing else trips', () => {
    const rig = new Rig({ plant: { crossedHeaters: ['zone1', 'zone2'] } });
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    rig.run(3);
    rig.write('heater.zone1.output', 60, engineer);
    const seconds = rig.until(() => rig.state === 'ALARM', 90);
    assert.ok(seconds >= 58 && seconds <= 61, `after ${seconds} s`);
    assert.equal(rig.alarm('ZONES_SWAPPED')?.firstOut, true);
  });
});
