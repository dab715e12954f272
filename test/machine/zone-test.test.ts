import assert from 'node:assert/strict';

import type { ZoneTest } from '../../machine/zone-status.ts';
import { codes, engineer, operator, reasonsOf, Rig, type RigOptions } from './rig.ts';

/** Heating is on, the relays are proved off, and nothing is tested yet. */
function heated(options: RigOptions = {}, setpoints: readonly [number, number] = [0, 0]): Rig {
  const rig = new Rig(options);
  rig.run(1);
  rig.write('heater.zone1.setpoint', setpoints[0]);
  rig.write('heater.zone2.setpoint', setpoints[1]);
  rig.ask({ name: 'heat', on: true });
  rig.run(3);
  return rig;
}

function begin(rig: Rig, zone: string): void {
  assert.deepEqual(codes(rig.ask({ name: 'testZone', zone }, engineer)), []);
  assert.equal(testOf(rig, zone).verdict, 'running');
}

function testOf(rig: Rig, zone: string): ZoneTest {
  const test = rig.core.zones().find(({ id }) => id === zone)?.test;
  assert.ok(test, `${zone} was never tested`);
  return test;
}

/** @returns seconds until the verdict */
function finish(rig: Rig, zone: string): number {
  return rig.until(() => testOf(rig, zone).verdict !== 'running', 130);
}

const temperatures = [23, 100, 200] as const;

describe('the test of a zone', () => {
  for (const temperatureC of temperatures) {
    for (const zone of ['zone1', 'zone2']) {
      it(`finds ${zone} connected as it should be, from ${temperatureC} °C, well before its time is over`, () => {
        const rig = heated({ temperatureC }, [
          temperatureC > 23 ? temperatureC : 0,
          temperatureC > 23 ? temperatureC : 0,
        ]);
        const startedAtMs = rig.now.wallMs;
        begin(rig, zone);
        const seconds = finish(rig, zone);
        const test = testOf(rig, zone);
        assert.equal(test.verdict, 'ok', test.text);
        assert.ok(seconds < 60, `after ${seconds} s`);
        assert.ok(test.startedAtMs >= startedAtMs);
        assert.equal(test.endedAtMs, rig.now.wallMs);
        assert.match(
          test.text,
          /^Barrel zone \d rose by \d+ % of what its heater should give, Barrel zone \d by -?\d+ %\./,
        );
        assert.deepEqual(rig.standing(), []);
      });
    }
    for (const kind of ['crossedHeaters', 'crossedSensors'] as const) {
      it(`finds ${kind} from ${temperatureC} °C and trips for them, with one alarm`, () => {
        const rig = heated({ temperatureC, plant: { [kind]: ['zone1', 'zone2'] } });
        begin(rig, 'zone1');
        const seconds = finish(rig, 'zone1');
        const test = testOf(rig, 'zone1');
        assert.deepEqual([test.verdict, test.crossedWith], ['crossed', 'zone2'], test.text);
        assert.ok(seconds < 60, `after ${seconds} s`);
        assert.equal(rig.state, 'ALARM');
        assert.equal(rig.output('heater.contactor'), false);
        assert.deepEqual(rig.standing(), ['ZONES_SWAPPED']);
        assert.equal(rig.alarm('ZONES_SWAPPED')?.trip, true);
        assert.match(
          String(rig.alarm('ZONES_SWAPPED')?.explanation),
          /Barrel zone 1 follows the heater duty of Barrel zone 2/,
        );
        rig.run(5);
        assert.deepEqual(codes(rig.ask({ name: 'clearAlarms' })), []);
      });
    }
    it(`finds a broken heater from ${temperatureC} °C and trips for it`, () => {
      const rig = heated({ temperatureC });
      rig.plant.faults.brokenHeaters.add('zone2');
      begin(rig, 'zone2');
      finish(rig, 'zone2');
      assert.equal(testOf(rig, 'zone2').verdict, 'noResponse', testOf(rig, 'zone2').text);
      assert.equal(rig.state, 'ALARM');
      assert.equal(rig.alarm('ZONE2_NOT_HEATING')?.trip, true);
    });
  }

  it('finds a sensor that hangs in the air', () => {
    const rig = heated();
    rig.plant.faults.detachedSensors.add('zone1');
    begin(rig, 'zone1');
    finish(rig, 'zone1');
    assert.equal(testOf(rig, 'zone1').verdict, 'noResponse', testOf(rig, 'zone1').text);
  });

  it('gives no verdict on a heater with half its power', () => {
    const rig = heated();
    rig.plant.faults.weakHeaters.set('zone1', 0.45);
    begin(rig, 'zone1');
    const seconds = finish(rig, 'zone1');
    assert.equal(testOf(rig, 'zone1').verdict, 'inconclusive', testOf(rig, 'zone1').text);
    assert.ok(Math.abs(seconds - rig.declaration.tuning.zoneTestSeconds) <= 1, `after ${seconds} s`);
    assert.equal(rig.state, 'HEATING');
  });

  it('heats the zone at its duty and no other, and gives both back to their PID', () => {
    const rig = heated({ temperatureC: 150 }, [200, 200]);
    begin(rig, 'zone2');
    rig.run(10);
    assert.equal(rig.output('heater.zone2.output'), rig.declaration.tuning.zoneTestDutyPercent);
    assert.equal(rig.output('heater.zone1.output'), 0);
    finish(rig, 'zone2');
    rig.scan();
    assert.equal(rig.output('heater.zone1.output'), 100);
    assert.equal(rig.output('heater.zone2.output'), 100);
  });

  it('holds the start while it runs, and says how long', () => {
    const rig = new Rig().toReady();
    begin(rig, 'zone1');
    const blocker = rig.last.status.blockers.find(({ code }) => code === 'ZONE_TEST_ACTIVE');
    assert.ok(Number(blocker?.etaSeconds) > 100 && Number(blocker?.etaSeconds) <= 120);
    assert.ok(codes(rig.ask({ name: 'start' })).includes('ZONE_TEST_ACTIVE'));
    finish(rig, 'zone1');
    rig.scan();
    assert.ok(!rig.blockers().includes('ZONE_TEST_ACTIVE'));
  });

  const ends: readonly (readonly [string, (rig: Rig) => void, RegExp])[] = [
    ['heat off', (rig) => rig.ask({ name: 'heat', on: false }), /heating went off/],
    ['an emergency stop', (rig) => rig.ask({ name: 'emergencyStop' }), /heating went off/],
    ['the change to MANUAL', (rig) => rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer), /MANUAL/],
    ['a new setpoint', (rig) => rig.write('heater.zone2.setpoint', 120), /a setpoint was changed/],
    ['a failed sensor', (rig) => rig.injected.set('temperature.zone2', 'BadSensorFailure'), /not known any more/],
  ];
  for (const [what, act, text] of ends) {
    it(`is ended by ${what}, without a verdict`, () => {
      const rig = heated();
      begin(rig, 'zone1');
      rig.run(5);
      act(rig);
      rig.run(1);
      assert.equal(testOf(rig, 'zone1').verdict, 'aborted');
      assert.match(testOf(rig, 'zone1').text, text);
      assert.notEqual(testOf(rig, 'zone1').endedAtMs, null);
      assert.ok(!rig.blockers().includes('ZONE_TEST_ACTIVE'));
    });
  }

  it('ends before a zone comes close to its trip', () => {
    const machine = new Rig().declaration;
    // a model that expects next to nothing has no verdict before the zone is hot
    const zones = machine.zones.map((zone) => ({ ...zone, model: { ...zone.model, gainKPerPercent: 0.1 } }));
    const rig = heated({ declaration: { ...machine, zones }, temperatureC: 250, plant: { gainShare: 60 } });
    begin(rig, 'zone1');
    finish(rig, 'zone1');
    assert.equal(testOf(rig, 'zone1').verdict, 'aborted', testOf(rig, 'zone1').text);
    assert.match(testOf(rig, 'zone1').text, /came to 265 °C, close to its trip/);
    assert.ok(rig.plant.trueC('zone1') < 275);
  });

  const refusals: readonly (readonly [string, () => Rig, string, string])[] = [
    ['cold and switched off', () => new Rig(), 'zone1', 'WRONG_STATE'],
    ['an unknown zone', () => heated(), 'zone9', 'UNKNOWN_ZONE'],
    ['while the machine runs', () => new Rig().toRunning(), 'zone1', 'WRONG_STATE'],
    ['in MANUAL', () => manual(), 'zone1', 'WRONG_MODE'],
    ['while the other zone is tested', () => tested(), 'zone2', 'ZONE_TEST_ACTIVE'],
    ['while the relays are proved off', () => proving(), 'zone1', 'RELAYS_NOT_PROVED'],
    ['with a zone close to its trip', () => heated({ temperatureC: 258 }), 'zone1', 'TOO_HOT_TO_TEST'],
    ['with a zone temperature that is not known', () => blind(), 'zone1', 'TEMP_DATA_STALE'],
  ];
  for (const [when, make, zone, code] of refusals) {
    it(`is refused ${when}, with the reason`, () => {
      const rig = make();
      const before = rig.core.zones().map(({ test }) => test);
      const outcome = rig.ask({ name: 'testZone', zone }, engineer);
      assert.ok(codes(outcome).includes(code), codes(outcome).join(', '));
      for (const { text } of reasonsOf(outcome)) assert.match(text, /\.$/);
      assert.deepEqual(
        rig.core.zones().map(({ test }) => test),
        before,
      );
    });
  }

  it('is for engineers', () => {
    assert.deepEqual(codes(heated().ask({ name: 'testZone', zone: 'zone1' }, operator)), ['NOT_PERMITTED']);
  });
});

function manual(): Rig {
  const rig = heated();
  rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
  return rig;
}

function tested(): Rig {
  const rig = heated();
  begin(rig, 'zone1');
  return rig;
}

function proving(): Rig {
  const rig = new Rig();
  rig.run(1);
  rig.ask({ name: 'heat', on: true });
  return rig;
}

function blind(): Rig {
  const rig = heated();
  rig.injected.set('temperature.zone2', 'BadSensorFailure');
  rig.scan();
  return rig;
}
