import assert from 'node:assert/strict';

import type { OutputMismatch } from '../../machine/field.ts';
import { Rig, type Injected } from './rig.ts';

/** One row of the interlock table: how it is provoked, and how long it may last before the machine trips. */
interface Row {
  readonly rule: string;
  readonly alarm: string;
  readonly from: () => Rig;
  /** At the limit, which is still allowed, for as long as one likes. */
  readonly allowed?: (rig: Rig) => void;
  readonly provoke: (rig: Rig) => void;
  /** From the scan that provokes it to the trip, s; the scan before must not trip. */
  readonly tripsAfterSeconds: number;
  /** Undoes it; after that the alarm can be cleared. */
  readonly mend: (rig: Rig) => void;
}

const ready = (setpointC = 200) => new Rig().toReady(setpointC);
const running = () => new Rig().toRunning();
const inject = (signal: string, value: Injected) => (rig: Rig) => void rig.injected.set(signal, value);
const release = (signal: string) => (rig: Rig) => void rig.injected.delete(signal);
const mismatch = (tries: number): OutputMismatch => ({ signal: 'fan.on', commanded: true, readBack: false, tries });

const rows: readonly Row[] = [
  {
    rule: 'the e-stop chain opens',
    alarm: 'ESTOP',
    from: running,
    provoke: inject('safety.estopClosed', false),
    tripsAfterSeconds: 0,
    mend: release('safety.estopClosed'),
  },
  {
    rule: 'the e-stop chain is not known to be closed',
    alarm: 'ESTOP',
    from: running,
    provoke: inject('safety.estopClosed', 'BadDeviceFailure'),
    tripsAfterSeconds: 3,
    mend: release('safety.estopClosed'),
  },
  {
    rule: 'a zone is above its trip limit in two single readings',
    alarm: 'ZONE1_OVERTEMP',
    from: () => ready(260),
    allowed: inject('temperature.zone1', 280),
    provoke: inject('temperature.zone1', 280.1),
    tripsAfterSeconds: 0.25,
    mend: inject('temperature.zone1', 270),
  },
  {
    rule: 'the motor is at its trip temperature',
    alarm: 'MOTOR_OVERTEMP',
    from: () => {
      const rig = running();
      rig.injected.set('temperature.motor', 50);
      rig.run(1);
      return rig;
    },
    allowed: inject('temperature.motor', 64.9),
    provoke: inject('temperature.motor', 65),
    tripsAfterSeconds: 0,
    mend: inject('temperature.motor', 50),
  },
  {
    rule: 'a drive reports a fault',
    alarm: 'MAIN_DRIVE_FAULT',
    from: running,
    provoke: (rig) => rig.plant.faults.driveFaults.set('main', 7),
    tripsAfterSeconds: 0,
    mend: () => undefined,
  },
  {
    rule: 'nobody knows what a drive does',
    alarm: 'FEED_DRIVE_FAULT',
    from: running,
    provoke: inject('motor.feed.running', 'BadConfigurationError'),
    tripsAfterSeconds: 3,
    mend: release('motor.feed.running'),
  },
  {
    rule: "a zone's thermocouple is open",
    alarm: 'ZONE2_SENSOR_FAILED',
    from: running,
    provoke: inject('temperature.zone2', 'BadSensorFailure'),
    tripsAfterSeconds: 3,
    mend: release('temperature.zone2'),
  },
  {
    rule: "the motor's thermocouple is open",
    alarm: 'MOTOR_SENSOR_FAILED',
    from: running,
    provoke: inject('temperature.motor', 'BadSensorFailure'),
    tripsAfterSeconds: 3,
    mend: release('temperature.motor'),
  },
  {
    rule: 'a zone reads outside its physical range',
    alarm: 'ZONE1_SENSOR_FAILED',
    from: running,
    provoke: inject('temperature.zone1', 400.1),
    tripsAfterSeconds: 3,
    mend: release('temperature.zone1'),
  },
  {
    rule: 'the register of a zone is refused',
    alarm: 'ZONE1_SENSOR_FAILED',
    from: running,
    provoke: inject('temperature.zone1', 'BadConfigurationError'),
    tripsAfterSeconds: 3,
    mend: release('temperature.zone1'),
  },
  {
    rule: 'a drive is commanded and does not run',
    alarm: 'MAIN_DRIVE_NOT_RUNNING',
    from: running,
    provoke: inject('motor.main.running', false),
    tripsAfterSeconds: 1,
    mend: release('motor.main.running'),
  },
  {
    rule: 'a drive draws more than its limit',
    alarm: 'FEED_DRIVE_OVERLOAD',
    from: running,
    allowed: inject('motor.feed.current', 5),
    provoke: inject('motor.feed.current', 5.01),
    tripsAfterSeconds: 5,
    mend: release('motor.feed.current'),
  },
  {
    rule: 'a drive runs, but not at the speed it is commanded',
    alarm: 'MAIN_DRIVE_OVERLOAD',
    from: running,
    allowed: inject('motor.main.speed', 330),
    provoke: inject('motor.main.speed', 331),
    tripsAfterSeconds: 10,
    mend: release('motor.main.speed'),
  },
  {
    rule: 'a drive turns though it is commanded to stand',
    alarm: 'FEED_DRIVE_NOT_STOPPING',
    from: ready,
    provoke: inject('motor.feed.running', true),
    tripsAfterSeconds: 10,
    mend: release('motor.feed.running'),
  },
  {
    rule: 'an output does not read back after three tries',
    alarm: 'OUTPUT_MISMATCH',
    from: running,
    allowed: (rig) => void (rig.mismatches = [mismatch(2)]),
    provoke: (rig) => void (rig.mismatches = [mismatch(3)]),
    tripsAfterSeconds: 0,
    mend: (rig) => void (rig.mismatches = []),
  },
  {
    rule: 'five scans in a row are late',
    alarm: 'SCAN_OVERRUN',
    from: running,
    provoke: (rig) => void (rig.overrun = true),
    tripsAfterSeconds: 1,
    mend: (rig) => void (rig.overrun = false),
  },
  {
    rule: 'a relay is stuck and power flows without duty',
    alarm: 'ZONE1_UNCONTROLLED',
    from: () => {
      const rig = ready();
      rig.write('heater.zone1.setpoint', 0);
      rig.run(5);
      return rig;
    },
    provoke: (rig) => rig.plant.faults.stuckPercent.set('zone1', 100),
    tripsAfterSeconds: 3,
    mend: (rig) => rig.plant.faults.stuckPercent.clear(),
  },
];

describe('interlocks', () => {
  for (const row of rows) {
    const when = row.tripsAfterSeconds === 0 ? 'at once' : `after ${row.tripsAfterSeconds} s and not before`;
    it(`${row.rule}: trips ${when}, everything off, and cannot be cleared while it lasts`, () => {
      const rig = row.from();
      row.allowed?.(rig);
      if (row.allowed !== undefined) rig.run(row.tripsAfterSeconds + 5);
      assert.notEqual(rig.state, 'ALARM', 'tripped at the limit');
      row.provoke(rig);
      rig.scan();
      for (let seconds = 0; seconds < row.tripsAfterSeconds; seconds += 0.25) {
        assert.notEqual(rig.state, 'ALARM', `tripped after ${seconds} s already`);
        rig.scan();
      }
      assert.equal(rig.state, 'ALARM');
      const alarm = rig.alarm(row.alarm);
      assert.equal(alarm?.trip, true, `${row.alarm} did not trip: ${rig.standing().join(', ')}`);
      assert.equal(alarm?.firstOut, true);
      assert.equal(alarm?.latched, true);
      assertOff(rig);
      // some causes end with what the trip switched off
      rig.run(1);
      const isReset = row.alarm === 'MAIN_DRIVE_FAULT';
      if (!isReset && rig.alarm(row.alarm)?.active === true) {
        assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, false);
      }
      assert.equal(rig.state, 'ALARM');
      row.mend(rig);
      rig.run(11);
      assert.equal(rig.state, 'ALARM', 'a trip is latched');
      assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
      assert.equal(rig.state, 'IDLE');
      rig.run(2);
      assert.equal(rig.state, 'IDLE');
      assertOff(rig);
    });
  }

  it('cold extrusion trips 2 s after a zone fell 5 K below its minimum while the screw turns', () => {
    const rig = ready(190);
    rig.ask({ name: 'start' });
    rig.until(() => rig.state === 'RUNNING', 20);
    rig.injected.set('temperature.zone1', 165);
    rig.run(10);
    assert.equal(rig.state, 'RUNNING');
    rig.injected.set('temperature.zone1', 164.9);
    rig.scan();
    rig.run(1.75);
    assert.equal(rig.state, 'RUNNING');
    rig.scan();
    assert.equal(rig.state, 'ALARM');
    assert.equal(rig.alarm('COLD_EXTRUSION')?.trip, true);
    assertOff(rig);
  });

  it('a single reading above the trip limit is no over-temperature', () => {
    const rig = ready(260);
    for (let times = 0; times < 10; times++) {
      rig.injected.set('temperature.zone1', 280.1);
      rig.scan();
      rig.injected.set('temperature.zone1', 280);
      rig.scan();
    }
    assert.notEqual(rig.state, 'ALARM');
  });

  it('warns of a warm motor at 60 °C and not below, until it is below 57 °C', () => {
    const rig = ready();
    rig.injected.set('temperature.motor', 45);
    rig.run(1);
    rig.injected.set('temperature.motor', 59.9);
    rig.run(10);
    assert.equal(rig.alarm('MOTOR_WARM'), undefined);
    assert.ok(!rig.blockers().includes('MOTOR_TOO_WARM'));
    rig.injected.set('temperature.motor', 60);
    rig.run(5);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, true);
    assert.ok(rig.blockers().includes('MOTOR_TOO_WARM'));
    rig.injected.set('temperature.motor', 57);
    rig.run(5);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, true);
    rig.injected.set('temperature.motor', 56.9);
    rig.run(5);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, false);
    assert.equal(rig.state, 'READY');
  });

  it('a failed feed throat sensor is an alarm and stops nothing', () => {
    const rig = running();
    rig.injected.set('temperature.feed', 'BadSensorFailure');
    rig.run(30);
    assert.equal(rig.state, 'RUNNING');
    assert.equal(rig.alarm('FEED_SENSOR_FAILED')?.active, true);
  });

  it('one late scan is told, and trips nothing', () => {
    const rig = running();
    rig.overrun = true;
    rig.scan();
    assert.equal(rig.alarm('SCAN_OVERRUN')?.active, true);
    rig.overrun = false;
    rig.scan();
    assert.equal(rig.alarm('SCAN_OVERRUN')?.active, false);
    assert.equal(rig.state, 'RUNNING');
  });

  it('a wall clock that jumps is told, and disturbs no duration', () => {
    const rig = running();
    rig.clockStepMs = 1_900;
    rig.run(5);
    assert.equal(rig.alarm('CLOCK_STEPPED'), undefined);
    rig.clockStepMs = -3_600_000;
    rig.run(5);
    assert.equal(rig.alarm('CLOCK_STEPPED')?.state, 'returned-unacknowledged');
    assert.equal(rig.state, 'RUNNING');
    assert.deepEqual(rig.standing(), []);
  });

  it('an unconfirmed configuration blocks heating and start', () => {
    const rig = new Rig();
    rig.configurationUnconfirmed = true;
    rig.run(2);
    const heat = rig.ask({ name: 'heat', on: true });
    assert.equal(heat.accepted, false);
    assert.ok(rig.blockers().includes('CONFIG_UNCONFIRMED'));
    assert.equal(rig.alarm('CONFIG_UNCONFIRMED')?.active, true);
    assert.equal(rig.state, 'IDLE');
  });

  it('tells of a zone that leaves its setpoint by more than 15 K for 30 s while extruding', () => {
    const rig = ready(200);
    rig.ask({ name: 'start' });
    rig.until(() => rig.state === 'RUNNING', 20);
    rig.injected.set('temperature.zone1', 215);
    rig.run(60);
    assert.equal(rig.alarm('ZONE1_DEVIATION'), undefined);
    rig.injected.set('temperature.zone1', 215.2);
    rig.run(33);
    assert.equal(rig.alarm('ZONE1_DEVIATION')?.active, true);
    assert.equal(rig.state, 'RUNNING');
  });
});

function assertOff(rig: Rig): void {
  for (const output of ['heater.zone1.output', 'heater.zone2.output', 'motor.main.command', 'motor.feed.command']) {
    assert.equal(rig.output(output), 0, output);
  }
  assert.equal(rig.output('heater.contactor'), false);
  assert.equal(rig.sample('heater.enabled').value, false);
  assert.equal(rig.last.status.heating, false);
}
