import assert from 'node:assert/strict';

import type { Quality } from '../../../machine/quality.ts';
import { engineer, Rig, type Injected } from '../rig.ts';
import { inject, Played, plays, release, type Place, type Rule } from './rule.ts';

/** What can be wrong with a reading that came, and how the value is marked then. */
const faults: readonly (readonly [fault: string, reading: Injected, quality: Quality])[] = [
  ['open circuit', 'BadSensorFailure', 'BadSensorFailure'],
  ['a failure of the module', 'BadDeviceFailure', 'BadDeviceFailure'],
  ['a refused register', 'BadConfigurationError', 'BadConfigurationError'],
  ['a reading above its range', 400.1, 'BadSensorFailure'],
  ['a reading below its range', -20.1, 'BadSensorFailure'],
  ['no number', Number.NaN, 'BadConfigurationError'],
];

const places: readonly Place[] = ['idle', 'running', 'heating by hand', 'jogging'];

const trips: readonly Rule[] = ['zone1', 'zone2', 'motor'].flatMap((sensor) =>
  faults.map(([fault, reading]): Rule => ({
    rule: `${fault} at the sensor of ${sensor}`,
    alarm: `${sensor.toUpperCase()}_SENSOR_FAILED`,
    from: fault === 'open circuit' ? [...places, 'idle in MANUAL', 'ready'] : ['running'],
    provoke: inject(`temperature.${sensor}`, reading),
    tripsAfterSeconds: 3,
    raisedAfterSeconds: 0,
    mend: release(`temperature.${sensor}`),
  })),
);

const rings: readonly Rule[] = faults.map(([fault, reading]): Rule => ({
  rule: `${fault} at the sensor of the feed throat`,
  alarm: 'FEED_SENSOR_FAILED',
  from: fault === 'open circuit' ? places : ['running'],
  provoke: inject('temperature.feed', reading),
  tripsAfterSeconds: null,
  raisedAfterSeconds: 0,
  mend: release('temperature.feed'),
}));

plays([
  ...trips,
  ...rings,
  {
    rule: 'the feed throat is not delivered any more',
    alarm: 'FEED_SENSOR_FAILED',
    from: places,
    provoke: inject('temperature.feed', 'lost'),
    tripsAfterSeconds: null,
    // the last reading is a scan old when the first is missed: 1 s of freshness, 3 s of patience
    raisedAfterSeconds: 3.75,
    mend: release('temperature.feed'),
  },
]);

describe('a failed sensor', () => {
  for (const [fault, reading, quality] of faults) {
    for (const place of ['heating', 'heating by hand', 'running'] as const) {
      it(`takes the heat of its zone in the same scan, and of no other: ${fault}, ${place}`, () => {
        const { rig } = new Played(place);
        rig.run(5);
        // at the setpoint a zone may have no duty at all just now
        if (place === 'running') for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 220);
        rig.run(1);
        assert.ok(Number(rig.output('heater.zone1.output')) > 0);
        const trusted = rig.sample('temperature.zone1.raw');
        rig.injected.set('temperature.zone1', reading);
        rig.scan();
        for (const signal of ['temperature.zone1', 'temperature.zone1.raw']) {
          assert.equal(rig.sample(signal).quality, quality);
        }
        assert.equal(rig.sample('temperature.zone1.raw').value, trusted.value);
        assert.equal(rig.sample('temperature.zone1.raw').sourceTimeMs, trusted.sourceTimeMs);
        assert.equal(rig.output('heater.zone1.output'), 0);
        assert.ok(Number(rig.output('heater.zone2.output')) > 0);
        assert.equal(rig.output('heater.contactor'), true);
      });
    }
  }

  it('of the motor takes no heat, but no drive begins to turn', () => {
    const { rig } = new Played('heating');
    rig.injected.set('temperature.motor', 'BadSensorFailure');
    rig.scan();
    assert.ok(Number(rig.output('heater.zone1.output')) > 0);
    const manual = new Rig({ temperatureC: 200 });
    manual.run(1);
    manual.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    manual.injected.set('temperature.motor', 'BadSensorFailure');
    manual.scan();
    assert.equal(manual.write('motor.main.command', 100, engineer).accepted, false);
    assert.equal(manual.output('motor.main.command'), 0);
  });

  it('reads up to the ends of its range and no further', () => {
    for (const [sensor, low, high] of [
      ['zone1', -20, 400],
      ['motor', -20, 150],
    ] as const) {
      for (const reading of [low, high]) {
        const rig = new Rig();
        rig.injected.set(`temperature.${sensor}`, reading);
        rig.scan();
        assert.deepEqual(
          [rig.sample(`temperature.${sensor}.raw`).value, rig.sample(`temperature.${sensor}.raw`).quality],
          [reading, 'Good'],
        );
      }
    }
  });

  it('rings in the scan of the first failed reading', () => {
    const { rig } = new Played('running');
    rig.injected.set('temperature.zone1', 'BadSensorFailure');
    rig.scan();
    assert.equal(rig.alarm('ZONE1_SENSOR_FAILED')?.active, true);
    assert.equal(rig.alarm('ZONE1_SENSOR_FAILED')?.trip, false);
  });

  it('that is not heard of any more stays failed, and one that is only not heard of has not failed', () => {
    const { rig } = new Played('ready');
    rig.injected.set('temperature.zone1', 'BadSensorFailure');
    rig.run(1);
    rig.injected.set('temperature.zone1', 'lost');
    rig.run(10);
    assert.equal(rig.alarm('ZONE1_SENSOR_FAILED')?.active, true);
    const { rig: other } = new Played('ready');
    other.injected.set('temperature.zone1', 'lost');
    other.run(10);
    assert.equal(other.alarm('ZONE1_SENSOR_FAILED'), undefined);
  });
});

describe('an impossible jump', () => {
  it('is a step of more than 30 K, up or down', () => {
    for (const byK of [30, -30]) assert.equal(jump(byK).sample('temperature.zone1.raw').quality, 'Good');
    for (const byK of [30.1, -30.1]) {
      assert.equal(jump(byK).sample('temperature.zone1.raw').quality, 'BadSensorFailure', `${byK} K`);
    }
  });

  it('trips 3 s after it, since the sensor is trusted again only after 5 s', () => {
    const rig = jump(31);
    rig.injected.set('temperature.zone1', 200);
    rig.scan();
    rig.run(2.5);
    assert.notEqual(rig.state, 'ALARM');
    rig.scan();
    assert.equal(rig.alarm('ZONE1_SENSOR_FAILED')?.trip, true);
    rig.run(1.75);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, false);
    rig.run(0.5);
    assert.equal(rig.sample('temperature.zone1.raw').quality, 'Good');
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
  });
});

/** A zone steady at 200 °C, and one reading that far off. */
function jump(byK: number): Rig {
  const rig = new Rig().toReady();
  rig.injected.set('temperature.zone1', 200);
  rig.run(1);
  rig.injected.set('temperature.zone1', 200 + byK);
  rig.scan();
  return rig;
}
