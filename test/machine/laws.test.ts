import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { CommandAction, Principal } from '../../machine/commands/command.ts';
import type { MachineState } from '../../machine/control/state.ts';
import { nextState, transitions, type MachineEvent } from '../../machine/control/transitions.ts';
import { factoryMachine } from './factory.ts';
import { engineer, observer, operator, Rig, type Injected } from './rig.ts';

type Deed =
  | { readonly kind: 'ask'; readonly action: CommandAction; readonly by: Principal }
  | { readonly kind: 'inject'; readonly signal: string; readonly value: Injected }
  | { readonly kind: 'release' }
  | { readonly kind: 'silence'; readonly module: string }
  | { readonly kind: 'overrun'; readonly late: boolean }
  | { readonly kind: 'pass'; readonly scans: number };

const actions: fc.Arbitrary<CommandAction> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ name: 'heat', on: true } as const) },
  fc.constant({ name: 'heat', on: false } as const),
  { weight: 4, arbitrary: fc.constant({ name: 'start' } as const) },
  fc.constant({ name: 'stop' } as const),
  fc.constant({ name: 'emergencyStop' } as const),
  { weight: 3, arbitrary: fc.constant({ name: 'clearAlarms' } as const) },
  fc.constantFrom({ name: 'setMode', mode: 'MANUAL' } as const, { name: 'setMode', mode: 'AUTO' } as const),
  fc.record({ name: fc.constant('blockStart' as const), blocked: fc.boolean(), reason: fc.constant('hold') }),
  fc.record({ name: fc.constant('testZone' as const), zone: fc.constantFrom('zone1', 'zone2') }),
  fc.record({ name: fc.constant('acknowledge' as const), alarm: fc.constantFrom('ESTOP', 'AI1_COMMS_LOST', 'NONE') }),
  fc.record({
    name: fc.constant('write' as const),
    signal: fc.constantFrom(
      'heater.zone1.setpoint',
      'motor.main.setpoint',
      'motor.feed.setpoint',
      'heater.zone1.output',
      'motor.main.command',
      'fan.on',
      'light.red',
      'temperature.zone1',
    ),
    value: fc.oneof(
      fc.double({ min: -2_000, max: 2_000, noNaN: true }),
      fc.constantFrom(0, 180, 200, 300),
      fc.boolean(),
    ),
  }),
);

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      action: actions,
      by: fc.constantFrom(operator, engineer, engineer, observer),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('inject' as const),
      signal: fc.constantFrom(
        'temperature.zone1',
        'temperature.zone2',
        'temperature.motor',
        'safety.estopClosed',
        'motor.main.running',
        'motor.main.fault',
        'heater.power',
        'panel.start',
        'panel.stop',
      ),
      value: fc.constantFrom<Injected>(
        'lost',
        'BadSensorFailure',
        'BadDeviceFailure',
        true,
        false,
        0,
        160,
        169.9,
        195,
        285,
      ),
    }),
  },
  { weight: 4, arbitrary: fc.constant({ kind: 'release' as const }) },
  fc.record({ kind: fc.constant('silence' as const), module: fc.constantFrom('ai1', 'drive1', 'dio1', 'ssr1') }),
  fc.record({ kind: fc.constant('overrun' as const), late: fc.boolean() }),
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pass' as const), scans: fc.integer({ min: 1, max: 40 }) }) },
);

const scripts = fc.record({ hot: fc.boolean(), deeds: fc.array(deeds, { minLength: 5, maxLength: 40 }) });
type Script = { readonly hot: boolean; readonly deeds: readonly Deed[] };

/** Without a soak time a hot machine is READY at once, and the scripts spend their time on something else. */
const quickMachine = { ...factoryMachine(), heating: { ...factoryMachine().heating, soakSeconds: 0 } };

/** Plays a script, with a look at the machine after every scan. */
function play({ hot, deeds }: Script, look: (rig: Rig) => void = () => undefined): Rig {
  const rig = hot ? new Rig({ declaration: quickMachine }).toReady() : new Rig();
  for (const deed of deeds) {
    if (deed.kind === 'inject') rig.injected.set(deed.signal, deed.value);
    else if (deed.kind === 'silence') rig.silent.add(deed.module);
    else if (deed.kind === 'overrun') rig.overrun = deed.late;
    else if (deed.kind === 'release') {
      rig.injected.clear();
      rig.silent.clear();
    }
    const scans = deed.kind === 'pass' ? deed.scans : 1;
    for (let scan = 0; scan < scans; scan++) {
      if (deed.kind === 'ask') rig.scan({ action: deed.action, by: deed.by });
      else rig.scan();
      look(rig);
    }
  }
  return rig;
}

const runs = { numRuns: 80 };

describe('laws of the control core, whatever is asked and whatever fails', () => {
  it('a command is refused exactly when at least one reason is listed, and gets exactly one outcome', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const rig = play(script);
        for (let scan = 0; scan < 12; scan++) rig.scan();
        const decided = rig.outcomes
          .filter(({ command }) => command.origin === 'rest')
          .map(({ command }) => command.id);
        assert.equal(new Set(decided).size, decided.length);
        const asked = script.deeds.filter(({ kind }) => kind === 'ask').length;
        assert.equal(decided.length, asked + (script.hot ? 5 : 0));
        for (const { outcome } of rig.outcomes) {
          if (!outcome.accepted) assert.ok(outcome.reasons.length > 0);
          else assert.ok(!('reasons' in outcome));
        }
      }),
      runs,
    );
  });

  it('a start is permitted exactly when nothing stands against it, and the signal says the same', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, (rig) => {
          const { startPermitted, blockers, state } = rig.last.status;
          assert.equal(startPermitted, blockers.length === 0);
          assert.equal(rig.sample('machine.startPermitted').value, startPermitted);
          if (startPermitted) assert.equal(state, 'READY');
        });
      }),
      runs,
    );
  });

  it('only transitions that are drawn happen', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        let before: MachineState = 'IDLE';
        let first = true;
        play(script, (rig) => {
          if (first && script.hot) before = 'READY';
          first = false;
          const { state } = rig.last.status;
          assert.ok(isReachable(before, state), `${before} → ${state}`);
          before = state;
        });
      }),
      runs,
    );
  });

  it('a zone has no duty while its sensor is not Good, and no zone has while a needed temperature is stale', () => {
    const stale = ['UncertainLastUsableValue', 'BadCommunicationError', 'BadNotConnected'];
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, (rig) => {
          for (const { raw, output } of rig.declaration.zones) {
            if (rig.sample(raw).quality !== 'Good') assert.equal(rig.output(output), 0);
          }
          const needed = ['temperature.zone1.raw', 'temperature.zone2.raw', 'temperature.motor.raw'];
          if (!needed.some((signal) => stale.includes(rig.sample(signal).quality))) return;
          for (const { output } of rig.declaration.zones) assert.equal(rig.output(output), 0);
        });
      }),
      runs,
    );
  });

  it('no drive begins to turn below the cold limit, or while a zone is not known', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        let before = new Map<string, number>();
        play(script, (rig) => {
          const cold = rig.declaration.zones.some(({ raw, minimumC }) => {
            const { value, quality } = rig.sample(raw);
            return quality !== 'Good' || Number(value) < minimumC;
          });
          const now = new Map(rig.declaration.drives.map(({ command }) => [command, Number(rig.output(command))]));
          for (const [command, rpm] of now) {
            if (cold && before.get(command) === 0) assert.equal(rpm, 0, `${command} began to turn in the cold`);
          }
          before = now;
        });
      }),
      runs,
    );
  });

  it('every output stays within its limits; with a trip latched nothing drives or heats', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, (rig) => {
          const { state, mode, heating } = rig.last.status;
          for (const { output } of rig.declaration.zones) {
            const duty = Number(rig.output(output));
            assert.ok(duty >= 0 && duty <= 100);
            if (state === 'ALARM' || !heating) assert.equal(duty, 0);
          }
          for (const { command, maximumRpm, maximumManualRpm } of rig.declaration.drives) {
            const rpm = Number(rig.output(command));
            assert.ok(rpm <= (mode === 'AUTO' ? maximumRpm : maximumManualRpm));
            assert.ok(rpm >= (mode === 'AUTO' ? 0 : -maximumManualRpm));
            if (state === 'ALARM') assert.equal(rpm, 0);
          }
          assert.equal(rig.output('heater.contactor'), heating && state !== 'ALARM');
        });
      }),
      runs,
    );
  });

  it('a trip is latched until a clear is accepted, which happens only with no cause standing', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        let latched = false;
        play(script, (rig) => {
          const now = rig.core.alarms().some(({ trip, latched }) => trip && latched);
          assert.equal(rig.state === 'ALARM', now);
          const cleared = rig.last.outcomes.some(
            ({ command, outcome }) => command.action.name === 'clearAlarms' && outcome.accepted,
          );
          if (latched && !now) assert.ok(cleared, 'the trip went away by itself');
          latched = now;
        });
      }),
      runs,
    );
  });

  it('what receive and step report is the whole difference of the image', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        const rig = new Rig();
        const mirror = new Map(rig.core.samples());
        const receive = rig.core.receive.bind(rig.core);
        const step = rig.core.step.bind(rig.core);
        rig.core.receive = (readings, now) => {
          const updates = receive(readings, now);
          for (const update of updates) mirror.set(update.signal, update);
          return updates;
        };
        rig.core.step = (input, now) => {
          const result = step(input, now);
          for (const update of result.updates) mirror.set(update.signal, update);
          assert.equal(new Set(result.updates.map(({ signal }) => signal)).size, result.updates.length);
          return result;
        };
        for (const deed of script.deeds) {
          if (deed.kind === 'inject') rig.injected.set(deed.signal, deed.value);
          if (deed.kind === 'silence') rig.silent.add(deed.module);
          if (deed.kind === 'ask') rig.scan({ action: deed.action, by: deed.by });
          else rig.scan();
          assert.deepEqual(mirror, new Map(rig.core.samples()));
        }
      }),
      { numRuns: 50 },
    );
  });

  it('the same calls give the same answers', () => {
    fc.assert(
      fc.property(scripts, (script) => assert.equal(story(script), story(script))),
      { numRuns: 30 },
    );
  });
});

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
});

/** In one scan a command and what follows from it may each move the machine once. */
function isReachable(from: MachineState, to: MachineState): boolean {
  return from === to || statesAfter(from).some((step) => step === to || statesAfter(step).includes(to));
}

function statesAfter(state: MachineState): MachineState[] {
  return (Object.keys(transitions[state]) as MachineEvent[]).map((event) => nextState(state, event));
}

/** All that a script made the machine do and say. */
function story(script: Script): string {
  const told: unknown[] = [];
  play(script, (rig) => told.push({ ...rig.last, outputs: [...rig.last.outputs] }));
  return JSON.stringify(told);
}
