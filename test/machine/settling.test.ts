import assert from 'node:assert/strict';

import type { Zone } from '../../machine/equipment.ts';
import {
  arrivingPercent,
  excessK,
  liftByNeighboursK,
  rateKPerS,
  settlesAtC,
} from '../../machine/interlocks/heater-model.ts';
import type { ZoneModel } from '../../machine/model/zone-model.ts';
import { GuardBench } from './guard-bench.ts';

const other: ZoneModel = {
  gainKPerPercent: 2,
  timeConstantSeconds: 500,
  deadTimeSeconds: 4,
  ambientC: 30,
  liftKPerK: [0.25],
};

function reading(zone1C: number, zone2C: number): GuardBench {
  const made = new GuardBench();
  made.reads.set('temperature.zone1', zone1C);
  made.reads.set('temperature.zone2', zone2C);
  made.scan();
  return made;
}

/** Zone 1 between two neighbours; the second lifts it twice as much. */
function between(one: Zone, two: Zone): Zone {
  const zone = reading(23, 23).zone('zone1');
  return { ...zone, warmers: [one, two], model: { ...zone.nominal, liftKPerK: [0.125, 0.25] } };
}

describe('a zone as its model has it', () => {
  it('stands above the nominal ambient, never below it', () => {
    assert.equal(excessK(reading(123, 23).zone('zone1')), 100);
    assert.equal(excessK(reading(13, 23).zone('zone1')), 0);
    const zone = reading(123, 23).zone('zone1');
    zone.model = other;
    assert.equal(excessK(zone), 100);
  });

  it('is lifted by its neighbour, by the model in force or another', () => {
    const zone = reading(23, 123).zone('zone1');
    assert.equal(liftByNeighboursK(zone), 10);
    assert.equal(liftByNeighboursK(zone, other), 25);
    zone.model = other;
    assert.equal(liftByNeighboursK(zone), 25);
  });

  it('is lifted by each of its neighbours by its own share', () => {
    const [hot, warm] = [reading(123, 23).zone('zone1'), reading(63, 23).zone('zone1')];
    assert.equal(liftByNeighboursK(between(hot, warm)), 12.5 + 10);
    assert.equal(liftByNeighboursK(between(warm, hot)), 5 + 25);
  });

  it('is lifted by no neighbour that was never read, or is colder than ambient', () => {
    const [unread, cold] = [new GuardBench().zone('zone1'), reading(3, 23).zone('zone1')];
    assert.equal(liftByNeighboursK(between(unread, reading(123, 23).zone('zone1'))), 25);
    assert.equal(liftByNeighboursK(between(cold, unread)), 0);
  });

  it('is lifted by nothing that its model does not name', () => {
    const zone = reading(23, 123).zone('zone1');
    assert.equal(liftByNeighboursK(zone, { ...other, liftKPerK: [] }), 0);
  });

  it('settles where ambient, its duty and its neighbours lead it', () => {
    const zone = reading(23, 123).zone('zone1');
    assert.equal(settlesAtC(zone, 50), 23 + 150 + 10);
    assert.equal(settlesAtC(zone, 50, other), 30 + 100 + 25);
  });

  it('goes there the faster the further it is away, and the quicker it is', () => {
    assert.equal(rateKPerS(other, 100, 350), 0.5);
    assert.equal(rateKPerS(other, 350, 100), -0.5);
    assert.equal(rateKPerS({ ...other, timeConstantSeconds: 250 }, 100, 350), 1);
  });

  it('gets the heat of a duty a dead time later', () => {
    const made = reading(23, 23);
    const zone = made.zone('zone1');
    made.run(10);
    zone.dutyPercent = 80;
    made.run(6);
    assert.equal(arrivingPercent(zone, 0.25), 0);
    assert.equal(arrivingPercent(zone, 0.25, other), 80);
    made.run(2.25);
    assert.equal(arrivingPercent(zone, 0.25), 80);
    assert.equal(arrivingPercent(zone, 5), 4);
  });
});
