import assert from 'node:assert/strict';
import fc from 'fast-check';

import { fitCalibration } from '../../machine/acquisition/calibration.ts';
import { JumpCheck } from '../../machine/acquisition/jump-check.ts';
import { MovingAverage } from '../../machine/acquisition/moving-average.ts';
import { factoryMachine } from './factory.ts';
import { Rig } from './rig.ts';

describe('calibration', () => {
  it('goes through two points, and fits more by least squares', () => {
    assert.deepEqual(
      fitCalibration([
        [0, 1],
        [100, 103],
      ]),
      { gain: 1.02, offset: 1 },
    );
    const { gain, offset } = fitCalibration([
      [0, 0],
      [100, 102],
      [200, 200],
    ]);
    assert.ok(Math.abs(gain - 1) < 1e-9);
    assert.ok(Math.abs(offset - 2 / 3) < 1e-9);
    assert.throws(
      () =>
        fitCalibration([
          [50, 1],
          [50, 2],
        ]),
      RangeError,
    );
  });

  it('applies to the single readings, once', () => {
    const machine = factoryMachine();
    const signals = new Map(machine.signals);
    const signal = signals.get('temperature.feed');
    assert.ok(signal !== undefined);
    signals.set(signal.id, {
      ...signal,
      calibration: [
        [0, 2],
        [100, 102],
      ],
    });
    const rig = new Rig({ declaration: { ...machine, signals } });
    rig.injected.set('temperature.feed', 30);
    rig.run(3);
    assert.equal(rig.sample('temperature.feed.raw').value, 32);
    assert.equal(rig.sample('temperature.feed').value, 32);
  });
});

describe('the moving average', () => {
  it('lies between the smallest and the largest reading of its window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -20, max: 400, noNaN: true }), { minLength: 1, maxLength: 60 }),
        (values) => {
          const average = new MovingAverage(2);
          values.forEach((value, place) => {
            const window = values.slice(Math.max(0, place - 7), place + 1);
            const mean = average.add(place * 250, value);
            assert.ok(mean >= Math.min(...window) - 1e-9 && mean <= Math.max(...window) + 1e-9);
          });
        },
      ),
    );
  });

  it('is the mean of the single readings of the last 2 s', () => {
    const rig = new Rig();
    for (let reading = 1; reading <= 20; reading++) {
      rig.injected.set('temperature.feed', reading);
      rig.scan();
    }
    assert.equal(rig.sample('temperature.feed.raw').value, 20);
    assert.equal(rig.sample('temperature.feed').value, (13 + 20) / 2);
  });

  it('carries the source time of the newest single reading', () => {
    const rig = new Rig();
    rig.run(5);
    for (const sensor of ['feed', 'zone1', 'zone2', 'motor']) {
      assert.equal(rig.sample(`temperature.${sensor}`).sourceTimeMs, rig.now.wallMs);
      assert.equal(rig.sample(`temperature.${sensor}.raw`).sourceTimeMs, rig.now.wallMs);
    }
  });

  it('starts anew after bad readings', () => {
    const rig = new Rig();
    rig.injected.set('temperature.feed', 20);
    rig.run(3);
    rig.injected.set('temperature.feed', 'BadSensorFailure');
    rig.scan();
    rig.injected.set('temperature.feed', 30);
    rig.scan();
    assert.equal(rig.sample('temperature.feed').value, 30);
  });
});

describe('impossible jumps', () => {
  it('a step of 30 K is a temperature, a larger one is a fault until readings were plausible for 5 s', () => {
    const check = new JumpCheck(30, 5);
    assert.equal(check.isPlausible(0, 100), true);
    assert.equal(check.isPlausible(250, 130), true);
    assert.equal(check.isPlausible(500, 160.1), false);
    assert.equal(check.isPlausible(750, 160), false);
    assert.equal(check.isPlausible(1_750, 160), false);
    assert.equal(check.isPlausible(2_750, 160), false);
    assert.equal(check.isPlausible(3_750, 160), false);
    assert.equal(check.isPlausible(4_750, 160), false);
    assert.equal(check.isPlausible(5_499, 160), false);
    assert.equal(check.isPlausible(5_500, 160), true);
  });

  it('readings more than 1 s apart say nothing about a jump', () => {
    const check = new JumpCheck(30, 5);
    check.isPlausible(0, 100);
    assert.equal(check.isPlausible(1_001, 200), true);
  });

  it('a jump takes the heat of its zone in the same scan, and keeps the last value that could be trusted', () => {
    const rig = new Rig().toReady();
    rig.run(3);
    rig.injected.set('temperature.zone1', 165);
    const trusted = rig.sample('temperature.zone1.raw').value;
    rig.scan();
    assert.equal(rig.sample('temperature.zone1.raw').quality, 'BadSensorFailure');
    assert.equal(rig.sample('temperature.zone1.raw').value, trusted);
    assert.equal(rig.output('heater.zone1.output'), 0);
    assert.ok(Number(rig.output('heater.zone2.output')) > 0);
  });
});

describe('failed readings', () => {
  it('never become a number: whatever the field says, a value that is not Good keeps the last trusted one', () => {
    const readings = fc.array(
      fc.oneof(
        fc.double({ min: -1_000, max: 1_000 }),
        fc.constantFrom('BadSensorFailure' as const, 'BadDeviceFailure' as const, 'lost' as const),
      ),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(readings, (values) => {
        const rig = new Rig();
        let trusted: unknown = null;
        for (const value of values) {
          rig.injected.set('temperature.feed', value);
          rig.scan();
          const raw = rig.sample('temperature.feed.raw');
          if (raw.quality === 'Good') trusted = raw.value;
          assert.equal(raw.value, trusted);
          assert.ok(raw.value === null || (Number(raw.value) >= -20 && Number(raw.value) <= 400));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('an answer that was overtaken by a newer one changes nothing', () => {
    const rig = new Rig();
    rig.injected.set('temperature.feed', 25);
    rig.run(1);
    const before = rig.sample('temperature.feed.raw');
    const { monotonicMs, wallMs } = rig.now;
    const late = { signal: 'temperature.feed', value: 30, quality: 'Good', atMs: monotonicMs - 100, wallMs } as const;
    assert.deepEqual(rig.core.receive([late], rig.now), []);
    assert.deepEqual(rig.sample('temperature.feed.raw'), before);
  });

  it('a reading of the wrong type is a fault of the configuration, not a value', () => {
    const rig = new Rig();
    rig.injected.set('safety.estopClosed', 1);
    rig.scan();
    assert.equal(rig.sample('safety.estopClosed').quality, 'BadConfigurationError');
    assert.equal(rig.sample('safety.estopClosed').value, null);
  });
});
