import assert from 'node:assert/strict';

import { codes, operator, Rig } from './rig.ts';

describe('a shift in production, on the scan alone', () => {
  it('heats up from cold to 200 °C with less than 3 K overshoot, soaks, and holds within ±0.5 K', () => {
    const rig = new Rig();
    rig.run(2);
    assert.equal(rig.state, 'IDLE');
    rig.write('heater.zone1.setpoint', 200);
    rig.write('heater.zone2.setpoint', 200);
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
    assert.equal(rig.state, 'HEATING');
    let highestC = 0;
    rig.until(() => {
      highestC = Math.max(highestC, rig.plant.trueC('zone1'), rig.plant.trueC('zone2'));
      return rig.state === 'READY';
    }, 1_200);
    for (let second = 0; second < 600; second++) {
      rig.run(1);
      highestC = Math.max(highestC, rig.plant.trueC('zone1'), rig.plant.trueC('zone2'));
    }
    assert.ok(highestC < 203, `the zones went up to ${highestC.toFixed(2)} °C`);
    for (let second = 0; second < 300; second++) {
      rig.run(1);
      for (const zone of ['zone1', 'zone2']) {
        assert.ok(Math.abs(rig.plant.trueC(zone) - 200) < 0.5, `${zone} at ${rig.plant.trueC(zone).toFixed(2)} °C`);
      }
    }
    assert.deepEqual(rig.events, []);
    assert.deepEqual(rig.states, ['IDLE', 'HEATING', 'READY']);
  }).timeout(30_000);

  it('starts the main drive, two seconds later the feed, runs, and stops the feed five seconds before the main drive', () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'start' });
    assert.equal(rig.state, 'STARTING');
    assert.notEqual(rig.output('motor.main.command'), 0);
    assert.equal(rig.output('motor.feed.command'), 0);
    const feedAfterSeconds = rig.until(() => rig.output('motor.feed.command') !== 0, 5);
    assert.equal(feedAfterSeconds, 2);
    rig.until(() => rig.state === 'RUNNING', 10);
    assert.equal(rig.output('motor.main.command'), 300);
    assert.equal(rig.output('motor.feed.command'), 100);
    rig.run(60);
    assert.equal(rig.state, 'RUNNING');
    assert.equal(rig.ask({ name: 'stop' }).accepted, true);
    assert.equal(rig.state, 'STOPPING');
    assert.equal(rig.output('motor.feed.command'), 0);
    assert.equal(rig.output('motor.main.command'), 300);
    const mainAfterSeconds = rig.until(() => rig.output('motor.main.command') !== 300, 10);
    assert.equal(mainAfterSeconds, 5);
    rig.until(() => rig.state !== 'STOPPING', 20);
    assert.equal(rig.state, 'READY');
    assert.deepEqual(rig.states, ['IDLE', 'HEATING', 'READY', 'STARTING', 'RUNNING', 'STOPPING', 'READY']);
    assert.equal(rig.cycles.length, 1);
    assert.deepEqual(rig.cycles[0]?.startedBy, operator);
    assert.equal(rig.sample('machine.cycles').value, 1);
    assert.deepEqual(rig.events, []);
  });

  it('tells every reason why it does not start, cold and switched off', () => {
    const rig = new Rig();
    rig.run(1);
    const start = rig.ask({ name: 'start' });
    assert.equal(start.accepted, false);
    assert.deepEqual(new Set(codes(start)), new Set(['WRONG_STATE', 'COLD_EXTRUSION', 'NO_SPEED_SETPOINT']));
    assert.deepEqual(new Set(rig.blockers()), new Set(codes(start)));
  });
});
