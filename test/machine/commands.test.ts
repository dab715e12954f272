import assert from 'node:assert/strict';

import type { CommandAction, Principal } from '../../machine/commands/command.ts';
import { factoryMachine } from './factory.ts';
import { codes, engineer, observer, operator, Rig } from './rig.ts';

const ready = () => new Rig().toReady();
const running = () => new Rig().toRunning();

function manual(temperatureC = 200): Rig {
  const rig = new Rig({ temperatureC });
  rig.run(1);
  assert.equal(rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer).accepted, true);
  return rig;
}

/** Renews a jog twice a second, as a client does that is held. */
function holdJog(rig: Rig, rpm: number, seconds: number): void {
  for (let at = 0; at < seconds; at += 0.5) {
    rig.scan({ action: { name: 'write', signal: 'motor.main.command', value: rpm }, by: engineer });
    rig.scan();
  }
}

describe('the command gate', () => {
  const forbidden: readonly (readonly [CommandAction, Principal])[] = [
    [{ name: 'heat', on: true }, observer],
    [{ name: 'start' }, observer],
    [{ name: 'stop' }, observer],
    [{ name: 'clearAlarms' }, observer],
    [{ name: 'blockStart', blocked: true, reason: 'lot change' }, observer],
    [{ name: 'write', signal: 'heater.zone1.setpoint', value: 100 }, observer],
    [{ name: 'setMode', mode: 'MANUAL' }, operator],
    [{ name: 'write', signal: 'fan.on', value: true }, operator],
  ];
  for (const [action, by] of forbidden) {
    it(`keeps the ${by.role} from ${JSON.stringify(action)}`, () => {
      const outcome = new Rig().ask(action, by);
      assert.equal(outcome.accepted, false);
      assert.deepEqual(codes(outcome), ['NOT_PERMITTED']);
      assert.equal(!outcome.accepted && outcome.kind, 'permission');
    });
  }

  const invalid: readonly (readonly [signal: string, value: number | boolean | string | null, code: string])[] = [
    ['heater.zone1.setpoint', 265.1, 'OUT_OF_RANGE'],
    ['heater.zone1.setpoint', -0.1, 'OUT_OF_RANGE'],
    ['heater.zone1.setpoint', Number.NaN, 'WRONG_TYPE'],
    ['heater.zone1.setpoint', '200', 'WRONG_TYPE'],
    ['heater.zone1.setpoint', null, 'WRONG_TYPE'],
    ['heater.zone1.setpoint', true, 'WRONG_TYPE'],
    ['motor.main.setpoint', 1501, 'OUT_OF_RANGE'],
    ['motor.main.setpoint', -1, 'OUT_OF_RANGE'],
    ['heater.enabled', 1, 'WRONG_TYPE'],
    ['temperature.zone1', 200, 'NOT_WRITABLE'],
    ['machine.state', 4, 'NOT_WRITABLE'],
  ];
  for (const [signal, value, code] of invalid) {
    it(`refuses ${String(value)} for ${signal}: ${code}`, () => {
      const rig = new Rig();
      rig.run(1);
      const before = rig.sample(signal).value;
      const outcome = rig.write(signal, value);
      assert.deepEqual(codes(outcome), [code]);
      assert.notEqual(rig.sample(signal).value, value);
      if (rig.declaration.signals.get(signal)?.direction === 'setting') assert.equal(rig.sample(signal).value, before);
    });
  }

  it('does not know what is not declared', () => {
    const outcome = new Rig().write('temperature.zone9', 1);
    assert.equal(!outcome.accepted && outcome.kind, 'unknown');
    const acknowledgement = new Rig().ask({ name: 'acknowledge', alarm: 'ZONE9_OVERTEMP' });
    assert.equal(!acknowledgement.accepted && acknowledgement.kind, 'unknown');
  });

  it('answers a setting with the value before and after', () => {
    const rig = new Rig();
    const outcome = rig.write('heater.zone1.setpoint', 200);
    assert.deepEqual(outcome, { accepted: true, commandId: 'c1', state: 'IDLE', before: 0, after: 200 });
    assert.equal(rig.sample('heater.zone1.setpoint').value, 200);
    assert.equal(rig.last.retain, true);
  });

  it('never refuses stop, heat off and emergency stop, and says when nothing was running', () => {
    for (const rig of [new Rig(), ready(), running(), tripped()]) {
      for (const name of ['stop', 'heatOff', 'emergencyStop'] as const) {
        const outcome = rig.ask(name === 'heatOff' ? { name: 'heat', on: false } : { name });
        assert.equal(outcome.accepted, true, `${name} in ${rig.state}`);
      }
      assert.equal(rig.state, 'ALARM');
    }
    const nothing = new Rig().ask({ name: 'stop' });
    assert.ok(nothing.accepted && nothing.note !== undefined);
  });

  it('heat off in RUNNING takes the duties at once and stops the drives by their sequence', () => {
    const rig = running();
    rig.ask({ name: 'heat', on: false });
    assert.equal(rig.state, 'STOPPING');
    assert.equal(rig.output('heater.zone1.output'), 0);
    assert.equal(rig.output('heater.contactor'), false);
    rig.until(() => rig.state === 'IDLE', 20);
  });

  it('an emergency stop turns drives and heaters off in the same scan, and has to be cleared', () => {
    const rig = running();
    const outcome = rig.ask({ name: 'emergencyStop' });
    assert.deepEqual(outcome, { accepted: true, commandId: outcome.commandId, state: 'ALARM' });
    assert.equal(rig.output('motor.main.command'), 0);
    assert.equal(rig.output('heater.contactor'), false);
    assert.equal(rig.output('fan.on'), true);
    assert.equal(rig.alarm('ESTOP')?.trip, true);
    assert.deepEqual(codes(rig.ask({ name: 'heat', on: true })), ['WRONG_STATE']);
    assert.ok(codes(rig.ask({ name: 'start' })).includes('ALARM_ACTIVE'));
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
    assert.equal(rig.state, 'IDLE');
    assert.equal(rig.alarm('ESTOP')?.state, 'returned-unacknowledged');
  });

  it('keeps a setpoint 10 K above the minimum of its zone while the machine runs', () => {
    const rig = running();
    assert.deepEqual(codes(rig.write('heater.zone1.setpoint', 179.9)), ['SETPOINT_BELOW_MINIMUM']);
    assert.equal(rig.write('heater.zone1.setpoint', 180).accepted, true);
  });

  it('does not let the screw stand while it is fed: a main drive setpoint of 0 is refused while the machine runs', () => {
    const rig = new Rig().toRunning();
    assert.deepEqual(codes(rig.write('motor.main.setpoint', 0)), ['NO_SPEED_SETPOINT']);
    assert.equal(rig.write('motor.main.setpoint', 1).accepted, true);
    assert.equal(rig.write('motor.feed.setpoint', 0).accepted, true);
    rig.ask({ name: 'stop' });
    rig.until(() => rig.state === 'READY', 60);
    assert.equal(rig.write('motor.main.setpoint', 0).accepted, true);
  });

  it('takes no new speed for a turning drive while a temperature is not known', () => {
    const rig = running();
    rig.injected.set('temperature.zone1', 'BadDeviceFailure');
    rig.scan();
    assert.deepEqual(codes(rig.write('motor.feed.setpoint', 200)), ['TEMP_DATA_STALE']);
    assert.equal(rig.write('motor.feed.setpoint', 0).accepted, true);
  });

  it('lets a client hold the start, with its reason, over a restart', () => {
    const rig = ready();
    rig.ask({ name: 'blockStart', blocked: true, reason: 'lot change' });
    assert.equal(rig.sample('machine.startBlockedByClient').value, true);
    const start = rig.ask({ name: 'start' });
    assert.deepEqual(codes(start), ['START_BLOCKED_BY_CLIENT']);
    assert.ok(!start.accepted && start.reasons[0]?.text.includes('lot change'));
    const next = new Rig({ retained: rig.core.retained() });
    next.run(1);
    assert.ok(next.blockers().includes('START_BLOCKED_BY_CLIENT'));
    next.ask({ name: 'write', signal: 'machine.startBlockedByClient', value: false });
    assert.ok(!next.blockers().includes('START_BLOCKED_BY_CLIENT'));
  });

  it('refuses heat on while the watchdog of a heater module is unverified', () => {
    const rig = new Rig();
    rig.unverified.add('ssr1');
    rig.run(1);
    assert.deepEqual(codes(rig.ask({ name: 'heat', on: true })), ['OUTPUTS_UNVERIFIED']);
    rig.unverified.clear();
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
  });
});

describe('clearing alarms', () => {
  it('sends the drives their reset edge first, and waits for the fault to go', () => {
    const rig = running();
    rig.plant.faults.driveFaults.set('main', 7);
    rig.run(1);
    assert.equal(rig.state, 'ALARM');
    assert.equal(rig.output('motor.main.reset'), false);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
    assert.equal(rig.state, 'IDLE');
    rig.run(1);
    assert.equal(rig.output('motor.main.reset'), false);
  });

  it('is refused with the reason when the fault has not gone 2 s after the edge', () => {
    const rig = running();
    rig.injected.set('motor.main.fault', 7);
    rig.run(1);
    const askedAtMs = rig.nowMs;
    const clear = rig.ask({ name: 'clearAlarms' });
    assert.deepEqual(codes(clear), ['ALARM_ACTIVE']);
    assert.ok(rig.nowMs - askedAtMs >= 2_000 && rig.nowMs - askedAtMs < 2_600);
    assert.equal(rig.state, 'ALARM');
  });

  it('is refused at once while the e-stop chain is open', () => {
    const rig = running();
    rig.injected.set('safety.estopClosed', false);
    rig.scan();
    assert.deepEqual(codes(rig.ask({ name: 'clearAlarms' })), ['ESTOP_OPEN']);
  });

  it('is refused while a sensor that is about to trip has failed, although nothing has tripped yet', () => {
    const rig = ready();
    rig.injected.set('temperature.zone1', 'BadSensorFailure');
    rig.run(1);
    assert.notEqual(rig.state, 'ALARM');
    const outcome = rig.ask({ name: 'clearAlarms' });
    assert.deepEqual(codes(outcome), ['ALARM_ACTIVE']);
  });

  it('with nothing latched changes nothing and says so', () => {
    const outcome = ready().ask({ name: 'clearAlarms' });
    assert.ok(outcome.accepted && outcome.note !== undefined);
  });
});

describe('MANUAL', () => {
  it('is entered by an engineer at standstill only', () => {
    const rig = running();
    assert.deepEqual(codes(rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer)), ['WRONG_STATE']);
    const standing = ready();
    assert.equal(standing.ask({ name: 'setMode', mode: 'MANUAL' }, engineer).accepted, true);
    assert.deepEqual(codes(standing.ask({ name: 'start' })), ['WRONG_MODE']);
    assert.equal(standing.ask({ name: 'setMode', mode: 'AUTO' }, operator).accepted, true);
  });

  it('outputs are not written in AUTO', () => {
    assert.deepEqual(codes(ready().write('fan.on', false, engineer)), ['WRONG_MODE']);
    assert.deepEqual(codes(manual().write('light.red', true, engineer)), ['NOT_WRITABLE']);
  });

  it('a written output is accepted once its module has read it back', () => {
    const rig = manual();
    const outcome = rig.write('pump.on', true, engineer);
    assert.ok(outcome.accepted && outcome.after === true && outcome.before === false);
    assert.equal(rig.sample('pump.on').value, true);
  });

  it('a write that the module does not read back within 2 s is said to be unconfirmed', () => {
    const rig = manual();
    rig.injected.set('pump.on', false);
    const askedAtMs = rig.nowMs;
    const outcome = rig.write('pump.on', true, engineer);
    assert.ok(rig.nowMs - askedAtMs >= 2_000 && rig.nowMs - askedAtMs < 2_600);
    assert.equal(!outcome.accepted && outcome.kind, 'unconfirmed');
    assert.deepEqual(codes(outcome), ['WRITE_NOT_CONFIRMED']);
  });

  it('a jog stops by itself 1 s after it was last renewed', () => {
    const rig = manual();
    holdJog(rig, 100, 3);
    assert.equal(rig.output('motor.main.command'), 100);
    assert.ok(rig.outcomes.filter(({ outcome }) => outcome.accepted).length >= 6);
    rig.run(0.25);
    assert.equal(rig.output('motor.main.command'), 100);
    rig.run(1);
    assert.equal(rig.output('motor.main.command'), 0);
  });

  it('a long ramp is confirmed as soon as the drive follows it', () => {
    const rig = manual();
    const outcome = rig.write('motor.main.command', -1_500, engineer);
    assert.equal(outcome.accepted, true);
    assert.ok(Number(rig.output('motor.main.command')) < 0);
  });

  it('a drive that ignores its command is never said to have done it', () => {
    const rig = manual();
    rig.injected.set('motor.main.command', 0);
    const id = 'held';
    rig.scan({ action: { name: 'write', signal: 'motor.main.command', value: 100 }, by: engineer, id });
    holdJog(rig, 100, 3);
    const decided = rig.outcomes.find(({ command }) => command.id === id);
    assert.equal(decided?.outcome.accepted, false);
    assert.ok(!rig.outcomes.some(({ command, outcome }) => command.action.name === 'write' && outcome.accepted));
  });

  it('a crawl that reads back as standstill is not confirmed', () => {
    const rig = manual();
    rig.injected.set('motor.main.command', 0);
    assert.deepEqual(codes(rig.write('motor.main.command', 0.8, engineer)), ['WRITE_NOT_CONFIRMED']);
  });

  it('no drive is jogged below the cold limit', () => {
    assert.deepEqual(codes(manual(169).write('motor.main.command', 100, engineer)).slice(0, 1), ['COLD_EXTRUSION']);
    const rig = manual(180);
    holdJog(rig, 100, 2);
    assert.equal(rig.output('motor.main.command'), 100);
    rig.injected.set('temperature.zone1', 169.8);
    rig.run(0.5);
    assert.deepEqual(codes(rig.write('motor.main.command', 100, engineer)), ['COLD_EXTRUSION']);
    rig.run(1.5);
    assert.equal(rig.output('motor.main.command'), 0);
  });

  it('a heater duty needs heating on, and stop zeroes drives and duties', () => {
    const rig = manual();
    assert.deepEqual(codes(rig.write('heater.zone1.output', 20, engineer)), ['HEATING_OFF']);
    rig.ask({ name: 'heat', on: true });
    rig.run(2.5);
    assert.equal(rig.write('heater.zone1.output', 20, engineer).accepted, true);
    assert.equal(rig.output('heater.zone1.output'), 20);
    assert.equal(rig.ask({ name: 'stop' }).accepted, true);
    assert.equal(rig.output('heater.zone1.output'), 0);
    assert.equal(rig.last.status.heating, true);
  });

  it('the duties stay as they are when the mode changes, there and back', () => {
    const rig = ready();
    rig.run(60);
    const before = Number(rig.output('heater.zone1.output'));
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    rig.run(5);
    assert.ok(Math.abs(Number(rig.output('heater.zone1.output')) - before) < 3);
    const held = Number(rig.output('heater.zone1.output'));
    rig.run(1);
    assert.equal(rig.output('heater.zone1.output'), held);
    rig.ask({ name: 'setMode', mode: 'AUTO' });
    assert.ok(Math.abs(Number(rig.output('heater.zone1.output')) - held) < 2);
  });

  it('the fan that the hot barrel needs does not blink on the way back to AUTO', () => {
    const rig = ready();
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    rig.run(1);
    assert.equal(rig.output('fan.on'), true);
    const seen: unknown[] = [];
    rig.ask({ name: 'setMode', mode: 'AUTO' });
    for (let scans = 0; scans < 8; scans++) {
      seen.push(rig.output('fan.on'));
      rig.scan();
    }
    assert.deepEqual(new Set(seen), new Set([true]));
  });

  it('a relay is not switched twice within a quarter of a second', () => {
    const rig = manual();
    const on = { action: { name: 'write', signal: 'pump.on', value: true } as const, by: engineer, id: 'on' };
    const off = { action: { name: 'write', signal: 'pump.on', value: false } as const, by: engineer, id: 'off' };
    rig.scan(on, off);
    const refusal = rig.outcomes.find(({ command }) => command.id === 'off')?.outcome;
    assert.ok(refusal !== undefined && !refusal.accepted && refusal.kind === 'tooFast');
    assert.deepEqual(codes(refusal), ['RELAY_DEBOUNCE']);
    rig.run(1);
    assert.equal(rig.write('pump.on', false, engineer).accepted, true);
  });

  it('nor in a later scan that comes before the quarter of a second is over', () => {
    const rig = new Rig({ declaration: { ...factoryMachine(), scanPeriodMs: 100 } });
    rig.run(1);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    const pump = (value: boolean, id: string) =>
      rig.scan({ action: { name: 'write', signal: 'pump.on', value }, by: engineer, id });
    const outcome = (id: string) => rig.outcomes.find(({ command }) => command.id === id)?.outcome;
    pump(true, 'on');
    rig.scan();
    pump(true, 'again');
    pump(false, 'late enough');
    pump(true, 'too soon');
    rig.run(1);
    assert.equal(outcome('again')?.accepted, true);
    assert.equal(outcome('late enough')?.accepted, true);
    assert.deepEqual(codes(outcome('too soon') ?? assert.fail()), ['RELAY_DEBOUNCE']);
  });
});

describe('the panel', () => {
  it('start and stop act on the edge, as the account panel', () => {
    const rig = ready();
    rig.injected.set('panel.start', true);
    rig.scan();
    assert.equal(rig.state, 'STARTING');
    const decided = rig.outcomes.at(-1);
    assert.equal(decided?.command.origin, 'panel');
    assert.deepEqual(decided?.command.principal, { name: 'panel', role: 'operator', kind: 'panel' });
    rig.until(() => rig.state === 'RUNNING', 20);
    const count = rig.outcomes.length;
    rig.run(5);
    assert.equal(rig.outcomes.length, count, 'a button that is held acts once');
    rig.injected.set('panel.stop', true);
    rig.scan();
    assert.equal(rig.state, 'STOPPING');
  });

  it('the first reading after a bad one is no edge', () => {
    const rig = ready();
    rig.injected.set('panel.start', 'BadDeviceFailure');
    rig.scan();
    rig.injected.set('panel.start', true);
    rig.run(1);
    assert.equal(rig.state, 'READY');
    rig.injected.set('panel.start', 'lost');
    rig.run(2);
    rig.injected.set('panel.start', true);
    rig.run(1);
    assert.equal(rig.state, 'READY');
  });

  it('a button held while the server starts is no edge', () => {
    const rig = new Rig();
    rig.injected.set('panel.stop', true);
    rig.run(1);
    assert.equal(rig.outcomes.length, 0);
  });
});

function tripped(): Rig {
  const rig = running();
  rig.ask({ name: 'emergencyStop' });
  return rig;
}
