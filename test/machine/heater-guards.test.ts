import assert from 'node:assert/strict';

import type { CommandAction } from '../../machine/commands/command.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import { factoryMachine } from './factory.ts';
import { codes, engineer, Rig } from './rig.ts';

/** Only the rule by the measured rise judges, not the heater model. */
function byRuleAlone(): MachineDeclaration {
  const machine = factoryMachine();
  return { ...machine, guards: { ...machine.guards, notHeatingModelSeconds: 3_600 } };
}

function heating(setpointC: number, temperatureC: number, declaration = factoryMachine()): Rig {
  const rig = new Rig({ temperatureC, declaration });
  rig.scan();
  rig.write('heater.zone1.setpoint', setpointC);
  rig.write('heater.zone2.setpoint', setpointC);
  rig.run(3);
  assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
  return rig;
}

describe('heater guards', () => {
  it('closes the contactor with all duties 0 for 2 s before it heats', () => {
    const rig = heating(200, 23);
    assert.equal(rig.output('heater.contactor'), true);
    rig.run(1.75);
    assert.equal(rig.output('heater.zone1.output'), 0);
    rig.run(0.5);
    assert.equal(rig.output('heater.zone1.output'), 100);
  });

  it('finds a relay that is stuck when the contactor closes, before any zone heats', () => {
    const rig = new Rig();
    rig.write('heater.zone1.setpoint', 200);
    rig.plant.faults.stuckPercent.set('zone1', 60);
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    rig.until(() => rig.state === 'ALARM', 2);
    assert.equal(rig.alarm('ZONE1_UNCONTROLLED')?.trip, true);
    assert.equal(rig.output('heater.contactor'), false);
  });

  it('lets a draw of half a zone pass the test of the relays, and no more', () => {
    for (const [percent, state] of [
      [48, 'HEATING'],
      [52, 'ALARM'],
    ] as const) {
      const rig = new Rig();
      rig.plant.faults.stuckPercent.set('zone1', percent);
      rig.run(1);
      rig.ask({ name: 'heat', on: true });
      rig.run(2);
      assert.equal(rig.state, state, `${percent} %`);
    }
  });

  it('does not heat while the power can not be measured', () => {
    const rig = new Rig();
    rig.write('heater.zone1.setpoint', 200);
    rig.run(1);
    rig.injected.set('heater.power', 'BadDeviceFailure');
    rig.scan();
    assert.deepEqual(codes(rig.ask({ name: 'heat', on: true })), ['POWER_UNKNOWN']);
    rig.injected.delete('heater.power');
    rig.scan();
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
    rig.injected.set('heater.power', 'BadDeviceFailure');
    rig.run(2.75);
    assert.equal(rig.output('heater.zone1.output'), 0);
    rig.injected.delete('heater.power');
    rig.run(1);
    assert.equal(rig.output('heater.zone1.output'), 100);
  });

  for (const [pollMs, phase] of [
    [250, 0],
    [500, 1],
    [750, 1],
    [1_000, 0],
    [1_000, 2],
    [2_000, 5],
    [5_000, 3],
  ] as const) {
    it(`heats nothing before a stuck relay is ruled out, with the power read every ${pollMs} ms`, () => {
      const rig = new Rig({ declaration: polled('ssr1', pollMs), temperatureC: 100 });
      let scans = 0;
      const scan = (...actions: readonly CommandAction[]): void => {
        const due = ++scans % (pollMs / 250) === phase % (pollMs / 250);
        for (const [id, { source }] of rig.declaration.signals) {
          if (source?.module !== 'ssr1') continue;
          if (due) rig.injected.delete(id);
          else rig.injected.set(id, 'lost');
        }
        rig.scan(...actions.map((action) => ({ action })));
      };
      for (let count = 0; count < 80; count++) scan();
      rig.plant.faults.stuckPercent.set('zone1', 100);
      const setpoints = ['heater.zone1.setpoint', 'heater.zone2.setpoint'];
      scan(...setpoints.map((signal) => ({ name: 'write', signal, value: 200 }) as const));
      scan({ name: 'heat', on: true });
      for (let count = 0; count < 80 && rig.state !== 'ALARM'; count++) {
        scan();
        assert.equal(rig.output('heater.zone2.output'), 0);
      }
      assert.equal(rig.alarm('ZONE1_UNCONTROLLED')?.trip, true);
      assert.equal(rig.output('heater.contactor'), false);
    });
  }

  for (const [scanMs, jitterMs] of [
    [50, 0],
    [400, 4],
    [1_000, 0],
    [1_000, 4],
    [2_000, 4],
    [5_000, 0],
  ] as const) {
    it(`finds a broken heater within a minute with a scan of ${scanMs} ± ${jitterMs} ms`, () => {
      const rig = new Rig({ declaration: { ...factoryMachine(), scanPeriodMs: scanMs } });
      rig.run(30);
      rig.write('heater.zone1.setpoint', 200);
      assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
      rig.plant.faults.brokenHeaters.add('zone1');
      const sinceMs = rig.nowMs;
      for (let scans = 0; rig.state !== 'ALARM' && rig.nowMs - sinceMs < 200_000; scans++) {
        rig.nowMs += scans % 2 === 0 ? jitterMs : -jitterMs;
        rig.scan();
      }
      assert.equal(rig.alarm('ZONE1_NOT_HEATING')?.trip, true);
      const seconds = (rig.nowMs - sinceMs) / 1_000;
      assert.ok(seconds < 60 + (4 * scanMs) / 1_000, `after ${seconds} s`);
    }).timeout(20_000);
  }

  it('trips on a broken heater after 60 s of full duty without a rise', () => {
    const rig = heating(200, 23, byRuleAlone());
    rig.plant.faults.brokenHeaters.add('zone2');
    const seconds = rig.until(() => rig.state === 'ALARM', 90);
    assert.ok(seconds >= 60 && seconds < 64, `tripped after ${seconds} s`);
    assert.equal(rig.alarm('ZONE2_NOT_HEATING')?.trip, true);
    assert.equal(rig.alarm('ZONE1_NOT_HEATING'), undefined);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH')?.trip, false);
  });

  it('notices a heater that breaks on the way up', () => {
    const rig = heating(200, 23, byRuleAlone());
    rig.run(120);
    assert.equal(rig.state, 'HEATING');
    rig.plant.faults.brokenHeaters.add('zone1');
    const seconds = rig.until(() => rig.state === 'ALARM', 120);
    assert.ok(seconds > 50 && seconds < 80, `tripped after ${seconds} s`);
    assert.equal(rig.alarm('ZONE1_NOT_HEATING')?.trip, true);
  });

  it('knows a heater that cold feed holds down from a broken one', () => {
    const rig = new Rig().toRunning();
    rig.plant.loadK = 175;
    rig.run(900);
    assert.equal(rig.state, 'RUNNING');
    // full duty, far below the setpoint, and not rising
    assert.equal(rig.output('heater.zone1.output'), 100);
    assert.ok(rig.plant.trueC('zone1') < 188 && rig.plant.trueC('zone1') > 175);
    assert.equal(rig.alarm('ZONE1_NOT_HEATING'), undefined);
    // the feed gets lighter just when the heater breaks: the zone cools no faster than with no duty
    rig.plant.loadK = 0;
    rig.plant.faults.brokenHeaters.add('zone1');
    rig.until(() => rig.state === 'ALARM', 120);
    assert.ok(rig.alarm('ZONE1_NOT_HEATING')?.trip === true || rig.alarm('COLD_EXTRUSION')?.trip === true);
  });

  it('does not judge a zone by what it did while the screw took its heat', () => {
    const rig = new Rig().toRunning();
    rig.plant.loadK = 175;
    rig.run(900);
    rig.ask({ name: 'stop' });
    rig.run(300);
    assert.deepEqual(
      rig.events.filter(({ occurrence }) => occurrence.trip),
      [],
    );
  });

  it('tells when the power does not match the duties for 5 s, and trips nothing for it', () => {
    const rig = heating(200, 23);
    rig.run(5);
    rig.injected.set('heater.power', 0.376);
    rig.run(20);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH'), undefined);
    rig.injected.set('heater.power', 0.374);
    rig.scan();
    rig.run(4.75);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH'), undefined);
    rig.scan();
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH')?.active, true);
    rig.injected.set('heater.power', 'BadDeviceFailure');
    rig.run(2);
    assert.equal(rig.alarm('HEATER_POWER_MISMATCH')?.active, true);
    assert.equal(rig.state, 'HEATING');
  });

  it('trips when a zone rises 90 s after its duty went to 0, though the power looks right', () => {
    const rig = new Rig().toReady();
    rig.write('heater.zone1.setpoint', 0);
    rig.run(60);
    rig.plant.faults.stuckPercent.set('zone1', 90);
    // the power measurement is blind to it
    rig.injected.set('heater.power', 0);
    rig.until(() => rig.state === 'ALARM', 200);
    assert.equal(rig.alarm('ZONE1_UNCONTROLLED')?.trip, true);
    assert.equal(rig.output('heater.contactor'), false);
  });

  it('takes a zone that its neighbour warms for no stuck relay', () => {
    const rig = new Rig();
    rig.write('heater.zone1.setpoint', 250);
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    rig.run(1_800);
    assert.ok(rig.plant.trueC('zone2') > 35);
    assert.deepEqual(rig.standing(), []);
  }).timeout(20_000);

  it('takes a machine that cools down, or a hall that warms up, for no stuck relay', () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'heat', on: false });
    rig.run(3_600);
    assert.deepEqual(rig.standing(), []);
    assert.equal(rig.state, 'IDLE');
  }).timeout(20_000);
});

describe('a power reading that comes and goes', () => {
  it('hides no stuck relay', () => {
    const rig = new Rig().toReady();
    rig.write('heater.zone1.setpoint', 0);
    rig.run(30);
    rig.plant.faults.stuckPercent.set('zone1', 60);
    const seconds = rig.until(() => {
      const second = Math.floor(rig.nowMs / 1_000) % 3;
      if (second === 2) rig.injected.set('heater.power', 'BadDeviceFailure');
      else rig.injected.delete('heater.power');
      return rig.state === 'ALARM';
    }, 30);
    assert.equal(rig.alarm('ZONE1_UNCONTROLLED')?.trip, true, `${seconds} s`);
  });
});

describe('frozen sensors', () => {
  it('a reading that stands still for 60 s while the zone heats up has failed; the heater is off in that scan', () => {
    const rig = heating(200, 23);
    rig.run(100);
    const value = frozenAt(rig, 'temperature.zone1');
    rig.run(59);
    assert.equal(rig.sample('temperature.zone1').quality, 'Good');
    const seconds = rig.until(() => rig.sample('temperature.zone1').quality !== 'Good', 3);
    assert.ok(seconds <= 1.5);
    assert.equal(rig.sample('temperature.zone1.raw').quality, 'BadSensorFailure');
    assert.equal(rig.sample('temperature.zone1.raw').value, value);
    assert.equal(rig.output('heater.zone1.output'), 0);
    rig.run(3);
    assert.equal(rig.state, 'ALARM');
    assert.equal(rig.alarm('ZONE1_SENSOR_FAILED')?.trip, true);
  });

  it('a reading that stands still while the hot zone cools down has failed', () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'heat', on: false });
    rig.run(30);
    frozenAt(rig, 'temperature.zone2');
    const seconds = rig.until(() => rig.state === 'ALARM', 120);
    assert.ok(seconds >= 60 && seconds < 68, `tripped after ${seconds} s`);
  });

  it('a quiet sensor at ambient, or at a steady setpoint, is not frozen', () => {
    const cold = new Rig();
    cold.scan();
    frozenAt(cold, 'temperature.zone1');
    cold.run(1_800);
    assert.deepEqual(cold.standing(), []);
    const hot = new Rig({ declaration: quiet(factoryMachine()) }).toReady();
    hot.run(900);
    hot.injected.set('temperature.zone1', Math.round(hot.plant.trueC('zone1') * 10) / 10);
    hot.run(65);
    assert.deepEqual(hot.standing(), []);
  }).timeout(20_000);

  it('comes back as soon as the reading moves again', () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'heat', on: false });
    rig.run(30);
    const value = frozenAt(rig, 'temperature.zone1');
    rig.until(() => rig.sample('temperature.zone1').quality !== 'Good', 90);
    rig.injected.set('temperature.zone1', value - 10);
    rig.scan();
    assert.equal(rig.sample('temperature.zone1').quality, 'Good');
    assert.equal(rig.sample('temperature.zone1').value, value - 10);
    assert.equal(rig.state, 'IDLE');
    assert.equal(rig.alarm('ZONE1_SENSOR_FAILED')?.state, 'returned-unacknowledged');
  });
});

describe('MANUAL', () => {
  it('bypasses no guard: a broken heater trips by its duty alone', () => {
    const rig = new Rig({ temperatureC: 23, declaration: byRuleAlone() });
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    rig.run(3);
    rig.plant.faults.brokenHeaters.add('zone1');
    assert.equal(rig.write('heater.zone1.output', 89.9, engineer).accepted, true);
    rig.run(90);
    assert.equal(rig.state, 'HEATING');
    assert.equal(rig.write('heater.zone1.output', 90, engineer).accepted, true);
    const seconds = rig.until(() => rig.state === 'ALARM', 90);
    assert.ok(seconds > 55 && seconds < 64, `tripped after ${seconds} s`);
    assert.equal(rig.alarm('ZONE1_NOT_HEATING')?.trip, true);
  });
});

function polled(module: string, pollPeriodMs: number): MachineDeclaration {
  const machine = factoryMachine();
  const modules = machine.modules.map((each) => (each.id === module ? { ...each, pollPeriodMs } : each));
  const signals = new Map(
    [...machine.signals].map(([id, signal]) => [
      id,
      signal.source?.module === module ? { ...signal, pollPeriodMs } : signal,
    ]),
  );
  return { ...machine, signals, modules };
}

/** Without averaging, so that a still reading is a still value. */
function quiet(declaration: MachineDeclaration): MachineDeclaration {
  const signals = new Map(
    [...declaration.signals].map(([id, signal]) => [
      id,
      signal.averageSeconds === undefined ? signal : { ...signal, averageSeconds: 0 },
    ]),
  );
  return { ...declaration, signals };
}

/** The sensor gives its last reading for ever. */
function frozenAt(rig: Rig, signal: string): number {
  const value = Number(rig.sample(`${signal}.raw`).value);
  rig.injected.set(signal, value);
  return value;
}
