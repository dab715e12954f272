import assert from 'node:assert/strict';
import { arrange, concerns } from '../../web/src/signals/arrangement.ts';

const factory = [
  'temperature.feed',
  'temperature.zone1',
  'temperature.zone2',
  'temperature.motor',
  'temperature.zone1.raw',
  'heater.zone1.setpoint',
  'heater.zone2.setpoint',
  'motor.feed.speed',
  'motor.main.speed',
  'fan.on',
  'fan.nozzle',
  'pump.on',
  'light.red',
];

describe('where the page shows a machine’s signals', () => {
  it('goes along the barrel from the motor over the feed to the nozzle', () => {
    const { points } = arrange(factory);
    assert.deepEqual(
      points.map(({ name }) => name),
      ['motor', 'feed', 'zone1', 'zone2'],
    );
    assert.deepEqual(
      points.map(({ nozzle }) => nozzle),
      [false, false, false, true],
    );
  });

  it('shows averages and not the single readings behind them', () => {
    assert.equal(arrange(factory).points.length, 4);
  });

  it('takes up further zones in their order, zone 10 after zone 9', () => {
    const zones = Array.from({ length: 12 }, (_, index) => `zone${index + 1}`);
    const ids = zones.toReversed().flatMap((zone) => [`temperature.${zone}`, `heater.${zone}.setpoint`]);
    assert.deepEqual(
      arrange(ids).points.map(({ name }) => name),
      zones,
    );
  });

  it('finds the drives, the main drive first, and the cooling', () => {
    const { drives, cooling } = arrange(factory);
    assert.deepEqual(
      drives.map(({ name }) => name),
      ['main', 'feed'],
    );
    assert.deepEqual(cooling, ['fan.nozzle', 'fan.on', 'pump.on']);
  });

  it('marks an alarm at the point or drive that it is named for', () => {
    assert.ok(concerns('ZONE1_OVERTEMP', 'point', 'zone1'));
    assert.ok(!concerns('ZONE10_OVERTEMP', 'point', 'zone1'));
    assert.ok(concerns('FEED_SENSOR_FAILED', 'point', 'feed'));
    assert.ok(!concerns('FEED_DRIVE_FAULT', 'point', 'feed'));
    assert.ok(concerns('FEED_DRIVE_FAULT', 'drive', 'feed'));
    assert.ok(!concerns('FEED_SENSOR_FAILED', 'drive', 'feed'));
  });
});
