import assert from 'node:assert/strict';

import type { CommandAction } from '../../../machine/commands/command.ts';
import type { MachineState } from '../../../machine/control/state.ts';
import { nextState, transitions } from '../../../machine/control/transitions.ts';
import { factoryMachine } from '../factory.ts';
import { codes, engineer, operator, Rig } from '../rig.ts';

/** The machine in a state, reached the way that an operator reaches it. */
function machineIn(state: MachineState): Rig {
  switch (state) {
    case 'IDLE': {
      const rig = new Rig({ temperatureC: 200 });
      rig.run(1);
      return rig;
    }
    case 'HEATING': {
      const rig = new Rig({ temperatureC: 120 });
      rig.run(1);
      for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 200);
      rig.write('motor.main.setpoint', 300);
      assert.ok(rig.ask({ name: 'heat', on: true }).accepted);
      return rig;
    }
    case 'READY':
      return new Rig().toReady();
    case 'STARTING': {
      const rig = new Rig().toReady();
      assert.ok(rig.ask({ name: 'start' }).accepted);
      return rig;
    }
    case 'RUNNING':
      return new Rig().toRunning();
    case 'STOPPING': {
      const rig = new Rig().toRunning();
      assert.ok(rig.ask({ name: 'stop' }).accepted);
      return rig;
    }
    case 'ALARM':
      break;
  }
  const rig = new Rig().toRunning();
  rig.ask({ name: 'emergencyStop' });
  return rig;
}

const heatOn = { name: 'heat', on: true } as const;
const heatOff = { name: 'heat', on: false } as const;
const start = { name: 'start' } as const;
const stop = { name: 'stop' } as const;
const emergency = { name: 'emergencyStop' } as const;
const clear = { name: 'clearAlarms' } as const;
const manual = { name: 'setMode', mode: 'MANUAL' } as const;

/** What a command does in each state: the state after it, and what refuses it. */
const asked: readonly (readonly [CommandAction, MachineState, MachineState, (readonly string[])?])[] = [
  [heatOn, 'IDLE', 'HEATING'],
  [heatOn, 'HEATING', 'HEATING'],
  [heatOn, 'READY', 'READY'],
  [heatOn, 'STARTING', 'STARTING'],
  [heatOn, 'RUNNING', 'RUNNING'],
  [heatOn, 'STOPPING', 'STOPPING'],
  [heatOn, 'ALARM', 'ALARM', ['WRONG_STATE']],
  [heatOff, 'IDLE', 'IDLE'],
  [heatOff, 'HEATING', 'IDLE'],
  [heatOff, 'READY', 'IDLE'],
  [heatOff, 'STARTING', 'STOPPING'],
  [heatOff, 'RUNNING', 'STOPPING'],
  [heatOff, 'STOPPING', 'STOPPING'],
  [heatOff, 'ALARM', 'ALARM'],
  [start, 'IDLE', 'IDLE', ['WRONG_STATE', 'NO_SPEED_SETPOINT']],
  [start, 'HEATING', 'HEATING', ['WRONG_STATE', 'NOT_AT_TEMPERATURE', 'COLD_EXTRUSION']],
  [start, 'READY', 'STARTING'],
  [start, 'STARTING', 'STARTING', ['WRONG_STATE']],
  [start, 'RUNNING', 'RUNNING', ['WRONG_STATE']],
  [start, 'STOPPING', 'STOPPING', ['WRONG_STATE']],
  [start, 'ALARM', 'ALARM', ['WRONG_STATE', 'ALARM_ACTIVE']],
  [stop, 'IDLE', 'IDLE'],
  [stop, 'HEATING', 'HEATING'],
  [stop, 'READY', 'READY'],
  [stop, 'STARTING', 'STOPPING'],
  [stop, 'RUNNING', 'STOPPING'],
  [stop, 'STOPPING', 'STOPPING'],
  [stop, 'ALARM', 'ALARM'],
  ...(['IDLE', 'HEATING', 'READY', 'STARTING', 'RUNNING', 'STOPPING', 'ALARM'] as const).map(
    (state) => [emergency, state, 'ALARM'] as const,
  ),
  ...(['IDLE', 'HEATING', 'READY', 'STARTING', 'RUNNING', 'STOPPING'] as const).map(
    (state) => [clear, state, state] as const,
  ),
  [clear, 'ALARM', 'IDLE'],
  [manual, 'IDLE', 'IDLE'],
  [manual, 'HEATING', 'HEATING'],
  [manual, 'READY', 'READY'],
  [manual, 'STARTING', 'STARTING', ['WRONG_STATE']],
  [manual, 'RUNNING', 'RUNNING', ['WRONG_STATE']],
  [manual, 'STOPPING', 'STOPPING', ['WRONG_STATE']],
  [manual, 'ALARM', 'ALARM', ['WRONG_STATE']],
];

describe('the state table', () => {
  it('has no transition but those of the machine’s description', () => {
    const drawn = Object.entries(transitions).flatMap(([from, events]) =>
      Object.entries(events).map(([event, to]) => `${from} ${event} ${to}`),
    );
    assert.deepEqual(drawn, [
      'IDLE heatOn HEATING',
      'IDLE trip ALARM',
      'HEATING soaked READY',
      'HEATING heatOff IDLE',
      'HEATING trip ALARM',
      'READY outOfBand HEATING',
      'READY heatOff IDLE',
      'READY start STARTING',
      'READY trip ALARM',
      'STARTING atSpeed RUNNING',
      'STARTING stop STOPPING',
      'STARTING heatOff STOPPING',
      'STARTING trip ALARM',
      'RUNNING stop STOPPING',
      'RUNNING heatOff STOPPING',
      'RUNNING trip ALARM',
      'STOPPING stoppedSoaked READY',
      'STOPPING stoppedHeating HEATING',
      'STOPPING stoppedOff IDLE',
      'STOPPING trip ALARM',
      'ALARM clear IDLE',
    ]);
  });

  it('an event that means nothing in a state changes nothing', () => {
    assert.equal(nextState('IDLE', 'start'), 'IDLE');
    assert.equal(nextState('ALARM', 'heatOn'), 'ALARM');
  });

  for (const [action, from, to, refusals] of asked) {
    const what = action.name === 'heat' ? `heat ${action.on ? 'on' : 'off'}` : action.name;
    const how = refusals === undefined ? '' : `, refused as ${refusals.join(', ')}`;
    it(`${what} in ${from} leads to ${to}${how}`, () => {
      const rig = machineIn(from);
      assert.equal(rig.state, from);
      const outcome = rig.ask(action, engineer);
      assert.equal(outcome.state, to);
      assert.equal(rig.state, to);
      assert.equal(outcome.accepted, refusals === undefined, codes(outcome).join(', '));
      if (refusals !== undefined) assert.deepEqual(new Set(codes(outcome)), new Set(refusals));
    });
  }
});

describe('what the machine does by itself', () => {
  it('is READY when all heated zones have been in band for the soak time, not a scan before', () => {
    const rig = new Rig({ temperatureC: 200 });
    rig.run(1);
    for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 200);
    rig.injected.set('temperature.zone1', 194.9);
    rig.injected.set('temperature.zone2', 200);
    rig.ask(heatOn);
    rig.run(40);
    assert.equal(rig.state, 'HEATING');
    rig.injected.set('temperature.zone1', 195);
    // the average of 2 s has to come up first
    rig.run(2);
    rig.run(29.5);
    assert.equal(rig.state, 'HEATING');
    rig.run(0.5);
    assert.equal(rig.state, 'READY');
  });

  it('soaks anew when a zone left the band on the way', () => {
    const rig = new Rig({ temperatureC: 200 });
    rig.run(1);
    for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 200);
    for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, 200);
    rig.ask(heatOn);
    rig.run(20);
    rig.injected.set('temperature.zone2', 206);
    rig.run(3);
    rig.injected.set('temperature.zone2', 200);
    rig.run(25);
    assert.equal(rig.state, 'HEATING');
    rig.run(10);
    assert.equal(rig.state, 'READY');
  });

  it('waits for no zone whose setpoint is 0, and is never READY when all are', () => {
    const one = new Rig({ temperatureC: 200 });
    one.run(1);
    one.write('heater.zone1.setpoint', 200);
    one.injected.set('temperature.zone1', 200);
    one.ask(heatOn);
    one.run(35);
    assert.equal(one.state, 'READY');
    const none = new Rig({ temperatureC: 200 });
    none.run(1);
    none.ask(heatOn);
    none.run(60);
    assert.equal(none.state, 'HEATING');
  });

  it('leaves READY for HEATING when a zone is out of band or not known, and RUNNING for nothing of that', () => {
    for (const [reading, state] of [
      [205, 'READY'],
      [205.1, 'HEATING'],
      [194.9, 'HEATING'],
      ['BadDeviceFailure', 'HEATING'],
    ] as const) {
      const ready = machineIn('READY');
      ready.injected.set('temperature.zone1', reading);
      ready.run(2.5);
      assert.equal(ready.state, state, `at ${reading}`);
      const running = machineIn('RUNNING');
      running.injected.set('temperature.zone1', reading);
      running.run(2.5);
      assert.equal(running.state, 'RUNNING', `at ${reading}`);
    }
  });

  const endings: readonly (readonly [how: string, prepare: (rig: Rig) => void, state: MachineState])[] = [
    ['at temperature', () => undefined, 'READY'],
    ['out of band', (rig) => void rig.injected.set('temperature.zone1', 190), 'HEATING'],
    ['with heating off', (rig) => void rig.ask(heatOff), 'IDLE'],
  ];
  for (const [how, prepare, state] of endings) {
    it(`after STOPPING ${how} it is ${state}, and it went nowhere else`, () => {
      const rig = machineIn('RUNNING');
      prepare(rig);
      rig.run(3);
      rig.ask(stop);
      rig.until(() => rig.state !== 'STOPPING', 30);
      assert.equal(rig.state, state);
      rig.run(10);
      assert.deepEqual(rig.states.slice(-2), ['STOPPING', state]);
    });
  }

  it('does not leave STOPPING while a drive runs, or is not known to stand', () => {
    for (const reading of [true, 'BadDeviceFailure'] as const) {
      const rig = machineIn('STOPPING');
      rig.run(5);
      rig.injected.set('motor.main.running', reading);
      rig.run(2.5);
      assert.equal(rig.state, 'STOPPING', String(reading));
      rig.injected.delete('motor.main.running');
      rig.run(1);
      assert.equal(rig.state, 'READY');
    }
  });

  it('is RUNNING when every started drive is at speed within its band, and not before', () => {
    for (const [rpm, state] of [
      [84, 'STARTING'],
      [85, 'RUNNING'],
      [115, 'RUNNING'],
      [116, 'STARTING'],
    ] as const) {
      const rig = machineIn('STARTING');
      const band = rig.declaration.drives.find(({ id }) => id === 'feed')?.atSpeedBandRpm;
      assert.equal(band, 15, 'the numbers of this test');
      rig.injected.set('motor.feed.speed', rpm);
      rig.run(8);
      assert.equal(rig.state, state, `${rpm} rpm`);
    }
  });
});

/** READY as soon as it is in band: what was left over from before still had its time to come. */
function eager(): Rig {
  const machine = factoryMachine();
  const rig = new Rig({ declaration: { ...machine, heating: { ...machine.heating, soakSeconds: 0 } } }).toReady();
  for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, 200);
  rig.run(2);
  return rig;
}

describe('a stop sequence', () => {
  it('is not begun anew by heat off: the main drive goes off 5 s after the stop', () => {
    const rig = machineIn('RUNNING');
    rig.ask(stop);
    rig.run(3);
    rig.ask(heatOff);
    rig.run(1.5);
    assert.equal(rig.output('motor.main.command'), 300);
    rig.scan();
    assert.notEqual(rig.output('motor.main.command'), 300);
  });

  const lefts: readonly (readonly [how: string, befall: (rig: Rig) => void])[] = [
    ['heat off with nothing running', (rig) => void rig.ask(heatOff)],
    [
      'a stop that a trip cut short',
      (rig) => {
        rig.ask(start);
        rig.until(() => rig.state === 'RUNNING', 20);
        rig.ask(stop);
        rig.ask(emergency);
        rig.run(0.5);
        rig.ask(clear);
      },
    ],
  ];
  for (const [how, befall] of lefts) {
    it(`leaves nothing behind that stops the next run: ${how}`, () => {
      const rig = eager();
      befall(rig);
      assert.equal(rig.state, 'IDLE');
      assert.ok(rig.ask(heatOn).accepted);
      rig.until(() => rig.state === 'READY', 1);
      assert.ok(rig.ask(start).accepted);
      rig.until(() => rig.state === 'RUNNING', 20);
      rig.run(10);
      assert.deepEqual([rig.output('motor.main.command'), rig.output('motor.feed.command')], [300, 100]);
    });
  }
});

describe('the change between AUTO and MANUAL', () => {
  const toAuto = { name: 'setMode', mode: 'AUTO' } as const;

  it('leaves the auxiliaries as they are, until the engineer changes them; in AUTO their rules hold again', () => {
    const rig = new Rig({ temperatureC: 70 });
    rig.run(1);
    assert.equal(rig.output('fan.on'), true);
    rig.ask(manual, engineer);
    for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, 50);
    rig.run(10);
    assert.deepEqual([rig.output('fan.on'), rig.output('pump.on'), rig.output('fan.nozzle')], [true, false, 30]);
    rig.write('pump.on', true, engineer);
    rig.run(10);
    assert.equal(rig.output('pump.on'), true);
    rig.ask(toAuto);
    rig.run(1);
    assert.deepEqual([rig.output('fan.on'), rig.output('pump.on'), rig.output('fan.nozzle')], [false, false, 30]);
  });

  it('goes on in AUTO from the duty that the engineer left', () => {
    const rig = machineIn('READY');
    for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, 200);
    rig.run(3);
    rig.ask(manual, engineer);
    rig.write('heater.zone1.output', 80, engineer);
    rig.ask(toAuto);
    assert.ok(Math.abs(Number(rig.output('heater.zone1.output')) - 80) < 2);
  });

  const stops: readonly (readonly [what: string, signal: string | null, value: number])[] = [
    ['one drive that turns', 'motor.feed.command', 100],
    ['one duty', 'heater.zone2.output', 40],
    ['nothing', null, 0],
  ];
  for (const [what, signal, value] of stops) {
    it(`a stop in MANUAL zeroes ${what}, and says whether there was anything`, () => {
      const rig = machineIn('READY');
      rig.ask(manual, engineer);
      if (signal === null) {
        for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.output`, 0, engineer);
      } else {
        for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.output`, 0, engineer);
        assert.ok(rig.write(signal, value, engineer).accepted);
      }
      const outcome = rig.ask(stop);
      assert.ok(outcome.accepted);
      assert.equal(outcome.note === undefined, signal !== null);
      rig.run(1);
      for (const { command } of rig.declaration.drives) assert.equal(rig.output(command), 0);
      for (const { output } of rig.declaration.zones) assert.equal(rig.output(output), 0);
    });
  }
});

describe('after the alarms are cleared', () => {
  it('fan and pump follow their rules again', () => {
    const rig = new Rig();
    rig.run(1);
    rig.ask(emergency);
    rig.run(1);
    assert.deepEqual([rig.output('fan.on'), rig.output('pump.on')], [true, true]);
    rig.ask(clear);
    rig.run(1);
    assert.deepEqual([rig.output('fan.on'), rig.output('pump.on')], [false, false]);
  });
});

describe('the time to the band', () => {
  it('from above is the time to cool down to the upper edge, with no duty, and the soak', () => {
    const rig = new Rig({ temperatureC: 230 });
    for (const zone of ['zone1', 'zone2']) rig.write(`heater.${zone}.setpoint`, 200);
    rig.run(1);
    rig.ask({ name: 'heat', on: true });
    rig.run(1);
    const toldSeconds = Number(eta(rig));
    const tookSeconds = rig.until(() => rig.plant.trueC('zone1') <= 205, 600) + rig.declaration.heating.soakSeconds;
    assert.ok(tookSeconds > 60, `${tookSeconds} s`);
    assert.ok(Math.abs(toldSeconds / tookSeconds - 1) < 0.2, `told ${toldSeconds} s, took ${tookSeconds} s`);
  });

  it('is not told while the temperature is not known', () => {
    const rig = heatingAt(100, 200);
    assert.ok(Number(eta(rig)) > 0);
    rig.injected.set('temperature.zone1', 'BadDeviceFailure');
    rig.scan();
    assert.ok(rig.blockers().includes('NOT_AT_TEMPERATURE'));
    assert.equal(eta(rig), undefined);
  });
});

describe('a cycle', () => {
  it('belongs to who started it, whoever stops it, and tells when', () => {
    const rig = machineIn('READY');
    rig.ask(start, operator);
    const startedAtMs = rig.now.wallMs;
    rig.until(() => rig.state === 'RUNNING', 20);
    rig.run(10);
    rig.ask(stop, engineer);
    rig.until(() => rig.state === 'READY', 30);
    const [cycle] = rig.cycles;
    assert.equal(rig.cycles.length, 1);
    assert.deepEqual(cycle?.startedBy, operator);
    assert.equal(cycle?.startedAtMs, startedAtMs);
    assert.equal(cycle?.endedAtMs, rig.now.wallMs);
    assert.equal(rig.sample('machine.cycles').value, 1);
  });

  it('is none when the start never reached RUNNING, or when the machine tripped', () => {
    const early = machineIn('STARTING');
    early.ask(stop);
    early.until(() => early.state === 'READY', 30);
    assert.deepEqual(early.cycles, []);
    const tripped = machineIn('RUNNING');
    tripped.ask(emergency);
    tripped.ask(clear);
    tripped.run(5);
    const stopping = machineIn('STOPPING');
    stopping.ask(emergency);
    stopping.ask(clear);
    stopping.run(5);
    assert.deepEqual(stopping.cycles, []);
    assert.deepEqual(tripped.cycles, []);
    assert.equal(tripped.sample('machine.cycles').value, 0);
  });

  it('of a second start counts for itself after a first that came to nothing', () => {
    const rig = machineIn('STARTING');
    rig.ask(stop);
    rig.until(() => rig.state === 'READY', 30);
    rig.ask(start, engineer);
    rig.until(() => rig.state === 'RUNNING', 20);
    rig.ask(stop);
    rig.until(() => rig.state === 'READY', 30);
    assert.deepEqual(
      rig.cycles.map(({ startedBy }) => startedBy),
      [engineer],
    );
  });

  it('adds its running time and nothing else to the running hours', () => {
    const rig = machineIn('RUNNING');
    const before = rig.core.retained().runningHours;
    rig.run(36);
    assert.ok(Math.abs(rig.core.retained().runningHours - before - 0.01) < 1e-9);
    rig.ask(stop);
    const stopped = rig.core.retained().runningHours;
    rig.run(30);
    assert.equal(rig.core.retained().runningHours, stopped);
  });
});

/** Time until the zone is in band and has soaked, as the first reason tells it, in s. */
function eta(rig: Rig): number | undefined {
  return rig.last.status.blockers.find(({ code }) => code === 'NOT_AT_TEMPERATURE')?.etaSeconds;
}

function heatingAt(temperatureC: number, setpointC: number): Rig {
  const rig = new Rig({ temperatureC });
  rig.run(1);
  rig.write('heater.zone1.setpoint', setpointC);
  for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, temperatureC);
  rig.run(3);
  rig.ask(heatOn);
  return rig;
}
