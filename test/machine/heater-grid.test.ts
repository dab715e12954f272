import assert from 'node:assert/strict';

import { codes, engineer, Rig } from './rig.ts';

const sound: readonly (readonly [number, number])[] = [0.75, 0.85, 1, 1.25].flatMap((gain) =>
  [0.75, 1, 1.4].map((time) => [gain, time] as const),
);

/** Duty in %, temperature at the begin in °C, and by when it is found, in s. */
const limits = {
  brokenHeaters: [
    [50, 23, 65],
    [85, 23, 55],
    [100, 23, 55],
    [50, 140, 150],
    [85, 200, 75],
    [70, 200, 200],
    // hardly different from a sound zone that cools: found when it has come down
    [50, 200, 370],
    [85, 260, 240],
  ],
  detachedSensors: [
    [50, 23, 65],
    [85, 23, 55],
    [100, 23, 55],
    [50, 140, 55],
    [85, 200, 50],
    [50, 260, 30],
  ],
} as const;

/** What a barrel reaches at full duty by itself, in °C. */
function reachesC(rig: Rig, gainShare: number): number {
  const { ambientC, gainKPerPercent } = rig.declaration.zones[0]?.model ?? { ambientC: 0, gainKPerPercent: 0 };
  return ambientC + gainShare * gainKPerPercent * 100;
}

function heating(rig: Rig, zone1C: number, zone2C: number): Rig {
  rig.run(1);
  rig.write('heater.zone1.setpoint', zone1C);
  rig.write('heater.zone2.setpoint', zone2C);
  assert.deepEqual(codes(rig.ask({ name: 'heat', on: true })), []);
  return rig;
}

describe('sound heaters, weak and strong, slow and quick', () => {
  for (const setpointC of [80, 140, 200, 260]) {
    for (const hot of [false, true]) {
      for (const neighbourC of [0, setpointC]) {
        const start = hot ? 'from 30 K below' : 'from cold';
        it(`never fail at ${setpointC} °C ${start}, beside a zone at ${neighbourC} °C`, () => {
          for (const [gainShare, timeShare] of sound) {
            const rig = new Rig({ temperatureC: hot ? setpointC - 30 : 23, plant: { gainShare, timeShare } });
            // where full duty hardly brings the zone to its setpoint, the rule of the measured rise may trip
            if (reachesC(rig, gainShare) < setpointC + 10) continue;
            heating(rig, setpointC, neighbourC).run(hot ? 300 : 600);
            assert.deepEqual(
              rig.core.alarms().map(({ id, explanation }) => `${id}: ${explanation}`),
              [],
              `gain × ${gainShare}, time × ${timeShare}`,
            );
          }
        }).timeout(60_000);
      }
    }
  }
});

describe('a sound heater at the end of its power', () => {
  it('has not failed when it is in band at 260 °C, with 80 % of the nominal gain', () => {
    const rig = heating(new Rig({ temperatureC: 230, plant: { gainShare: 0.8, timeShare: 0.8 } }), 260, 260);
    rig.until(() => rig.state === 'READY', 900);
    rig.run(600);
    assert.deepEqual(rig.standing(), []);
  });
});

describe('failed heaters and loose sensors, below full duty', () => {
  for (const [what, fault] of [
    ['a dead heater', 'brokenHeaters'],
    ['a loose sensor', 'detachedSensors'],
  ] as const) {
    for (const [dutyPercent, fromC, withinSeconds] of limits[fault]) {
      it(`${what} is found within ${withinSeconds} s at ${dutyPercent} %, from ${fromC} °C`, () => {
        for (const [gainShare, timeShare] of sound) {
          const rig = new Rig({ temperatureC: fromC, plant: { gainShare, timeShare } });
          if (reachesC(rig, gainShare) < fromC) continue;
          const setpointC = fromC > 100 ? fromC : 0;
          heating(rig, setpointC, setpointC).run(fromC > 100 ? 200 : 5);
          assert.equal(rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer).accepted, true);
          rig.plant.faults[fault].add('zone1');
          rig.write('heater.zone1.output', dutyPercent, engineer);
          const seconds = rig.until(() => rig.state === 'ALARM', 600);
          assert.equal(rig.alarm('ZONE1_NOT_HEATING')?.firstOut, true, JSON.stringify(rig.core.alarms()));
          assert.ok(seconds <= withinSeconds, `after ${seconds} s: gain × ${gainShare}, time × ${timeShare}`);
          assert.ok(rig.plant.trueC('zone1') < 280);
        }
      }).timeout(60_000);
    }
  }
});

describe('a loose sensor under a duty that stays below full', () => {
  for (const maximumDutyPercent of [60, 75, 85, 89]) {
    it(`is found while a zone is tuned with at most ${maximumDutyPercent} %, before the barrel is hot`, () => {
      const rig = heating(new Rig(), 0, 0);
      rig.run(3);
      rig.plant.ambientOffsetK = 0.05;
      rig.plant.faults.detachedSensors.add('zone1');
      const tune = { name: 'tune', zone: 'zone1', setpointC: 180, maximumDutyPercent } as const;
      assert.deepEqual(codes(rig.ask(tune, engineer)), []);
      const seconds = rig.until(() => rig.state === 'ALARM', 120);
      assert.equal(rig.alarm('ZONE1_NOT_HEATING')?.firstOut, true);
      assert.ok(seconds < 60 && rig.plant.trueC('zone1') < 60, `after ${seconds} s`);
    });
  }

  it('is found where the gains of a recipe hold the duty below full', () => {
    const rig = new Rig();
    rig.plant.ambientOffsetK = 0.05;
    rig.run(1);
    const zones = { zone1: { setpointC: 200, gains: { kp: 0.48, ki: 0, kd: 0 } }, zone2: { setpointC: 200 } };
    assert.deepEqual(codes(rig.ask({ name: 'loadRecipe', recipe: { name: 'X', version: 1, zones, drives: {} } })), []);
    assert.deepEqual(codes(rig.ask({ name: 'heat', on: true })), []);
    rig.plant.faults.detachedSensors.add('zone1');
    const seconds = rig.until(() => rig.state === 'ALARM', 120);
    assert.ok(Number(rig.output('heater.zone1.output')) < 90);
    assert.equal(rig.alarm('ZONE1_NOT_HEATING')?.firstOut, true);
    assert.ok(seconds < 60 && rig.plant.trueC('zone1') < 60, `after ${seconds} s`);
  });
});

describe('what comes from outside', () => {
  it('a reading that is off for a moment makes no failed heater', () => {
    const rig = new Rig().toReady();
    rig.run(300);
    const spark = Number(rig.sample('temperature.zone1.raw').value) - 25;
    for (let scans = 0; scans < 8; scans++) {
      rig.injected.set('temperature.zone1', spark);
      rig.scan();
      rig.injected.delete('temperature.zone1');
      rig.run(40);
    }
    assert.deepEqual(rig.standing(), []);
  });

  for (const byK of [-10, -20, -25]) {
    it(`a zone that loses ${-byK} K at once and comes back has no failed heater`, () => {
      for (const [gainShare, timeShare] of sound) {
        const rig = heating(new Rig({ temperatureC: 190, plant: { gainShare, timeShare } }), 190, 190);
        rig.run(400);
        rig.plant.disturb('zone1', byK);
        rig.run(300);
        assert.deepEqual(rig.standing(), [], `gain × ${gainShare}, time × ${timeShare}`);
      }
    });
  }
});
