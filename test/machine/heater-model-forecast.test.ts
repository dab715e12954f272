import assert from 'node:assert/strict';

import type { RetainedState } from '../../machine/core.ts';
import { factoryMachine } from './factory.ts';
import type { PlantOptions } from './plant.ts';
import { engineer, Rig, type RigOptions } from './rig.ts';

function heating(options: RigOptions, zone1C: number, zone2C: number): Rig {
  const rig = new Rig(options);
  rig.run(2);
  rig.write('heater.zone1.setpoint', zone1C);
  rig.write('heater.zone2.setpoint', zone2C);
  assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
  rig.run(3);
  return rig;
}

function secondsToBand(rig: Rig, zone: string): number | null {
  return rig.core.zones().find(({ id }) => id === zone)?.secondsToBand ?? null;
}

/**
 * How far each forecast was off, told every half minute until a minute before the zone was in band, as a share of the time
 * that it took from then on.
 */
function forecastErrors(rig: Rig, zone: string, setpointC: number): number[] {
  const told: { atMs: number; seconds: number }[] = [];
  rig.until(() => {
    const seconds = secondsToBand(rig, zone);
    if (seconds !== null && rig.nowMs % 30_000 === 0) told.push({ atMs: rig.nowMs, seconds });
    return Math.abs(Number(rig.sample(`temperature.${zone}`).value) - setpointC) <= 5;
  }, 3_600);
  return told
    .filter(({ atMs }) => rig.nowMs - atMs >= 60_000)
    .map(({ atMs, seconds }) => (seconds * 1_000) / (rig.nowMs - atMs) - 1);
}

function lesson(plant: Partial<PlantOptions>): RetainedState {
  const rig = heating({ plant }, 200, 200);
  rig.run(900);
  rig.write('heater.zone1.setpoint', 150);
  rig.run(600);
  rig.write('heater.zone1.setpoint', 200);
  rig.write('heater.zone2.setpoint', 150);
  rig.run(600);
  assert.deepEqual(
    rig.core.zones().map(({ model }) => model.from),
    ['learnt', 'learnt'],
  );
  return rig.core.retained();
}

describe('the time to the setpoint', () => {
  const barrels: readonly Partial<PlantOptions>[] = [
    {},
    { gainShare: 0.92, timeShare: 0.93 },
    { gainShare: 1, timeShare: 1.15 },
  ];
  for (const plant of barrels) {
    for (const zone of ['zone1', 'zone2']) {
      it(`of ${zone} is right within 20 % by the nominal model, from cold: ${JSON.stringify(plant)}`, () => {
        const errors = forecastErrors(heating({ plant }, 200, 200), zone, 200);
        assert.ok(errors.length >= 5);
        for (const error of errors) assert.ok(Math.abs(error) < 0.2, `off by ${(error * 100).toFixed(0)} %`);
      });

      it(`of ${zone} is right within 10 % once learnt, from cold: ${JSON.stringify(plant)}`, () => {
        const errors = forecastErrors(heating({ plant, retained: lesson(plant) }, 200, 200), zone, 200);
        assert.ok(errors.length >= 5);
        for (const error of errors) assert.ok(Math.abs(error) < 0.1, `off by ${(error * 100).toFixed(0)} %`);
      });
    }
  }

  it('counts the heat that a neighbour gives on its way', () => {
    const alone = heating({}, 250, 0);
    const together = heating({}, 250, 250);
    const gainSeconds = Number(secondsToBand(alone, 'zone1')) - Number(secondsToBand(together, 'zone1'));
    assert.ok(gainSeconds > 20, `${gainSeconds} s`);
    for (const [rig, zone] of [
      [alone, 'zone1'],
      [together, 'zone1'],
    ] as const) {
      for (const error of forecastErrors(rig, zone, 250)) assert.ok(Math.abs(error) < 0.2);
    }
  });

  it('is right downwards, too', () => {
    const rig = heating({ temperatureC: 220 }, 220, 220);
    rig.run(100);
    rig.write('heater.zone1.setpoint', 180);
    rig.scan();
    for (const error of forecastErrors(rig, 'zone1', 180)) assert.ok(Math.abs(error) < 0.2);
  });

  it('is 0 in band, and unknown where there is no way there', () => {
    const rig = heating({ temperatureC: 200 }, 200, 0);
    rig.run(600);
    assert.equal(secondsToBand(rig, 'zone1'), 0);
    assert.equal(secondsToBand(rig, 'zone2'), null);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    assert.equal(secondsToBand(rig, 'zone1'), null);
    rig.ask({ name: 'setMode', mode: 'AUTO' });
    rig.run(1);
    assert.equal(secondsToBand(rig, 'zone1'), 0);
    rig.injected.set('temperature.zone1', 'BadSensorFailure');
    rig.scan();
    assert.equal(secondsToBand(rig, 'zone1'), null);
    rig.ask({ name: 'heat', on: false });
    assert.equal(secondsToBand(rig, 'zone1'), null);
  });

  it('is unknown for a setpoint that the heater can not reach', () => {
    const machine = factoryMachine();
    const zones = machine.zones.map((zone) => ({ ...zone, model: { ...zone.model, gainKPerPercent: 1.5 } }));
    const rig = heating({ declaration: { ...machine, zones } }, 250, 0);
    assert.equal(secondsToBand(rig, 'zone1'), null);
  });

  it('is said in whole minutes that only ever count down on the way up', () => {
    const rig = heating({}, 200, 0);
    const said: string[] = [];
    rig.until(() => {
      const blocker = rig.last.status.blockers.find(({ code }) => code === 'NOT_AT_TEMPERATURE');
      const need = /Barrel zone 1 needs about (?<need>a minute|\d+ min)\.$/.exec(blocker?.text ?? '')?.groups?.need;
      if (need !== undefined && need !== said.at(-1)) said.push(need);
      return blocker === undefined;
    }, 900);
    assert.deepEqual(said, ['6 min', '5 min', '4 min', '3 min', '2 min', 'a minute']);
  });
});
