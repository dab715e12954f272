import assert from 'node:assert/strict';

import { Rig } from './rig.ts';

const zone1 = 'temperature.zone1';

describe('values that stop coming', () => {
  it('one failed poll keeps value, source time and Good', () => {
    const rig = new Rig().toReady();
    const before = rig.sample(zone1);
    rig.injected.set(zone1, 'lost');
    rig.run(1);
    assert.deepEqual(rig.sample(zone1), before);
    assert.deepEqual(rig.sample(`${zone1}.raw`).quality, 'Good');
    rig.injected.delete(zone1);
    rig.scan();
    assert.equal(rig.sample(zone1).quality, 'Good');
    assert.ok(rig.sample(zone1).sourceTimeMs > before.sourceTimeMs);
  });

  it('a signal that its answering module does not deliver turns uncertain by itself, and takes the heat at once', () => {
    const rig = new Rig().toReady();
    rig.run(5);
    assert.ok(Number(rig.output('heater.zone2.output')) > 0);
    const before = rig.sample(zone1);
    rig.injected.set(zone1, 'lost');
    rig.run(1);
    assert.equal(rig.sample(zone1).quality, 'Good');
    rig.scan();
    assert.deepEqual(rig.sample(zone1), { ...before, quality: 'UncertainLastUsableValue' });
    assert.equal(rig.sample('temperature.zone2').quality, 'Good');
    assert.equal(rig.sample('temperature.motor').quality, 'Good');
    assert.equal(rig.output('heater.zone1.output'), 0);
    assert.equal(rig.output('heater.zone2.output'), 0);
    assert.equal(rig.state, 'HEATING');
    rig.run(2.5);
    assert.equal(rig.state, 'HEATING');
    rig.run(0.5);
    assert.equal(rig.state, 'ALARM');
    assert.equal(rig.alarm('TEMP_DATA_STALE')?.firstOut, true);
  });

  it('a stale value that comes back in time trips nothing', () => {
    const rig = new Rig().toReady();
    rig.injected.set(zone1, 'lost');
    rig.run(3.5);
    rig.injected.delete(zone1);
    rig.run(60);
    assert.equal(rig.state, 'READY');
    assert.ok(Number(rig.output('heater.zone1.output')) > 0);
  });

  for (const { module, late, alarm } of [
    { module: 'drive1', late: ['motor.main.fault', 'motor.main.running'], alarm: 'DRIVE1_COMMS_LOST' },
    { module: 'dio1', late: ['safety.estopClosed'], alarm: 'DIO1_COMMS_LOST' },
    { module: 'ssr1', late: ['heater.power', 'heater.energy'], alarm: 'SSR1_COMMS_LOST' },
    { module: 'dio1', late: ['fan.on', 'heater.contactor'], alarm: 'DIO1_COMMS_LOST' },
    { module: 'ai1', late: [zone1, 'temperature.zone2', 'temperature.motor'], alarm: 'AI1_COMMS_LOST' },
  ]) {
    it(`${module}, back after a loss, has a moment to deliver ${late[0]} before another alarm rings`, () => {
      const rig = new Rig().toRunning();
      rig.silent.add(module);
      rig.run(10);
      for (const signal of late) rig.injected.set(signal, 'lost');
      rig.silent.clear();
      rig.run(0.5);
      for (const signal of late) rig.injected.delete(signal);
      rig.run(3);
      const rang = rig.events.filter(({ transition }) => transition === 'raised' || transition === 'tripped');
      assert.deepEqual([...new Set(rang.map(({ occurrence }) => occurrence.id))], [alarm]);
      assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
    });

    it(`${module}, back after a loss without ${late[0]}, is no reason to be at ease`, () => {
      const rig = new Rig().toRunning();
      rig.silent.add(module);
      rig.run(10);
      for (const signal of late) rig.injected.set(signal, 'lost');
      rig.silent.clear();
      rig.run(3);
      assert.equal(rig.standing().length, 1);
      assert.notDeepEqual(rig.standing(), [alarm]);
      assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, false);
    });
  }

  it('a clear waits for the e-stop chain, although its module is back and the alarm of the loss still outlasts it', () => {
    const rig = new Rig().toReady();
    rig.silent.add('dio1');
    rig.until(() => rig.state === 'ALARM', 20);
    rig.run(5);
    rig.injected.set('safety.estopClosed', 'lost');
    rig.silent.clear();
    rig.run(0.25);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, false);
    rig.injected.clear();
    rig.run(2);
    assert.equal(rig.ask({ name: 'clearAlarms' }).accepted, true);
  });

  it('an output shows what its module reads back, and is unknown while the module is silent', () => {
    const rig = new Rig().toReady();
    rig.scan();
    assert.deepEqual(
      { value: rig.sample('heater.contactor').value, quality: rig.sample('heater.contactor').quality },
      { value: true, quality: 'Good' },
    );
    rig.silent.add('dio1');
    rig.run(2);
    assert.equal(rig.sample('heater.contactor').quality, 'BadCommunicationError');
    assert.equal(rig.sample('heater.contactor').value, true);
  });

  it('a module that has just been found has a moment to deliver everything before anything is missed', () => {
    const rig = new Rig();
    rig.silent.add('dio1');
    rig.run(5);
    for (const signal of ['panel.start', 'panel.stop', 'fan.on', 'safety.estopClosed'])
      rig.injected.set(signal, 'lost');
    rig.silent.clear();
    rig.run(0.75);
    assert.deepEqual(rig.events, []);
    rig.injected.clear();
    rig.run(10);
    assert.deepEqual(rig.events, []);
  });

  it('what a module has never delivered is missed a freshness limit after its first answer, and stops the machine 3 s later', () => {
    const rig = new Rig();
    rig.injected.set('panel.stop', 'lost');
    const rang = rig.until(() => rig.alarm('SIGNAL_LOST') !== undefined, 5);
    assert.ok(rang >= 1 && rang <= 1.5, `${rang} s`);
    const tripped = rig.until(() => rig.state === 'ALARM', 5);
    assert.ok(tripped >= 2.5 && tripped <= 3, `${tripped} s later`);
  });

  it('a module that comes up late is waited for', () => {
    const rig = new Rig();
    rig.silent.add('ai1');
    rig.run(8);
    rig.silent.clear();
    rig.run(10);
    assert.equal(rig.state, 'IDLE');
    assert.deepEqual(rig.events, []);
  });

  it('a lost module freezes the alarms of its signals and never clears them', () => {
    const rig = new Rig().toReady();
    rig.injected.set('temperature.motor', 50);
    rig.run(1);
    rig.injected.set('temperature.motor', 62);
    rig.run(5);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, true);
    rig.silent.add('ai1');
    rig.run(30);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, true);
    rig.injected.set('temperature.motor', 40);
    rig.silent.clear();
    rig.run(2);
    assert.equal(rig.alarm('MOTOR_WARM')?.active, false);
  });

  it('a disabled channel is out of service, heats nothing and stops nothing', () => {
    const declaration = new Rig().declaration;
    const signals = new Map(declaration.signals);
    for (const id of ['temperature.feed', 'temperature.feed.raw']) {
      const signal = signals.get(id);
      if (signal !== undefined) signals.set(id, { ...signal, enabled: false });
    }
    const rig = new Rig({ declaration: { ...declaration, signals } });
    rig.run(20);
    assert.equal(rig.sample('temperature.feed').quality, 'BadOutOfService');
    assert.equal(rig.sample('temperature.feed').value, null);
    assert.equal(rig.state, 'IDLE');
    assert.deepEqual(rig.events, []);
  });
});
