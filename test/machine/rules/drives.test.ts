import assert from 'node:assert/strict';

import { engineer, Rig } from '../rig.ts';
import { inject, Played, plays, release, type Rule } from './rule.ts';

const drives = [
  ['main', 'MAIN', 15],
  ['feed', 'FEED', 5],
] as const;

const perDrive = drives.flatMap(([drive, name, overloadA]): Rule[] => [
  {
    rule: `the ${drive} drive reports a fault`,
    alarm: `${name}_DRIVE_FAULT`,
    from: ['idle', 'idle in MANUAL', 'heating', 'running', 'jogging'],
    allowed: inject(`motor.${drive}.fault`, 0),
    provoke: inject(`motor.${drive}.fault`, 1),
    tripsAfterSeconds: 0,
    mend: release(`motor.${drive}.fault`),
    input: `motor.${drive}.fault`,
  },
  ...(['fault', 'running', 'speed', 'current'] as const).map((quantity): Rule => ({
    rule: `the ${quantity} of the ${drive} drive is refused`,
    alarm: `${name}_DRIVE_FAULT`,
    from: quantity === 'running' ? ['idle', 'running', 'jogging'] : ['running'],
    provoke: inject(`motor.${drive}.${quantity}`, 'BadConfigurationError'),
    tripsAfterSeconds: 3,
    mend: release(`motor.${drive}.${quantity}`),
  })),
  {
    rule: `the ${drive} drive draws more than its limit`,
    alarm: `${name}_DRIVE_OVERLOAD`,
    from: ['idle', 'running', 'jogging'],
    allowed: inject(`motor.${drive}.current`, overloadA),
    provoke: inject(`motor.${drive}.current`, overloadA + 0.01),
    tripsAfterSeconds: 5,
    mend: release(`motor.${drive}.current`),
    input: `motor.${drive}.current`,
  },
  {
    rule: `the ${drive} drive turns though it is commanded to stand`,
    alarm: `${name}_DRIVE_NOT_STOPPING`,
    from: ['idle and hot', 'ready'],
    provoke: inject(`motor.${drive}.running`, true),
    tripsAfterSeconds: 10,
    mend: release(`motor.${drive}.running`),
    input: `motor.${drive}.running`,
  },
]);

plays([
  ...perDrive,
  ...drives.map(([drive, name]): Rule => ({
    rule: `the ${drive} drive is commanded and does not run`,
    alarm: `${name}_DRIVE_NOT_RUNNING`,
    from: drive === 'main' ? ['running', 'jogging'] : ['running'],
    provoke: inject(`motor.${drive}.running`, false),
    tripsAfterSeconds: 1,
    mend: release(`motor.${drive}.running`),
    endsByItself: true,
  })),
  {
    rule: 'the main drive runs slower than it is commanded',
    alarm: 'MAIN_DRIVE_OVERLOAD',
    from: ['running'],
    allowed: inject('motor.main.speed', 270),
    provoke: inject('motor.main.speed', 269),
    tripsAfterSeconds: 10,
    mend: release('motor.main.speed'),
    endsByItself: true,
  },
  {
    rule: 'the main drive runs faster than it is jogged',
    alarm: 'MAIN_DRIVE_OVERLOAD',
    from: ['jogging'],
    allowed: inject('motor.main.speed', 130),
    provoke: inject('motor.main.speed', 131),
    tripsAfterSeconds: 10,
    mend: release('motor.main.speed'),
    endsByItself: true,
  },
]);

describe('a drive', () => {
  it('that faults trips with the code of its fault', () => {
    const { rig } = new Played('running');
    rig.plant.faults.driveFaults.set('feed', 42);
    rig.scan();
    assert.equal(rig.alarm('FEED_DRIVE_FAULT')?.value, 42);
    assert.equal(rig.alarm('FEED_DRIVE_FAULT')?.quality, 'Good');
  });

  it('whose overload comes and goes before the 5 s are over does not trip', () => {
    const { rig } = new Played('running');
    for (let times = 0; times < 5; times++) {
      rig.injected.set('motor.main.current', 16);
      rig.run(4.75);
      rig.injected.set('motor.main.current', 15);
      rig.scan();
    }
    assert.equal(rig.state, 'RUNNING');
  });

  it('whose current fails now and then trips all the same', () => {
    const { rig } = new Played('running');
    rig.injected.set('motor.main.current', 16);
    rig.run(2.5);
    rig.injected.set('motor.main.current', 'BadDeviceFailure');
    rig.run(2.5);
    assert.equal(rig.state, 'RUNNING', 'what is not known raises nothing');
    rig.injected.set('motor.main.current', 16);
    rig.scan();
    assert.equal(rig.alarm('MAIN_DRIVE_OVERLOAD')?.trip, true);
  });

  it('whose speed fails now and then while it slips trips all the same', () => {
    const { rig } = new Played('running');
    rig.injected.set('motor.main.speed', 100);
    rig.run(8);
    rig.injected.set('motor.main.speed', 'BadDeviceFailure');
    rig.run(2.25);
    assert.equal(rig.state, 'RUNNING');
    rig.injected.set('motor.main.speed', 100);
    rig.scan();
    assert.equal(rig.alarm('MAIN_DRIVE_OVERLOAD')?.trip, true);
  });

  it('whose status comes and goes does not run, and does not stop, for ever', () => {
    const { rig } = new Played('running');
    rig.injected.set('motor.main.running', false);
    rig.run(0.75);
    rig.injected.set('motor.main.running', 'BadDeviceFailure');
    rig.run(0.5);
    assert.equal(rig.state, 'RUNNING');
    rig.injected.set('motor.main.running', false);
    rig.scan();
    assert.equal(rig.alarm('MAIN_DRIVE_NOT_RUNNING')?.trip, true);
    const { rig: standing } = new Played('ready');
    standing.injected.set('motor.feed.running', true);
    standing.run(9);
    standing.injected.set('motor.feed.running', 'BadDeviceFailure');
    standing.run(2);
    assert.equal(standing.state, 'READY');
    standing.injected.set('motor.feed.running', true);
    standing.scan();
    assert.equal(standing.alarm('FEED_DRIVE_NOT_STOPPING')?.trip, true);
  });

  it('on its way to a new speed does not slip', () => {
    const { rig } = new Played('running');
    rig.write('motor.main.setpoint', 1_500);
    rig.injected.set('motor.main.speed', 0);
    rig.run(6);
    assert.equal(rig.output('motor.main.command'), 1_500);
    rig.run(9.75);
    assert.equal(rig.state, 'RUNNING');
    rig.run(0.75);
    assert.equal(rig.alarm('MAIN_DRIVE_OVERLOAD')?.trip, true);
  });

  it('is at speed only when its status and its speed are known', () => {
    const { rig } = new Played('ready');
    rig.ask({ name: 'start' });
    rig.run(1.75);
    rig.injected.set('motor.main.speed', 'BadDeviceFailure');
    rig.run(2.5);
    assert.equal(rig.state, 'STARTING', 'the last known speed is the right one, but it is not known any more');
    rig.injected.delete('motor.main.speed');
    rig.scan();
    assert.equal(rig.state, 'RUNNING');
    const { rig: other } = new Played('ready');
    other.ask({ name: 'start' });
    other.run(1.75);
    other.injected.set('motor.feed.running', 'BadDeviceFailure');
    other.run(2.5);
    assert.equal(other.state, 'STARTING');
    other.injected.set('motor.feed.running', true);
    other.scan();
    assert.equal(other.state, 'RUNNING');
  });

  it('that did not run is no cause any more when it is not commanded, whatever its status', () => {
    const { rig } = new Played('running');
    rig.injected.set('motor.main.running', false);
    rig.run(1.25);
    assert.equal(rig.alarm('MAIN_DRIVE_NOT_RUNNING')?.trip, true);
    rig.injected.set('motor.main.running', 'BadDeviceFailure');
    rig.run(1);
    assert.equal(rig.alarm('MAIN_DRIVE_NOT_RUNNING')?.active, false);
  });

  it('that turns unasked does not stop; it does not slip as well', () => {
    const { rig } = new Played('ready');
    rig.injected.set('motor.feed.running', true);
    rig.injected.set('motor.feed.speed', 50);
    rig.run(12);
    assert.deepEqual(
      rig.events.filter(({ transition }) => transition === 'tripped').map(({ occurrence }) => occurrence.id),
      ['FEED_DRIVE_NOT_STOPPING'],
    );
    assert.equal(rig.alarm('FEED_DRIVE_OVERLOAD'), undefined);
  });

  const starts: readonly (readonly [drive: string, alarm: string, seconds: number])[] = [
    // ramp 1.5 s and 10 s
    ['main', 'MAIN_DRIVE_NOT_RUNNING', 11.5],
    // on at 2 s, ramp 0.5 s, and 10 s
    ['feed', 'FEED_DRIVE_NOT_RUNNING', 12.5],
  ];
  for (const [drive, alarm, seconds] of starts) {
    it(`the ${drive} drive that is not at speed within its ramp time and 10 s of the start trips`, () => {
      const { rig } = new Played('ready');
      rig.ask({ name: 'start' });
      rig.injected.set(`motor.${drive}.speed`, 0);
      rig.run(seconds);
      assert.equal(rig.state, 'STARTING');
      rig.scan();
      assert.equal(rig.alarm(alarm)?.trip, true);
    });

    it(`the ${drive} drive that comes to speed just in time does not`, () => {
      const { rig } = new Played('ready');
      rig.ask({ name: 'start' });
      rig.injected.set(`motor.${drive}.speed`, 0);
      rig.run(seconds - 0.25);
      rig.injected.delete(`motor.${drive}.speed`);
      rig.run(5);
      assert.equal(rig.state, 'RUNNING');
    });
  }

  const stops: readonly (readonly [drive: string, alarm: string, seconds: number])[] = [
    // off at 5 s, ramp 0.6 s in three scans, and 10 s
    ['main', 'MAIN_DRIVE_NOT_STOPPING', 15.75],
    // off at once, ramp 0.2 s in one scan, and 10 s
    ['feed', 'FEED_DRIVE_NOT_STOPPING', 10.25],
  ];
  for (const [drive, alarm, seconds] of stops) {
    it(`the ${drive} drive that runs on after its ramp time and 10 s of the stop trips`, () => {
      const { rig } = new Played('running');
      rig.ask({ name: 'stop' });
      rig.injected.set(`motor.${drive}.running`, true);
      rig.run(seconds - 0.25);
      assert.equal(rig.state, 'STOPPING');
      rig.run(0.5);
      assert.equal(rig.alarm(alarm)?.trip, true);
    });
  }

  it('that is jogged backwards is watched like one that goes forward', () => {
    const rig = new Rig({ temperatureC: 200 });
    rig.run(1);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    const back = { action: { name: 'write', signal: 'motor.feed.command', value: -200 } as const, by: engineer };
    rig.scan(back);
    rig.scan();
    rig.injected.set('motor.feed.running', false);
    for (let scans = 0; scans < 4; scans++) rig.scan(back);
    assert.notEqual(rig.state, 'ALARM');
    rig.scan(back);
    assert.equal(rig.alarm('FEED_DRIVE_NOT_RUNNING')?.trip, true);
  });

  it('does not begin to turn while the motor temperature is not known, when its turn comes in the sequence', () => {
    const { rig } = new Played('ready');
    rig.ask({ name: 'start' });
    rig.run(1);
    rig.injected.set('temperature.motor', 'BadSensorFailure');
    rig.scan();
    for (let scans = 0; scans < 8; scans++) {
      rig.scan();
      assert.equal(rig.output('motor.feed.command'), 0);
    }
  });

  it('whose setpoint is 0 is not waited for, and one that is still on its ramp is', () => {
    const { rig } = new Played('ready');
    rig.write('motor.feed.setpoint', 0);
    rig.write('motor.main.setpoint', 1_000);
    rig.ask({ name: 'start' });
    rig.run(4.5);
    assert.equal(rig.state, 'STARTING', 'as fast as its ramp, but not there yet');
    rig.run(1);
    assert.equal(rig.state, 'RUNNING');
    assert.equal(rig.output('motor.feed.command'), 0);
  });

  it('that is commanded and does not turn yet keeps the mode as it is', () => {
    const rig = new Rig({ temperatureC: 200 });
    rig.run(1);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    rig.injected.set('motor.feed.running', false);
    rig.scan({ action: { name: 'write', signal: 'motor.feed.command', value: 100 }, by: engineer });
    const outcome = rig.ask({ name: 'setMode', mode: 'AUTO' });
    assert.deepEqual(!outcome.accepted && outcome.reasons.map(({ code }) => code), ['DRIVES_TURNING']);
  });

  it('is reset for half a second, whether its fault goes or not', () => {
    for (const mends of [true, false]) {
      const { rig } = new Played('running');
      rig.injected.set('motor.main.fault', 3);
      rig.scan();
      rig.scan({ action: { name: 'clearAlarms' } });
      if (mends) rig.injected.delete('motor.main.fault');
      const raised = Array.from({ length: 6 }, () => {
        const now = [rig.output('motor.main.reset'), rig.output('motor.feed.reset')];
        rig.scan();
        return now;
      });
      const on = [true, true];
      const off = [false, false];
      assert.deepEqual(raised, [on, on, off, off, off, off]);
    }
  });

  it('that is jogged goes towards standstill exactly 1 s after the jog was renewed last, and at once by a stop', () => {
    const rig = new Rig({ temperatureC: 200 });
    rig.run(1);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    const jog = { action: { name: 'write', signal: 'motor.feed.command', value: 100 } as const, by: engineer };
    for (let scans = 0; scans < 4; scans++) rig.scan(jog);
    assert.equal(rig.output('motor.feed.command'), 100);
    rig.run(0.75);
    assert.equal(rig.output('motor.feed.command'), 100);
    rig.scan();
    assert.equal(rig.output('motor.feed.command'), 0);
    for (let scans = 0; scans < 4; scans++) rig.scan(jog);
    assert.equal(rig.output('motor.feed.command'), 100);
    rig.ask({ name: 'stop' });
    assert.equal(rig.output('motor.feed.command'), 0);
  });
});
