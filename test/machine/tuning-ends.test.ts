import assert from 'node:assert/strict';

import { codes, engineer, Rig } from './rig.ts';
import {
  accepted,
  atRelay,
  factory,
  factoryGains,
  outputOf,
  setpointOf,
  testOf,
  tune,
  tuned,
  zoneStatus,
} from './tuning-bench.ts';

describe('a test of a zone ends, with the gains as before,', () => {
  const causes: readonly (readonly [name: string, code: string, deed: (rig: Rig) => void])[] = [
    ['by command', 'ABORTED', (rig) => accepted(rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer))],
    ['when heating goes off', 'HEATING_OFF', (rig) => accepted(rig.ask({ name: 'heat', on: false }))],
    [
      'when heating goes off and on in one scan',
      'HEATING_OFF',
      (rig) => rig.scan({ action: { name: 'heat', on: false } }, { action: { name: 'heat', on: true } }),
    ],
    ['by a trip', 'ALARM_ACTIVE', (rig) => rig.injected.set('safety.estopClosed', false)],
    ['by an emergency stop', 'ALARM_ACTIVE', (rig) => accepted(rig.ask({ name: 'emergencyStop' }))],
    ['by a change to MANUAL', 'WRONG_MODE', (rig) => accepted(rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer))],
    ['by a new setpoint of that zone', 'SETPOINT_CHANGED', (rig) => accepted(rig.write(setpointOf('zone1'), 201))],
    ['by a failed sensor', 'TEMP_DATA_STALE', (rig) => rig.injected.set('temperature.zone1', 'BadSensorFailure')],
    [
      'by a motor temperature that stops coming',
      'TEMP_DATA_STALE',
      (rig) => rig.injected.set('temperature.motor', 'lost'),
    ],
  ];
  for (const [name, code, deed] of causes) {
    for (const phase of ['settle', 'relay'] as const) {
      it(`${name} in the phase ${phase}`, () => {
        const rig = new Rig().toReady();
        accepted(tune(rig));
        rig.until(() => testOf(rig).phase === phase, 600);
        rig.run(20);
        deed(rig);
        rig.until(() => testOf(rig).phase === 'aborted', 5);
        const test = testOf(rig);
        assert.equal(test.code, code, test.text);
        assert.ok(test.endedAtMs !== null && test.result === null);
        assert.deepEqual(zoneStatus(rig, 'zone1').gains, factoryGains);
        rig.run(1);
        assert.ok(!rig.blockers().includes('AUTOTUNE_ACTIVE'));
        assert.deepEqual(codes(rig.ask({ name: 'applyTuning', zone: 'zone1' }, engineer)), ['NO_TUNING_RESULT']);
      });
    }
  }

  it('when the zone comes too near its trip, at once and before that', () => {
    const rig = new Rig().toReady(260);
    accepted(tune(rig, 'zone1', 262));
    rig.until(() => testOf(rig).phase === 'relay', 900);
    rig.injected.set('temperature.zone1', 265.1);
    rig.scan();
    assert.deepEqual([testOf(rig).phase, testOf(rig).code], ['aborted', 'TOO_HOT']);
    assert.match(testOf(rig).text, /reached 265.1 °C; autotune stays below 265 °C/u);
    assert.notEqual(rig.state, 'ALARM');
  });

  it('by its time limit, which is a failure', () => {
    const short = { ...factory, tuning: { ...factory.tuning, timeLimitMinutes: 5 } };
    const rig = new Rig({ declaration: short }).toReady();
    accepted(tune(rig, 'zone1', 60));
    rig.until(() => testOf(rig).endedAtMs !== null, 310);
    assert.deepEqual([testOf(rig).phase, testOf(rig).code], ['failed', 'TIME_LIMIT']);
    assert.match(testOf(rig).text, /longer than 5 min/u);
  });

  it('when the zone runs away from its setpoint, with the number', () => {
    const rig = atRelay();
    rig.plant.disturb('zone1', -15);
    rig.until(() => testOf(rig).endedAtMs !== null, 30);
    assert.deepEqual([testOf(rig).phase, testOf(rig).code], ['failed', 'SWING_TOO_LARGE']);
    assert.match(
      testOf(rig).text,
      /The test found nothing: the zone is -1\d(\.\d)? K from its setpoint; the limit is 10 K/u,
    );
    rig.run(600);
    assert.ok(Math.abs(rig.plant.trueC('zone1') - 200) < 0.5);
  });

  it('in the scan in which the sensor fails the duty is 0', () => {
    const rig = atRelay();
    rig.until(() => Number(rig.output(outputOf('zone1'))) > 55, 60);
    rig.injected.set('temperature.zone1', 'BadSensorFailure');
    rig.scan();
    assert.equal(rig.output(outputOf('zone1')), 0);
    assert.ok(Number(rig.output(outputOf('zone2'))) > 0);
  });

  it('in MANUAL the engineer takes over the duty that holds the zone, not the one the relay was at', () => {
    const rig = atRelay();
    rig.until(() => Number(rig.output(outputOf('zone1'))) > 60, 60);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    assert.ok(Math.abs(Number(rig.output(outputOf('zone1'))) - 50) < 8, String(rig.output(outputOf('zone1'))));
  });

  it('a new setpoint of the other zone does not end it', () => {
    const rig = atRelay();
    accepted(rig.write(setpointOf('zone2'), 201));
    rig.run(5);
    assert.equal(testOf(rig).phase, 'relay');
  });

  it('and may begin anew afterwards', () => {
    const rig = atRelay();
    accepted(rig.ask({ name: 'abortTuning', zone: 'zone1' }, engineer));
    rig.run(120);
    assert.equal(tuned(rig).phase, 'done');
  });
});
