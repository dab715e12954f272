import assert from 'node:assert/strict';

import { codes, engineer, Rig } from '../rig.ts';
import { inject, plays, release, type Rule } from './rule.ts';

const zones = ['zone1', 'zone2'] as const;

const overTemperature: readonly Rule[] = zones.map((zone) => ({
  rule: `${zone} is above its trip limit in two single readings in a row`,
  alarm: `${zone.toUpperCase()}_OVERTEMP`,
  from: ['idle and hot', 'ready', 'running', 'heating by hand', 'jogging'],
  barrelC: 260,
  approach: (rig) => {
    rig.injected.set(`temperature.${zone}`, 255);
    // from a colder barrel the way up must not be a jump
    for (let atC = Number(rig.sample(`temperature.${zone}.raw`).value); atC < 255; atC += 25) {
      rig.injected.set(`temperature.${zone}`, atC);
      rig.scan();
    }
    rig.injected.set(`temperature.${zone}`, 255);
  },
  allowed: inject(`temperature.${zone}`, 280),
  provoke: inject(`temperature.${zone}`, 280.1),
  tripsAfterSeconds: 0.25,
  mend: inject(`temperature.${zone}`, 270),
  input: `temperature.${zone}`,
}));

plays([
  ...overTemperature,
  {
    rule: 'the motor is at its trip temperature',
    alarm: 'MOTOR_OVERTEMP',
    from: ['idle', 'idle in MANUAL', 'heating', 'running', 'jogging'],
    approach: inject('temperature.motor', 50),
    allowed: inject('temperature.motor', 64.9),
    provoke: inject('temperature.motor', 65),
    tripsAfterSeconds: 0,
    mend: inject('temperature.motor', 50),
    input: 'temperature.motor',
  },
  {
    rule: 'the motor is warm',
    alarm: 'MOTOR_WARM',
    from: ['idle', 'running', 'jogging'],
    approach: inject('temperature.motor', 50),
    allowed: inject('temperature.motor', 59.9),
    provoke: inject('temperature.motor', 62),
    tripsAfterSeconds: null,
    // the average of 2 s passes 60 °C 1.75 s after the step, and must stay there for 2 s
    raisedAfterSeconds: 3.5,
    mend: inject('temperature.motor', 50),
  },
  ...zones.map((zone): Rule => ({
    rule: `a drive turns while ${zone} is more than 5 K below its minimum`,
    alarm: 'COLD_EXTRUSION',
    from: ['running', 'jogging'],
    barrelC: 190,
    allowed: inject(`temperature.${zone}`, 165),
    // a jog ends when it can't be renewed: this drive goes on by itself
    provoke: (rig) => {
      rig.injected.set(`temperature.${zone}`, 164.9);
      rig.injected.set('motor.main.running', true);
    },
    tripsAfterSeconds: 2,
    mend: (rig) => rig.injected.clear(),
  })),
  {
    rule: 'a drive reports that it turns although nobody asked it to, in a cold barrel',
    alarm: 'COLD_EXTRUSION',
    from: ['idle', 'idle in MANUAL', 'heating'],
    provoke: inject('motor.feed.running', true),
    tripsAfterSeconds: 2,
    mend: release('motor.feed.running'),
  },
  {
    rule: 'a zone is more than 15 K off its setpoint while extruding',
    alarm: 'ZONE1_DEVIATION',
    from: ['running'],
    approach: inject('temperature.zone1', 200),
    allowed: inject('temperature.zone1', 215),
    provoke: inject('temperature.zone1', 217),
    tripsAfterSeconds: null,
    // the average of 2 s passes 215 °C 1.75 s after the step
    raisedAfterSeconds: 31.75,
    mend: inject('temperature.zone1', 200),
  },
]);

describe('over-temperature', () => {
  it('takes two readings in a row: one alone, again and again, is noise', () => {
    const rig = new Rig().toReady(260);
    for (let times = 0; times < 10; times++) {
      rig.injected.set('temperature.zone1', 280.1);
      rig.scan();
      rig.injected.set('temperature.zone1', 280);
      rig.scan();
    }
    assert.notEqual(rig.state, 'ALARM');
  });

  it('counts two good readings in a row as such though a failed one lies between them', () => {
    const rig = new Rig().toReady(260);
    for (const reading of [280.1, 'BadSensorFailure', 280.1] as const) {
      rig.injected.set('temperature.zone1', reading);
      rig.scan();
    }
    assert.equal(rig.alarm('ZONE1_OVERTEMP')?.trip, true);
  });

  it('is not cleared by one cooler reading less than the limit asks for, but by the first at the limit', () => {
    const rig = new Rig().toReady(260);
    rig.injected.set('temperature.zone1', 281);
    rig.run(1);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, false);
    rig.injected.set('temperature.zone1', 280);
    rig.scan();
    assert.equal(rig.alarm('ZONE1_OVERTEMP')?.active, false);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
  });

  it('that stood when the control ended stands until it is known to be gone', () => {
    const rig = new Rig().toReady(260);
    rig.injected.set('temperature.zone1', 281);
    rig.injected.set('temperature.motor', 55);
    rig.run(1);
    rig.injected.set('temperature.motor', 65);
    rig.run(1);
    for (const id of ['ZONE1_OVERTEMP', 'MOTOR_OVERTEMP']) assert.equal(rig.alarm(id)?.active, true, id);
    rig.restart();
    for (const id of ['ZONE1_OVERTEMP', 'MOTOR_OVERTEMP']) assert.equal(rig.alarm(id)?.active, true, `${id}: not read`);
    rig.scan();
    assert.equal(rig.alarm('ZONE1_OVERTEMP')?.active, true, 'one reading above the limit');
    rig.injected.set('temperature.zone1', 270);
    rig.injected.set('temperature.motor', 50);
    rig.scan();
    for (const id of ['ZONE1_OVERTEMP', 'MOTOR_OVERTEMP']) assert.equal(rig.alarm(id)?.active, false, id);
  });

  it('tells the reading and its quality', () => {
    const rig = new Rig().toReady(260);
    rig.injected.set('temperature.zone1', 281);
    rig.run(1);
    assert.deepEqual([rig.alarm('ZONE1_OVERTEMP')?.value, rig.alarm('ZONE1_OVERTEMP')?.quality], [281, 'Good']);
  });
});

describe('a warm motor', () => {
  it('rings at exactly 60 °C, until it is below 57 °C, and blocks the start meanwhile', () => {
    const rig = new Rig().toReady();
    rig.injected.set('temperature.motor', 45);
    rig.run(3);
    rig.injected.set('temperature.motor', 60);
    rig.scan();
    assert.ok(rig.blockers().includes('MOTOR_TOO_WARM'));
    rig.run(5);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, true);
    rig.injected.set('temperature.motor', 59.9);
    rig.run(5);
    assert.ok(!rig.blockers().includes('MOTOR_TOO_WARM'), 'a warm motor that may start again');
    rig.injected.set('temperature.motor', 57);
    rig.run(5);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, true);
    rig.injected.set('temperature.motor', 56.9);
    rig.run(5);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, false);
    assert.equal(rig.state, 'READY');
  });
});

describe('cold extrusion', () => {
  it('no drive is started or jogged below the minimum of a zone, and it is at the minimum', () => {
    for (const zone of zones) {
      for (const [temperatureC, accepted] of [
        [169.9, false],
        [170, true],
      ] as const) {
        const rig = new Rig().toReady(172);
        rig.injected.set(`temperature.${zone}`, temperatureC);
        rig.run(2);
        assert.equal(rig.state, 'READY');
        const start = rig.ask({ name: 'start' });
        assert.equal(start.accepted, accepted, `${zone} at ${temperatureC}`);
        if (!accepted) assert.deepEqual(codes(start), ['COLD_EXTRUSION']);
        const manual = new Rig({ temperatureC: 172 });
        manual.run(1);
        manual.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
        manual.injected.set(`temperature.${zone}`, temperatureC);
        manual.run(1);
        const jog = manual.write('motor.feed.command', 100, engineer);
        assert.equal(jog.accepted, accepted, `${zone} at ${temperatureC}`);
        if (!accepted) assert.deepEqual(codes(jog), ['COLD_EXTRUSION']);
      }
    }
  });

  it('a drive whose turn comes later in the start sequence does not begin when it has become too cold', () => {
    const rig = new Rig().toReady(172);
    rig.ask({ name: 'start' });
    rig.injected.set('temperature.zone2', 169.9);
    rig.until(() => {
      assert.equal(rig.output('motor.feed.command'), 0);
      return rig.state === 'ALARM';
    }, 20);
    assert.equal(rig.alarm('FEED_DRIVE_NOT_RUNNING')?.trip, true);
  });

  it('a reading that fails now and then does not start the 2 s anew', () => {
    const rig = new Rig().toReady(190);
    rig.ask({ name: 'start' });
    rig.until(() => rig.state === 'RUNNING', 20);
    rig.injected.set('temperature.zone1', 164);
    rig.run(1);
    rig.injected.set('temperature.zone1', 'BadDeviceFailure');
    rig.run(1);
    assert.equal(rig.state, 'RUNNING');
    rig.injected.set('temperature.zone1', 164);
    rig.scan();
    assert.equal(rig.alarm('COLD_EXTRUSION')?.trip, true);
  });

  it('a drive that is commanded counts as turning, though its status is not known', () => {
    const rig = new Rig().toReady(190);
    rig.ask({ name: 'start' });
    rig.until(() => rig.state === 'RUNNING', 20);
    for (const drive of ['main', 'feed']) rig.injected.set(`motor.${drive}.running`, 'BadDeviceFailure');
    rig.injected.set('temperature.zone1', 164.9);
    rig.scan();
    rig.run(1.75);
    assert.equal(rig.state, 'RUNNING');
    rig.scan();
    const occurrence = rig.alarm('COLD_EXTRUSION');
    assert.deepEqual([occurrence?.trip, occurrence?.value, occurrence?.quality], [true, 164.9, 'Good']);
  });

  it('one warm reading does', () => {
    const rig = new Rig().toReady(190);
    rig.ask({ name: 'start' });
    rig.until(() => rig.state === 'RUNNING', 20);
    for (let times = 0; times < 4; times++) {
      rig.injected.set('temperature.zone1', 164);
      rig.run(1.75);
      rig.injected.set('temperature.zone1', 165);
      rig.scan();
    }
    assert.equal(rig.state, 'RUNNING');
  });

  it('of a standing machine nothing is said', () => {
    const rig = new Rig({ temperatureC: 23 });
    rig.run(30);
    assert.equal(rig.alarm('COLD_EXTRUSION'), undefined);
  });
});

describe('a zone off its setpoint', () => {
  it('is told of in STARTING and RUNNING only', () => {
    const ready = new Rig().toReady();
    ready.injected.set('temperature.zone1', 180);
    ready.run(60);
    assert.equal(deviating(ready), false);
    const manual = new Rig().toReady();
    manual.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    manual.injected.set('temperature.zone1', 180);
    manual.run(60);
    assert.equal(deviating(manual), false);
  });

  it('is told of only once the zone has been in band since the setpoint was changed', () => {
    const rig = new Rig().toRunning();
    rig.injected.set('temperature.zone1', 200);
    rig.run(3);
    rig.write('heater.zone1.setpoint', 230);
    rig.run(40);
    assert.equal(deviating(rig), false, 'it is on its way');
    rig.injected.set('temperature.zone1', 225);
    rig.run(5);
    rig.injected.set('temperature.zone1', 200);
    rig.run(30);
    assert.equal(deviating(rig), false);
    rig.run(2);
    assert.equal(deviating(rig), true);
    assert.equal(rig.state, 'RUNNING');
  });

  it('counts from STARTING on', () => {
    const rig = new Rig().toReady();
    rig.injected.set('temperature.zone1', 200);
    rig.run(3);
    rig.ask({ name: 'start' });
    rig.injected.set('temperature.zone1', 220);
    rig.until(() => Number(rig.sample('temperature.zone1').value) > 215, 3);
    assert.equal(rig.state, 'STARTING');
    rig.run(29.75);
    assert.equal(rig.state, 'RUNNING');
    assert.equal(deviating(rig), false);
    rig.scan();
    assert.equal(deviating(rig), true);
  });

  it('is not told of while the temperature is not known, and is when it is known again', () => {
    const rig = new Rig().toRunning();
    rig.injected.set('temperature.zone1', 183);
    rig.until(() => Number(rig.sample('temperature.zone1').value) < 185, 3);
    rig.run(29);
    rig.injected.set('temperature.zone1', 'BadDeviceFailure');
    rig.run(2.5);
    assert.equal(deviating(rig), false);
    rig.injected.set('temperature.zone1', 183);
    rig.scan();
    assert.equal(deviating(rig), true);
  });

  it('stays told of while the temperature is not known', () => {
    const rig = new Rig().toRunning();
    rig.injected.set('temperature.zone1', 183);
    rig.run(34);
    assert.equal(deviating(rig), true);
    rig.injected.set('temperature.zone1', 'BadDeviceFailure');
    rig.run(2.5);
    assert.equal(rig.state, 'RUNNING');
    assert.equal(deviating(rig), true);
  });

  it('is the same below the setpoint as above it', () => {
    const rig = new Rig().toRunning();
    rig.injected.set('temperature.zone1', 185);
    rig.run(60);
    assert.equal(deviating(rig), false);
    rig.injected.set('temperature.zone1', 183);
    rig.run(33);
    assert.equal(deviating(rig), true);
  });
});

function deviating(rig: Rig): boolean {
  return rig.alarm('ZONE1_DEVIATION')?.active === true;
}
