import assert from 'node:assert/strict';

import type { CommandAction } from '../../../machine/commands/command.ts';
import type { MachineState } from '../../../machine/control/state.ts';
import { nextState, transitions } from '../../../machine/control/transitions.ts';
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
