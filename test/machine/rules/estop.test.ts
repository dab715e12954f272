import assert from 'node:assert/strict';

import { codes, engineer, Rig } from '../rig.ts';
import { assertOff, inject, Played, plays, release, type Place } from './rule.ts';

const everywhere: readonly Place[] = [
  'idle',
  'idle in MANUAL',
  'heating',
  'heating by hand',
  'ready',
  'running',
  'jogging',
];

plays([
  {
    rule: 'the e-stop chain is open',
    alarm: 'ESTOP',
    from: everywhere,
    allowed: inject('safety.estopClosed', true),
    provoke: inject('safety.estopClosed', false),
    tripsAfterSeconds: 0,
    mend: release('safety.estopClosed'),
    input: 'safety.estopClosed',
  },
  {
    rule: 'nobody knows whether the e-stop chain is closed',
    alarm: 'ESTOP',
    from: ['idle', 'running', 'jogging', 'heating by hand'],
    provoke: inject('safety.estopClosed', 'BadDeviceFailure'),
    tripsAfterSeconds: 3,
    mend: release('safety.estopClosed'),
  },
]);

describe('an emergency stop', () => {
  for (const place of everywhere) {
    it(`by command trips at once and has to be cleared: ${place}`, () => {
      const { rig } = new Played(place);
      assert.equal(rig.ask({ name: 'emergencyStop' }).accepted, true);
      assert.equal(rig.state, 'ALARM');
      assert.equal(rig.alarm('ESTOP')?.trip, true);
      assertOff(rig);
      rig.run(1);
      assert.equal(rig.state, 'ALARM');
      assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
      assert.equal(rig.state, 'IDLE');
    });
  }

  it('keeps the fan and the pump going, since the barrel is hot, until the alarms are cleared and longer', () => {
    for (const place of ['running', 'idle in MANUAL', 'heating by hand'] as const) {
      const { rig } = new Played(place);
      rig.ask({ name: 'emergencyStop' });
      rig.scan();
      for (let seconds = 0; seconds < 90; seconds++) {
        rig.run(1);
        assert.deepEqual([rig.output('fan.on'), rig.output('pump.on')], [true, true], place);
      }
    }
  });

  it('while the chain is open is not cleared, and the reason is the chain', () => {
    const { rig } = new Played('running');
    rig.injected.set('safety.estopClosed', false);
    rig.scan();
    assert.deepEqual([rig.alarm('ESTOP')?.value, rig.alarm('ESTOP')?.quality], [false, 'Good']);
    assert.deepEqual(codes(rig.ask({ name: 'clearAlarms' })), ['ESTOP_OPEN']);
    assert.ok(rig.blockers().includes('ESTOP_OPEN'));
    assert.ok(codes(rig.ask({ name: 'heat', on: true })).includes('ESTOP_OPEN'));
  });

  it('an unknown chain blocks heating and start, and a jog, before it trips', () => {
    const { rig } = new Played('ready');
    rig.injected.set('safety.estopClosed', 'BadDeviceFailure');
    rig.scan();
    assert.equal(rig.state, 'READY');
    assert.deepEqual(codes(rig.ask({ name: 'start' })), ['ESTOP_OPEN']);
    const manual = new Rig({ temperatureC: 200 });
    manual.run(1);
    manual.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    manual.injected.set('safety.estopClosed', 'BadDeviceFailure');
    manual.scan();
    assert.deepEqual(codes(manual.ask({ name: 'heat', on: true })), ['ESTOP_OPEN']);
    assert.deepEqual(codes(manual.write('motor.main.command', 50, engineer)), ['ESTOP_OPEN']);
  });
});
