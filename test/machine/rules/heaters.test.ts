import assert from 'node:assert/strict';

import { engineer, Rig } from '../rig.ts';
import { inject, Played, plays, release, type Rule } from './rule.ts';

/** One zone heats by hand with 60 % of 250 W, the other not at all. */
const oneZoneOff = (rig: Rig): void => {
  rig.write('heater.zone1.output', 0, engineer);
  rig.run(1);
};

plays([
  {
    rule: 'power flows that the duties do not explain, half a zone more',
    alarm: 'ZONE1_UNCONTROLLED',
    from: ['heating by hand'],
    approach: oneZoneOff,
    allowed: inject('heater.power', 0.15 + 0.125),
    provoke: inject('heater.power', 0.15 + 0.1251),
    tripsAfterSeconds: 3,
    mend: release('heater.power'),
    endsByItself: true,
  },
  {
    rule: 'a relay is stuck and its zone draws all it can',
    alarm: 'ZONE1_UNCONTROLLED',
    from: ['heating by hand'],
    approach: oneZoneOff,
    provoke: (rig) => rig.plant.faults.stuckPercent.set('zone1', 100),
    tripsAfterSeconds: 3,
    mend: (rig) => rig.plant.faults.stuckPercent.clear(),
    endsByItself: true,
  },
  ...(
    [
      // 60 % of both zones are 300 W: a quarter of it is 75 W
      ['heating by hand', 0.225, 0.2249],
      ['heating by hand', 0.375, 0.3751],
      // 100 % of both are 500 W
      ['heating', 0.375, 0.3749],
    ] as const
  ).map(([place, allowedKw, provokedKw]): Rule => ({
    rule: `the heater power is ${provokedKw} kW`,
    alarm: 'HEATER_POWER_MISMATCH',
    from: [place],
    allowed: inject('heater.power', allowedKw),
    provoke: inject('heater.power', provokedKw),
    tripsAfterSeconds: null,
    raisedAfterSeconds: 5,
    mend: release('heater.power'),
  })),
]);

describe('the heater power', () => {
  it('may differ from small duties by 50 W and no more', () => {
    const { rig } = new Played('heating by hand');
    for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.output`, 10, engineer);
    rig.injected.set('heater.power', 0.1);
    rig.run(20);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH'), undefined);
    rig.injected.set('heater.power', 0.1001);
    rig.run(5.5);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH')?.active, true);
  });

  it('is not judged against the duties while there are none', () => {
    const { rig } = new Played('idle');
    rig.injected.set('heater.power', 0.1);
    rig.run(20);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH'), undefined);
  });

  it('that is not known neither raises nor ends the mismatch', () => {
    const { rig } = new Played('heating');
    rig.injected.set('heater.power', 0.3);
    rig.run(6);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH')?.active, true);
    rig.injected.set('heater.power', 'BadDeviceFailure');
    rig.run(2.5);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH')?.active, true);
    const { rig: other } = new Played('heating');
    other.injected.set('heater.power', 'lost');
    other.run(3);
    assert.equal(other.alarm('HEATER_POWER_MISMATCH'), undefined);
  });

  it('that is not known keeps heating from being switched on, and stops it within 3 s when it is', () => {
    const { rig } = new Played('idle');
    rig.injected.set('heater.power', 'BadDeviceFailure');
    rig.scan();
    const heat = rig.ask({ name: 'heat', on: true });
    assert.deepEqual(!heat.accepted && heat.reasons.map(({ code, actual, required }) => [code, actual, required]), [
      ['POWER_UNKNOWN', 'BadDeviceFailure', 'Good'],
    ]);
    const { rig: hot } = new Played('heating');
    hot.injected.set('heater.power', 'BadDeviceFailure');
    hot.scan();
    hot.run(3);
    assert.equal(hot.alarm('SIGNAL_LOST')?.trip, true);
    assert.equal(hot.output('heater.contactor'), false);
  });
});

describe('the test of the relays', () => {
  it('closes the contactor with all duties 0 for 2 s, in both modes', () => {
    for (const mode of ['AUTO', 'MANUAL'] as const) {
      const rig = new Rig({ temperatureC: 120 });
      rig.run(1);
      if (mode === 'MANUAL') rig.ask({ name: 'setMode', mode }, engineer);
      rig.write('heater.zone1.setpoint', 200);
      rig.ask({ name: 'heat', on: true });
      if (mode === 'MANUAL') {
        rig.scan({ action: { name: 'write', signal: 'heater.zone1.output', value: 50 }, by: engineer });
      } else rig.scan();
      assert.equal(rig.output('heater.contactor'), true);
      rig.run(1.5);
      assert.equal(rig.output('heater.zone1.output'), 0);
      rig.scan();
      assert.equal(rig.output('heater.zone1.output'), mode === 'AUTO' ? 100 : 50);
    }
  });

  it('excludes no zone by power alone: all that may be stuck trip', () => {
    const rig = new Rig();
    rig.plant.faults.stuckPercent.set('zone2', 60);
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    rig.until(() => rig.state === 'ALARM', 2);
    for (const zone of ['ZONE1', 'ZONE2']) assert.equal(rig.alarm(`${zone}_UNCONTROLLED`)?.trip, true);
    assert.equal(rig.output('heater.contactor'), false);
  });
});
