import assert from 'node:assert/strict';

import { stackLight } from '../../machine/control/lights.ts';
import { OutputBoard } from '../../machine/control/output-board.ts';
import { machineStates, type MachineState } from '../../machine/control/state.ts';
import type { SignalDeclaration } from '../../machine/signal.ts';
import { initialSituation } from '../../machine/situation.ts';
import { factoryMachine } from './factory.ts';
import { engineer, Rig } from './rig.ts';

describe('the stack light in each state', () => {
  const shown: Readonly<Record<MachineState, readonly [red: string, yellow: string, green: string]>> = {
    IDLE: ['off', 'off', 'off'],
    HEATING: ['off', 'on', 'off'],
    READY: ['off', 'off', 'blinks'],
    STARTING: ['off', 'blinks', 'off'],
    RUNNING: ['off', 'off', 'on'],
    STOPPING: ['off', 'blinks', 'off'],
    ALARM: ['on', 'off', 'off'],
  };
  for (const state of machineStates) {
    it(`${state}: ${shown[state].join(', ')}; red blinks while an alarm is not acknowledged`, () => {
      const looks = (color: 'red' | 'yellow' | 'green', unacknowledged: boolean): string => {
        const [first, second, third, fourth] = lightsAt(state, unacknowledged).map((lights) => lights[color]);
        if (first !== second) return first === third && second === fourth ? 'blinks' : 'flickers';
        return first === true ? 'on' : 'off';
      };
      assert.deepEqual([looks('red', false), looks('yellow', false), looks('green', false)], shown[state]);
      assert.deepEqual(
        [looks('red', true), looks('yellow', true), looks('green', true)],
        ['blinks', ...shown[state].slice(1)],
      );
    });
  }
});

describe('the output board', () => {
  it('switches a relay again only after its debounce time, and the first time at once', () => {
    const outputs = board();
    outputs.set('relay', false, 0);
    outputs.set('relay', true, 10);
    assert.equal(outputs.get('relay'), true, 'the first setting is no toggle');
    outputs.set('relay', false, 259);
    assert.equal(outputs.get('relay'), true);
    assert.equal(outputs.debounceLeftSeconds('relay', 160), 0.1);
    outputs.set('relay', false, 260);
    assert.equal(outputs.get('relay'), false);
    assert.equal(outputs.debounceLeftSeconds('relay', 900), 0);
  });

  it('counts no setting to what it is already', () => {
    const outputs = board();
    outputs.set('relay', true, 0);
    outputs.set('relay', false, 1_000);
    outputs.set('relay', false, 1_200);
    outputs.set('relay', true, 1_250);
    assert.equal(outputs.get('relay'), true);
  });

  it('holds back nothing but the relays that are declared', () => {
    const outputs = board();
    for (const value of [true, false, true, false]) {
      outputs.set('lamp', value, 5);
      assert.equal(outputs.get('lamp'), value);
    }
    assert.equal(outputs.debounceLeftSeconds('lamp', 5), 0);
    assert.deepEqual([outputs.isDebounced('relay'), outputs.isDebounced('lamp')], [true, false]);
  });

  it('leaves an image that was taken as it was, and gives the same one while nothing changes', () => {
    const outputs = board();
    outputs.set('lamp', true, 0);
    const first = outputs.take();
    assert.equal(outputs.take(), first);
    outputs.set('lamp', false, 1);
    outputs.set('other', 3, 1);
    assert.deepEqual([...first], [['lamp', true]]);
    const second = outputs.take();
    assert.deepEqual(
      [...second],
      [
        ['lamp', false],
        ['other', 3],
      ],
    );
    outputs.set('lamp', true, 2);
    assert.equal(second.get('lamp'), false);
  });
});

describe('fan, pump and nozzle fan', () => {
  it('cool a machine whose temperatures nobody knows, once there was time to read them', () => {
    const rig = new Rig();
    rig.silent.add('ai1');
    rig.run(9.5);
    assert.deepEqual([rig.output('fan.on'), rig.output('fan.nozzle')], [false, 0]);
    rig.run(1);
    assert.equal(rig.state, 'IDLE');
    assert.deepEqual([rig.output('fan.on'), rig.output('fan.nozzle')], [true, 30]);
  });

  it('cool a zone whose sensor failed, also when it was cold', () => {
    const rig = new Rig();
    rig.run(11);
    assert.equal(rig.output('fan.on'), false);
    rig.injected.set('temperature.zone1', 'BadSensorFailure');
    rig.run(1);
    assert.equal(rig.state, 'IDLE');
    assert.equal(rig.output('fan.on'), true);
  });

  it('do not run for a sensor that is switched off in the configuration', () => {
    const machine = factoryMachine();
    const off = ['temperature.motor', 'temperature.motor.raw'];
    const signals = new Map(
      [...machine.signals].map(([id, signal]) => [id, off.includes(id) ? { ...signal, enabled: false } : signal]),
    );
    const rig = new Rig({ declaration: { ...machine, signals } });
    rig.run(15);
    assert.equal(rig.state, 'IDLE');
    assert.equal(rig.output('fan.on'), false);
  });

  it('follow a drive that turns, whoever commanded it: the pump any drive, the fan the main drive', () => {
    for (const [drive, fan] of [
      ['main', true],
      ['feed', false],
    ] as const) {
      const rig = new Rig();
      rig.run(1);
      rig.injected.set(`motor.${drive}.running`, true);
      rig.scan();
      assert.equal(rig.state, 'IDLE');
      assert.deepEqual([rig.output('fan.on'), rig.output('pump.on')], [fan, true], drive);
      rig.injected.delete(`motor.${drive}.running`);
      rig.scan();
      rig.run(59.5);
      assert.equal(rig.output('pump.on'), true);
      rig.scan();
      assert.equal(rig.output('pump.on'), true, '60 s after it turned last');
      rig.scan();
      assert.equal(rig.output('pump.on'), false);
    }
  });

  it('the nozzle fan follows the nozzle zone, which has to be there', () => {
    for (const [zone1C, zone2C, percent] of [
      [50, 23, 0],
      [23, 50, 30],
    ] as const) {
      const rig = new Rig();
      rig.injected.set('temperature.zone1', zone1C);
      rig.injected.set('temperature.zone2', zone2C);
      rig.run(3);
      assert.equal(rig.output('fan.nozzle'), percent);
    }
    const machine = factoryMachine();
    const auxiliaries = { ...machine.auxiliaries, nozzleZone: 'zone9' };
    assert.throws(() => new Rig({ declaration: { ...machine, auxiliaries } }), /nozzle zone zone9 is not among/);
  });
});

describe('an output that no rule serves', () => {
  it('is switched by an engineer in MANUAL, and goes off with the way to AUTO', () => {
    const machine = factoryMachine();
    const [fan, nozzle] = ['fan.on', 'fan.nozzle'].map((id) => machine.signals.get(id) ?? assert.fail());
    const signals = new Map([...machine.signals, spare(fan, 'valve.on'), spare(nozzle, 'valve.percent')]);
    const rig = new Rig({ declaration: { ...machine, signals } });
    // the spare outputs read back as they are commanded, off before that
    for (const [id, value] of [
      ['valve.on', false],
      ['valve.percent', 0],
    ] as const) {
      rig.core.receive([{ signal: id, value, quality: 'Good', atMs: rig.nowMs, wallMs: rig.now.wallMs }], rig.now);
    }
    rig.run(1);
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    assert.ok(rig.write('valve.on', true, engineer).accepted);
    assert.ok(rig.write('valve.percent', 40, engineer).accepted);
    rig.run(1);
    assert.deepEqual([rig.output('valve.on'), rig.output('valve.percent')], [true, 40]);
    rig.ask({ name: 'setMode', mode: 'AUTO' });
    rig.run(1);
    assert.deepEqual([rig.output('valve.on'), rig.output('valve.percent')], [false, 0]);
  });
});

/** Of four scans, a quarter of a second apart. */
function lightsAt(state: MachineState, unacknowledged: boolean) {
  return [0, 250, 500, 750].map((nowMs) => stackLight({ ...initialSituation(nowMs, 0), state }, unacknowledged));
}

function board(): OutputBoard {
  return new OutputBoard({ ...factoryMachine().auxiliaries, debounced: ['relay'], debounceSeconds: 0.25 });
}

function spare(like: SignalDeclaration | undefined, id: string): [string, SignalDeclaration] {
  return [id, { ...(like ?? assert.fail()), id }];
}
