import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { CommandAction, Principal } from '../../machine/commands/command.ts';
import { factoryMachine } from './factory.ts';
import { engineer, operator, Rig, type Injected } from './rig.ts';

/** Short phases, so that the scripts meet all of them. */
const factory = factoryMachine();
const quickMachine = {
  ...factory,
  heating: { ...factory.heating, soakSeconds: 0 },
  tuning: { ...factory.tuning, settleSeconds: 2, graceSeconds: 2, watchMinutes: 0.1 },
};
const allowedPercent = 80;

type Deed =
  | { readonly kind: 'ask'; readonly action: CommandAction; readonly by: Principal }
  | { readonly kind: 'inject'; readonly signal: string; readonly value: Injected }
  | { readonly kind: 'disturb'; readonly zone: string; readonly byK: number }
  | { readonly kind: 'silence'; readonly module: string }
  | { readonly kind: 'release' }
  | { readonly kind: 'pass'; readonly scans: number };

const zone = fc.constantFrom('zone1', 'zone2');

const actions: fc.Arbitrary<CommandAction> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      name: fc.constant('tune' as const),
      zone,
      setpointC: fc.constantFrom(180, 198, 200, 202, 262, 300),
      maximumDutyPercent: fc.constantFrom(allowedPercent, 40, 5),
    }),
  },
  fc.record({ name: fc.constantFrom('abortTuning' as const, 'applyTuning' as const), zone }),
  fc.constantFrom<CommandAction>(
    { name: 'heat', on: false },
    { name: 'heat', on: true },
    { name: 'start' },
    { name: 'stop' },
    { name: 'emergencyStop' },
    { name: 'clearAlarms' },
    { name: 'setMode', mode: 'MANUAL' },
    { name: 'setMode', mode: 'AUTO' },
    { name: 'write', signal: 'heater.zone1.setpoint', value: 201 },
    { name: 'write', signal: 'heater.zone1.output', value: 70 },
  ),
);

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      action: actions,
      by: fc.constantFrom(engineer, engineer, operator),
    }),
  },
  fc.record({
    kind: fc.constant('inject' as const),
    signal: fc.constantFrom('temperature.zone1', 'temperature.zone2', 'temperature.motor', 'safety.estopClosed'),
    value: fc.constantFrom<Injected>('lost', 'BadSensorFailure', 'BadDeviceFailure', false, 0, 195, 205, 266, 285),
  }),
  fc.record({ kind: fc.constant('disturb' as const), zone, byK: fc.integer({ min: -15, max: 15 }) }),
  fc.record({ kind: fc.constant('silence' as const), module: fc.constantFrom('ai1', 'ssr1', 'dio1') }),
  { weight: 2, arbitrary: fc.constant({ kind: 'release' as const }) },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('pass' as const), scans: fc.integer({ min: 1, max: 300 }) }) },
);

const scripts = fc.record({
  /** How long the test of zone 1 has been going on when things begin to happen, in scans. */
  tunedFor: fc.integer({ min: 0, max: 1_200 }),
  deeds: fc.array(deeds, { minLength: 1, maxLength: 25 }),
});

function play(
  { tunedFor, deeds: list }: { readonly tunedFor: number; readonly deeds: readonly Deed[] },
  look: (rig: Rig) => void,
): Rig {
  const rig = new Rig({ declaration: quickMachine }).toReady();
  const scan = (asked?: { readonly action: CommandAction; readonly by: Principal }): void => {
    if (asked === undefined) rig.scan();
    else rig.scan(asked);
    look(rig);
  };
  const tune: CommandAction = { name: 'tune', zone: 'zone1', setpointC: 200, maximumDutyPercent: allowedPercent };
  scan({ action: tune, by: engineer });
  for (let count = 0; count < tunedFor; count++) scan();
  for (const deed of list) {
    if (deed.kind === 'inject') rig.injected.set(deed.signal, deed.value);
    else if (deed.kind === 'silence') rig.silent.add(deed.module);
    else if (deed.kind === 'disturb') rig.plant.disturb(deed.zone, deed.byK);
    else if (deed.kind === 'release') {
      rig.injected.clear();
      rig.silent.clear();
    }
    if (deed.kind === 'ask') scan({ action: deed.action, by: deed.by });
    else for (let count = 0; count < (deed.kind === 'pass' ? deed.scans : 1); count++) scan();
  }
  return rig;
}

const stale = ['UncertainLastUsableValue', 'BadCommunicationError', 'BadNotConnected'];

const runs = { numRuns: 50 };

describe('laws of autotune, whatever is asked and whatever fails', () => {
  it('the duty stays within 0 % and what the test allows, and is 0 where every interlock wants it so', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, (rig) => {
          const { state, heating } = rig.last.status;
          for (const { id, raw, output } of rig.declaration.zones) {
            const duty = Number(rig.output(output));
            const test = rig.core.zones().find((each) => each.id === id)?.tuning.test;
            const isTuned = test !== null && test !== undefined && test.endedAtMs === null;
            const highest = isTuned ? test.maximumDutyPercent : 100;
            assert.ok(duty >= 0 && duty <= highest, `${id}: ${duty} % of ${highest} %`);
            if (state === 'ALARM' || !heating || rig.sample(raw).quality !== 'Good') assert.equal(duty, 0);
          }
          assert.equal(rig.output('heater.contactor'), heating && state !== 'ALARM');
          const needed = ['temperature.zone1.raw', 'temperature.zone2.raw', 'temperature.motor.raw'];
          if (!needed.some((signal) => stale.includes(rig.sample(signal).quality))) return;
          for (const { output } of rig.declaration.zones) assert.equal(rig.output(output), 0);
        });
      }),
      runs,
    );
  });

  it('one zone at most is tuned, in AUTO, heated, at standstill, below its limit, and no start is permitted', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        play(script, (rig) => {
          const underWay = rig.core.zones().filter(({ tuning: { test } }) => test?.endedAtMs === null);
          assert.ok(underWay.length <= 1);
          const [tuned] = underWay;
          if (tuned === undefined) return;
          const { state, mode, heating, startPermitted, blockers } = rig.last.status;
          assert.ok((state === 'HEATING' || state === 'READY') && mode === 'AUTO' && heating, `${state} ${mode}`);
          assert.ok(!startPermitted && blockers.some(({ code }) => code === 'AUTOTUNE_ACTIVE'));
          const { value, quality } = rig.sample(`temperature.${tuned.id}.raw`);
          assert.equal(quality, 'Good');
          assert.ok(Number(value) <= 265, `${String(value)} °C`);
        });
      }),
      runs,
    );
  });

  it('a test ends once and for a reason, and no gains change but by a command', () => {
    fc.assert(
      fc.property(scripts, (script) => {
        let before = new Map<string, string>();
        const rig = play(script, ({ core, last }) => {
          const now = new Map(core.zones().map(({ id, gains }) => [id, JSON.stringify(gains)]));
          const asked = last.outcomes.some(
            ({ command, outcome }) =>
              outcome.accepted && (command.action.name === 'applyTuning' || command.action.name === 'abortTuning'),
          );
          if (!asked && before.size > 0) assert.deepEqual(now, before);
          before = now;
          for (const { tuning } of core.zones()) {
            const { test } = tuning;
            if (test === null) continue;
            const isOver = test.phase === 'done' || test.phase === 'failed' || test.phase === 'aborted';
            assert.equal(test.endedAtMs !== null, isOver);
            assert.equal(test.result !== null, test.phase === 'done');
            assert.equal(test.code !== null, test.phase === 'failed' || test.phase === 'aborted');
            assert.ok(test.text.length > 0 && test.progress >= 0 && test.progress <= 1);
          }
        });
        assert.equal(rig.core.zones().length, 2);
      }),
      runs,
    );
  });
});
