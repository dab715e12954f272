import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';

import { checkConfiguration } from '../../config/load.ts';
import type { CommandAction } from '../../machine/commands/command.ts';
import { Control } from '../../server/control/control.ts';
import { sharedClockMs, type FromControl } from '../../server/protocol.ts';
import { changed, faultsAfter, type Change } from '../config/factory.ts';
import { factoryMachine } from './factory.ts';
import { codes, engineer, observer, operator, Rig, type Injected } from './rig.ts';

/**
 * What goes wrong in controllers of this kind, again and again, by name. Most of it is a row of a table elsewhere; here it
 * stands so that nobody brings it in anew without noticing.
 */
describe('known failures of such controllers', () => {
  const turnsOrHeats: readonly CommandAction[] = [
    { name: 'heat', on: true },
    { name: 'start' },
    { name: 'setMode', mode: 'MANUAL' },
    { name: 'write', signal: 'heater.enabled', value: true },
    { name: 'write', signal: 'motor.main.command', value: 100 },
    { name: 'write', signal: 'heater.zone1.output', value: 50 },
  ];
  const inputs = [...factoryMachine().signals.values()].filter(
    ({ direction, source, rawOf }) => direction === 'input' && source !== undefined && rawOf === undefined,
  );
  const fromField = [...factoryMachine().signals.values()].filter(({ source }) => source !== undefined);

  it('a setpoint above the trip', () => {
    for (const high of [266, 280, 300]) {
      const faults = faultsAfter({ path: ['signals', 'heater.zone1.setpoint', 'span'], value: [0, high] });
      assert.equal(faults.length, 1, `a range up to ${high} °C`);
    }
    const rig = new Rig().toReady();
    for (const setpointC of [265.1, 280, 281, 1e9, Number.POSITIVE_INFINITY]) {
      assert.equal(rig.write('heater.zone1.setpoint', setpointC).accepted, false, `${setpointC} °C`);
    }
    assert.equal(rig.sample('heater.zone1.setpoint').value, 200);
    const retained = rig.core.retained();
    const settings = { ...retained.settings, 'heater.zone1.setpoint': 300 };
    assert.equal(new Rig({ retained: { ...retained, settings } }).sample('heater.zone1.setpoint').value, 0);
  });

  it('a trip that is only a warning', () => {
    const trips = factoryMachine().alarms.filter(({ trip }) => trip !== undefined);
    assert.ok(trips.length > 25);
    for (const { id, latches, priority } of trips) assert.ok(latches && priority <= 2, id);
    const rig = new Rig().toRunning();
    rig.injected.set('safety.estopClosed', false);
    rig.scan();
    assert.equal(rig.state, 'ALARM');
    for (const output of ['motor.main.command', 'motor.feed.command', 'heater.zone1.output', 'heater.zone2.output']) {
      assert.equal(rig.output(output), 0);
    }
    assert.equal(rig.output('heater.contactor'), false);
    rig.injected.delete('safety.estopClosed');
    rig.run(60);
    assert.equal(rig.state, 'ALARM');
  });

  it('a command that is accepted in alarm', () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'emergencyStop' });
    for (const action of turnsOrHeats) {
      const outcome = rig.ask(action, engineer);
      assert.ok(!outcome.accepted && outcome.reasons.length > 0, JSON.stringify(action));
      assert.equal(rig.state, 'ALARM');
    }
  });

  it('an acknowledgement without a name', () => {
    const rig = new Rig();
    rig.ask({ name: 'emergencyStop' });
    for (const name of ['', '  ']) {
      const outcome = rig.ask({ name: 'acknowledge', alarm: 'ESTOP' }, { ...operator, name });
      assert.deepEqual(codes(outcome), ['NO_NAME']);
      assert.equal(rig.alarm('ESTOP')?.acknowledged, false);
    }
    rig.ask({ name: 'acknowledge', alarm: 'ESTOP', comment: 'seen' }, operator);
    const acknowledged = rig.events.find(({ transition }) => transition === 'acknowledged');
    assert.deepEqual([acknowledged?.actor, acknowledged?.comment], [operator.name, 'seen']);
    assert.equal(rig.ask({ name: 'stop' }, { ...operator, name: '' }).accepted, true, 'but a stop is never refused');
  });

  it('the newest time stamp that masks a dead sensor', () => {
    const rig = new Rig().toReady();
    rig.injected.set('temperature.zone2', 'lost');
    rig.run(1.5);
    assert.equal(rig.sample('temperature.zone2').quality, 'UncertainLastUsableValue');
    for (const fresh of ['feed', 'zone1', 'motor']) assert.equal(rig.sample(`temperature.${fresh}`).quality, 'Good');
    assert.ok(rig.sample('temperature.zone2').sourceTimeMs < rig.sample('temperature.zone1').sourceTimeMs);
    assert.equal(rig.output('heater.zone2.output'), 0);
    rig.run(3);
    assert.equal(rig.alarm('TEMP_DATA_STALE')?.trip, true);
  });

  it('a cold start that latches an alarm', () => {
    const rig = new Rig({ temperatureC: -5 });
    rig.run(10);
    assert.equal(rig.ask({ name: 'start' }).accepted, false);
    rig.write('heater.zone1.setpoint', 200);
    rig.ask({ name: 'start' });
    rig.run(60);
    assert.deepEqual(rig.events, []);
    assert.equal(rig.state, 'IDLE');
    assert.equal(rig.ask({ name: 'heat', on: true }).accepted, true);
  });

  it('MANUAL without interlocks', () => {
    const faults: readonly (readonly [signal: string, reading: Injected])[] = [
      ['safety.estopClosed', false],
      ['motor.main.fault', 3],
      ['temperature.zone1', 'BadSensorFailure'],
      ['temperature.motor', 'lost'],
      ['temperature.zone1', 215],
    ];
    for (const [signal, reading] of faults) {
      const rig = new Rig({ temperatureC: 190 });
      rig.run(1);
      rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
      rig.injected.set(signal, reading);
      if (signal === 'temperature.zone1' && reading === 215) {
        for (const atC of [215, 240, 265, 281]) {
          rig.injected.set(signal, atC);
          rig.scan();
        }
      }
      rig.run(5);
      assert.equal(rig.state, 'ALARM', `${signal} ${reading}`);
      assert.equal(rig.write('motor.main.command', 50, engineer).accepted, false);
    }
  });

  it('cooling that goes off in an emergency', () => {
    const rig = new Rig().toRunning();
    for (const cause of ['emergencyStop', 'restart'] as const) {
      if (cause === 'restart') rig.restart();
      else rig.ask({ name: 'emergencyStop' });
      for (let seconds = 0; seconds < 120; seconds++) {
        rig.run(1);
        assert.deepEqual([rig.output('fan.on'), rig.output('pump.on')], [true, true], cause);
      }
    }
  });

  it('an integral clamp that starves', () => {
    const rig = new Rig({ temperatureC: 240 });
    rig.run(1);
    for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 262);
    rig.ask({ name: 'heat', on: true });
    rig.run(2_400);
    let duties = 0;
    for (let second = 0; second < 60; second++) {
      rig.run(1);
      duties += Number(rig.output('heater.zone1.output')) / 60;
      for (const zone of ['zone1', 'zone2']) assert.ok(Math.abs(rig.plant.trueC(zone) - 262) < 0.5, 'a droop');
    }
    assert.ok(duties > 60, `it takes ${duties.toFixed(0)} % to hold the zone`);
  }).timeout(20_000);

  it('two names for one fault', () => {
    const faults: readonly (readonly [fault: string, befall: (rig: Rig) => void, alarm: string])[] = [
      ['a module', (rig) => void rig.silent.add('drive2'), 'DRIVE2_COMMS_LOST'],
      ['the heater module', (rig) => void rig.silent.add('ssr1'), 'SSR1_COMMS_LOST'],
      [
        'a line',
        (rig) => {
          for (const module of ['dio1', 'ssr1']) rig.silent.add(module);
        },
        'TCP0_COMMS_LOST',
      ],
      [
        'a thermocouple',
        (rig) => void rig.injected.set('temperature.zone1', 'BadSensorFailure'),
        'ZONE1_SENSOR_FAILED',
      ],
      ['a value', (rig) => void rig.injected.set('temperature.zone1', 'lost'), 'TEMP_DATA_STALE'],
      ['a drive', (rig) => void rig.plant.faults.driveFaults.set('main', 7), 'MAIN_DRIVE_FAULT'],
      [
        'a drive’s register',
        (rig) => void rig.injected.set('motor.main.speed', 'BadDeviceFailure'),
        'MAIN_DRIVE_FAULT',
      ],
      ['the power', (rig) => void rig.injected.set('heater.power', 'BadDeviceFailure'), 'SIGNAL_LOST'],
      ['an output', (rig) => void rig.injected.set('heater.contactor', 'BadDeviceFailure'), 'OUTPUT_MISMATCH'],
    ];
    for (const [fault, befall, alarm] of faults) {
      const rig = new Rig().toRunning();
      befall(rig);
      rig.run(30);
      const told = rig.events
        .filter(({ transition }) => transition === 'raised')
        .map(({ occurrence }) => occurrence.id);
      assert.deepEqual(told, [alarm], fault);
    }
  });

  it('a malformed configuration that falls back to defaults in silence', () => {
    const breaks: readonly Change[] = [
      { path: ['guards', 'staleTripSeconds'], value: 'three' },
      { path: ['guards', 'staleTripSeconds'], value: -3 },
      { path: ['guards', 'staleTripSeconds'], value: null },
      { path: ['guards', 'staleTripSecond'], value: 3 },
      { path: ['guards', 'coldTripBelowK'] },
      { path: ['zones', 'zone1', 'tripAboveC'] },
      { path: ['zones', 'zone1', 'minimumC'], value: true },
      { path: ['alarms', 'ESTOP'] },
      { path: ['motor', 'tripAtC'], value: '65' },
    ];
    for (const change of breaks) {
      const result = checkConfiguration(changed(change), {});
      assert.equal(result.ok, false, JSON.stringify(change));
      assert.ok(!result.ok && result.faults.length > 0);
    }
    for (const nothing of [null, '', 42, [], {}]) assert.equal(checkConfiguration(nothing, {}).ok, false);
  });

  it('a check of the start that is switched off by default, or can be', () => {
    const rig = new Rig({ temperatureC: 23 });
    rig.run(1);
    const start = rig.ask({ name: 'start' });
    assert.deepEqual(new Set(codes(start)), new Set(['WRONG_STATE', 'COLD_EXTRUSION', 'NO_SPEED_SETPOINT']));
    for (const key of ['coldExtrusion', 'startCheck', 'enabled']) {
      assert.ok(faultsAfter({ path: ['guards', key], value: false }).length > 0, `guards.${key}`);
    }
  });

  it('no check that a heater heats', () => {
    for (const zone of ['zone1', 'zone2']) {
      const rig = new Rig({ temperatureC: 23 });
      rig.run(1);
      for (const each of ['zone1', 'zone2']) rig.write(`heater.${each}.setpoint`, 200);
      rig.ask({ name: 'heat', on: true });
      rig.plant.faults.brokenHeaters.add(zone);
      const seconds = rig.until(() => rig.state === 'ALARM', 120);
      assert.equal(rig.alarm(`${zone.toUpperCase()}_NOT_HEATING`)?.trip, true);
      assert.ok(seconds <= 70, `after ${seconds} s`);
    }
  });

  it('a full disk that stops the machine', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'tve-known-failures-'));
    // nothing listens there: the machine has no modules, and must scan and answer all the same
    const result = checkConfiguration(changed(), { TVE_SIM_RTU_PORT: '9', TVE_SIM_TCP_PORT: '7' });
    assert.ok(result.ok);
    const { configuration } = result;
    const dataDir = path.join(folder, 'data');
    const sent: FromControl[] = [];
    const control = await Control.open(
      { ...configuration, server: { ...configuration.server, dataDir } },
      (message) => sent.push(message) > 0,
      pino({ level: 'silent' }),
    );
    // what can be written nowhere can't be written on a full disk either
    await rm(folder, { recursive: true });
    control.start();
    try {
      for (const id of ['one', 'two', 'three']) {
        const action = { name: 'write', signal: 'heater.zone1.setpoint', value: 180 } as const;
        control.hear({
          kind: 'command',
          command: { id, action, principal: operator, origin: 'rest' },
          sentAtMs: sharedClockMs(),
        });
        const answered = () => sent.some((told) => told.kind === 'outcome' && told.outcome.commandId === id);
        for (let tries = 0; tries < 100 && !answered(); tries++) await new Promise((done) => setTimeout(done, 20));
        assert.ok(answered(), `command ${id} was not answered`);
      }
    } finally {
      await control.stop();
    }
  });

  for (const { id } of inputs) {
    it(`an input that nobody evaluates: ${id}`, () => {
      for (const reading of ['BadConfigurationError', 'lost'] as const) {
        const rig = new Rig().toRunning();
        rig.injected.set(id, reading);
        rig.run(5);
        const told = rig.standing();
        assert.equal(told.length, 1, `${reading}: ${told.join(', ')}`);
        assert.equal(rig.state, id === 'temperature.feed' ? 'RUNNING' : 'ALARM');
      }
    });
  }

  it('no stop command, or one that can be refused', () => {
    const places: readonly (() => Rig)[] = [
      () => new Rig(),
      () => new Rig().toReady(),
      () => new Rig().toRunning(),
      () => {
        const rig = new Rig().toRunning();
        for (const module of rig.declaration.modules) rig.silent.add(module.id);
        rig.run(2);
        return rig;
      },
    ];
    for (const place of places) {
      for (const action of [{ name: 'stop' }, { name: 'heat', on: false }, { name: 'emergencyStop' }] as const) {
        const rig = place();
        assert.equal(rig.ask(action, operator).accepted, true);
        if (rig.silent.size > 0) continue;
        rig.run(20);
        for (const { command } of rig.declaration.drives) assert.equal(rig.output(command), 0);
      }
    }
    assert.equal(new Rig().ask({ name: 'stop' }, observer).accepted, false, 'but who may only look does not stop');
    const rig = new Rig().toRunning();
    rig.injected.set('panel.stop', true);
    rig.scan();
    assert.equal(rig.state, 'STOPPING', 'the button on the panel');
  });

  it('invented values', () => {
    const rig = new Rig();
    for (const { id } of fromField) {
      assert.deepEqual([rig.sample(id).value, rig.sample(id).quality], [null, 'BadNotConnected'], id);
    }
    for (const module of rig.declaration.modules) rig.silent.add(module.id);
    rig.run(20);
    for (const { id } of fromField) assert.equal(rig.sample(id).value, null, id);
    const ready = new Rig().toReady();
    ready.restart();
    for (const { id } of fromField) assert.equal(ready.sample(id).value, null, `${id} after a restart`);
    ready.injected.set('temperature.zone1', 'BadSensorFailure');
    ready.scan();
    assert.equal(ready.sample('temperature.zone1').value, null, 'no reading was good yet');
  });

  it('outputs that are not verified', () => {
    for (const { id } of factoryMachine().modules) {
      const rig = new Rig().toReady();
      rig.unverified.add(id);
      rig.scan();
      assert.deepEqual(codes(rig.ask({ name: 'start' })), ['OUTPUTS_UNVERIFIED'], id);
    }
    const rig = new Rig({ temperatureC: 200 });
    rig.run(1);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    rig.injected.set('pump.on', false);
    assert.deepEqual(codes(rig.write('pump.on', true, engineer)), ['WRITE_NOT_CONFIRMED']);
    const { id } = factoryMachine().signals.get('heater.contactor') ?? assert.fail();
    const running = new Rig().toRunning();
    running.mismatches = [{ signal: id, commanded: true, readBack: false, tries: 3 }];
    running.scan();
    assert.equal(running.alarm('OUTPUT_MISMATCH')?.trip, true);
  });

  it('a failed reading that becomes 0 and turns the heater full on', () => {
    const failures: readonly Injected[] = [
      'BadSensorFailure',
      'BadDeviceFailure',
      'BadConfigurationError',
      Number.NaN,
      -30,
      500,
    ];
    for (const failure of failures) {
      const rig = new Rig().toReady();
      rig.injected.set('temperature.zone1', failure);
      rig.scan();
      assert.equal(rig.output('heater.zone1.output'), 0, String(failure));
      assert.ok(Number(rig.sample('temperature.zone1').value) > 195, 'the last good value stays');
    }
    const zero = new Rig().toReady();
    zero.injected.set('temperature.zone1', 0);
    zero.scan();
    assert.equal(zero.output('heater.zone1.output'), 0, 'and a 0 out of the blue is no temperature either');
  });

  it('a lost connection that clears, hides or flaps an alarm', () => {
    const rig = new Rig().toReady(260);
    rig.injected.set('temperature.zone1', 281);
    rig.run(1);
    const occurrence = rig.alarm('ZONE1_OVERTEMP')?.occurrenceId;
    rig.silent.add('ai1');
    rig.run(60);
    rig.silent.clear();
    rig.run(5);
    rig.silent.add('ai1');
    rig.run(60);
    assert.equal(rig.alarm('ZONE1_OVERTEMP')?.active, true);
    assert.equal(rig.alarm('ZONE1_OVERTEMP')?.occurrenceId, occurrence);
    assert.ok(rig.standing().includes('ZONE1_OVERTEMP') && rig.standing().includes('AI1_COMMS_LOST'));
    assert.equal(rig.events.filter(({ occurrence: { id } }) => id === 'ZONE1_OVERTEMP').length, 2);
  });

  it('a machine that goes on by itself after a stop, a trip or a power cycle', () => {
    const causes: readonly (readonly [cause: string, befall: (rig: Rig) => void])[] = [
      [
        'an e-stop that is released',
        (rig) => {
          rig.injected.set('safety.estopClosed', false);
          rig.run(2);
          rig.injected.delete('safety.estopClosed');
          rig.run(2);
          rig.ask({ name: 'clearAlarms' });
        },
      ],
      ['a restart of the control', (rig) => rig.restart()],
      [
        'a cut of all cables',
        (rig) => {
          for (const { id } of rig.declaration.modules) rig.silent.add(id);
          rig.run(10);
          rig.silent.clear();
          rig.run(2);
          rig.ask({ name: 'clearAlarms' });
        },
      ],
    ];
    for (const [cause, befall] of causes) {
      const rig = new Rig().toRunning();
      befall(rig);
      for (let seconds = 0; seconds < 60; seconds++) {
        rig.run(1);
        assert.equal(rig.state, 'IDLE', cause);
        assert.equal(rig.output('heater.contactor'), false, cause);
        for (const { command } of rig.declaration.drives) assert.equal(rig.output(command), 0, cause);
      }
    }
  });
});
