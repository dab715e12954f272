import assert from 'node:assert/strict';

import type { OutputMismatch } from '../../../machine/field.ts';
import { engineer, Rig } from '../rig.ts';
import { Played, plays, type Place, type Rule } from './rule.ts';

const places: readonly Place[] = ['idle', 'running', 'heating by hand', 'jogging'];

const mismatch = (signal: string, tries: number): OutputMismatch => ({
  signal,
  commanded: true,
  readBack: false,
  tries,
});

const mismatches = ['fan.on', 'heater.contactor', 'motor.main.command', 'heater.zone1.output', 'light.red'].flatMap(
  (signal): Rule[] => [
    {
      rule: `${signal} does not read back`,
      alarm: 'OUTPUT_MISMATCH',
      from: ['running'],
      provoke: (rig) => void (rig.mismatches = [mismatch(signal, 1)]),
      tripsAfterSeconds: null,
      raisedAfterSeconds: 0,
      mend: (rig) => void (rig.mismatches = []),
    },
    {
      rule: `${signal} does not read back after three tries`,
      alarm: 'OUTPUT_MISMATCH',
      from: signal === 'fan.on' ? places : ['running'],
      provoke: (rig) => void (rig.mismatches = [mismatch(signal, 3)]),
      tripsAfterSeconds: 0,
      mend: (rig) => void (rig.mismatches = []),
    },
  ],
);

plays([
  ...mismatches,
  {
    rule: 'the scan comes late five times in a row',
    alarm: 'SCAN_OVERRUN',
    from: places,
    provoke: (rig) => void (rig.overrun = true),
    tripsAfterSeconds: 1,
    raisedAfterSeconds: 0,
    mend: (rig) => void (rig.overrun = false),
  },
  {
    rule: 'the configuration that runs is not confirmed',
    alarm: 'CONFIG_UNCONFIRMED',
    from: ['idle', 'running'],
    provoke: (rig) => void (rig.configurationUnconfirmed = true),
    tripsAfterSeconds: null,
    raisedAfterSeconds: 0,
    mend: (rig) => void (rig.configurationUnconfirmed = false),
  },
]);

describe('an output that does not read back', () => {
  it('trips with the third try, not with the second, and names the worst', () => {
    const { rig } = new Played('running');
    rig.mismatches = [mismatch('pump.on', 1), mismatch('fan.on', 2)];
    rig.run(5);
    assert.equal(rig.state, 'RUNNING');
    assert.equal(rig.alarm('OUTPUT_MISMATCH')?.value, 'fan.on');
    rig.mismatches = [mismatch('pump.on', 1), mismatch('fan.on', 3)];
    rig.scan();
    assert.equal(rig.state, 'ALARM');
    const { rig: other } = new Played('running');
    other.mismatches = [mismatch('pump.on', 1), mismatch('heater.contactor', 2), mismatch('fan.on', 1)];
    other.scan();
    assert.equal(other.alarm('OUTPUT_MISMATCH')?.value, 'heater.contactor');
  });

  it('on a module that is lost is unknown: the alarm neither comes nor goes', () => {
    const { rig } = new Played('running');
    rig.mismatches = [mismatch('fan.on', 1)];
    rig.scan();
    rig.silent.add('dio1');
    rig.run(3);
    assert.equal(rig.alarm('OUTPUT_MISMATCH')?.active, true);
    const { rig: other } = new Played('running');
    other.silent.add('dio1');
    other.run(2);
    other.mismatches = [mismatch('fan.on', 3)];
    other.run(10);
    assert.equal(other.alarm('OUTPUT_MISMATCH'), undefined);
  });
});

describe('late scans', () => {
  it('four in a row are told and stop nothing, and the next in time starts the count anew', () => {
    const { rig } = new Played('running');
    for (let times = 0; times < 5; times++) {
      rig.overrun = true;
      for (let scans = 0; scans < 4; scans++) rig.scan();
      assert.equal(rig.alarm('SCAN_OVERRUN')?.active, true);
      rig.overrun = false;
      rig.scan();
      assert.equal(rig.alarm('SCAN_OVERRUN')?.active, false);
    }
    assert.equal(rig.state, 'RUNNING');
  });
});

describe('the wall clock', () => {
  for (const [stepMs, told] of [
    [2_000, false],
    [2_001, true],
    [-2_000, false],
    [-2_001, true],
    [-3_600_000, true],
  ] as const) {
    it(`that jumps by ${stepMs} ms ${told ? 'is told' : 'is not worth telling'}, and disturbs no duration`, () => {
      const { rig } = new Played('running');
      rig.clockStepMs = stepMs;
      rig.run(5);
      assert.equal(rig.alarm('CLOCK_STEPPED')?.state, told ? 'returned-unacknowledged' : undefined);
      if (told) assert.equal(rig.alarm('CLOCK_STEPPED')?.value, Math.round(stepMs / 1_000));
      assert.equal(rig.state, 'RUNNING');
      assert.deepEqual(rig.standing(), []);
    });
  }
});

describe('an unconfirmed configuration', () => {
  it('blocks heating and start, and says so', () => {
    const rig = new Rig();
    rig.configurationUnconfirmed = true;
    rig.run(2);
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, false);
    assert.ok(rig.blockers().includes('CONFIG_UNCONFIRMED'));
    assert.equal(rig.state, 'IDLE');
    rig.configurationUnconfirmed = false;
    rig.scan();
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
  });
});

describe('an output after a trip in MANUAL', () => {
  it('that cools goes on, and the engineer can not switch it off until the trip is cleared', () => {
    const { rig } = new Played('idle in MANUAL');
    assert.equal(rig.output('fan.on'), false);
    rig.ask({ name: 'emergencyStop' });
    rig.run(1);
    assert.deepEqual([rig.output('fan.on'), rig.output('pump.on')], [true, true]);
    assert.equal(rig.write('fan.on', false, engineer).accepted, false);
    assert.equal(rig.output('fan.on'), true);
    rig.ask({ name: 'clearAlarms' });
    rig.run(1);
    assert.equal(rig.write('fan.on', false, engineer).accepted, true);
  });
});
