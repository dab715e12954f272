import assert from 'node:assert/strict';

import type { RefusalKind } from '../../machine/commands/command.ts';
import { codes, engineer, operator, reasonsOf, Rig } from './rig.ts';
import { atRelay, setpointOf, tune } from './tuning-bench.ts';

describe('an order to tune', () => {
  it('is refused with all that stands against it', () => {
    const idle = new Rig();
    idle.run(1);
    assert.deepEqual(codes(tune(idle)), ['WRONG_STATE']);
    const manual = new Rig().toReady();
    manual.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    assert.deepEqual(codes(tune(manual)), ['WRONG_MODE']);
    const running = new Rig().toRunning();
    assert.deepEqual(codes(tune(running)), ['WRONG_STATE']);
    const busy = atRelay();
    assert.deepEqual(codes(tune(busy, 'zone2')), ['AUTOTUNE_ACTIVE']);
    assert.deepEqual(codes(tune(busy, 'zone1')), ['AUTOTUNE_ACTIVE']);
    const blind = new Rig().toReady();
    blind.injected.set('temperature.zone1', 'BadSensorFailure');
    assert.deepEqual(codes(tune(blind)), ['TEMP_DATA_STALE']);
    const rig = new Rig().toReady();
    assert.deepEqual(codes(rig.ask({ name: 'tune', zone: 'zone1', setpointC: 200 }, operator)), ['NOT_PERMITTED']);
    const nowhere = tune(rig, 'zone9');
    assert.ok(!nowhere.accepted && nowhere.kind === 'unknown');
  });

  // trip at 280 °C, 15 K below it the test ends, and the relay swings by 3 K; 5 % of duty hold about 55.8 °C beside a hot neighbour
  // ambient temperature, 23 °C, and 5 % of duty are 38 °C with no neighbour at all: no test ever goes below that
  const bounds: readonly (readonly [
    setpointC: number,
    maximumPercent: number | undefined,
    code: string | null,
    kind?: RefusalKind,
  ])[] = [
    [262, undefined, null],
    [262.1, undefined, 'OUT_OF_RANGE', 'invalid'],
    [265, undefined, 'OUT_OF_RANGE', 'invalid'],
    [265.1, undefined, 'OUT_OF_RANGE', 'invalid'],
    [280, undefined, 'OUT_OF_RANGE', 'invalid'],
    [60, undefined, null],
    [50, undefined, 'OUT_OF_RANGE', 'state'],
    [38, undefined, 'OUT_OF_RANGE', 'state'],
    [37.9, undefined, 'OUT_OF_RANGE', 'invalid'],
    [0, undefined, 'OUT_OF_RANGE', 'invalid'],
    [-1, undefined, 'OUT_OF_RANGE', 'invalid'],
    [Number.NaN, undefined, 'WRONG_TYPE', 'invalid'],
    [200, 60, null],
    // 54 % of duty hold 200 °C, which leaves the relay 1 %
    [200, 54, 'OUT_OF_RANGE', 'state'],
    [200, 10, 'OUT_OF_RANGE', 'state'],
    [200, 9.9, 'OUT_OF_RANGE', 'invalid'],
    [200, 100.1, 'OUT_OF_RANGE', 'invalid'],
    [200, -1, 'OUT_OF_RANGE', 'invalid'],
    [200, Number.NaN, 'OUT_OF_RANGE', 'invalid'],
  ];
  for (const [setpointC, maximumPercent, code, kind] of bounds) {
    const allowed = maximumPercent === undefined ? '' : ` with at most ${maximumPercent} % duty`;
    it(`to ${setpointC} °C${allowed} is ${code === null ? 'accepted' : `refused: ${code}, ${kind === 'invalid' ? 'for good' : 'for now'}`}`, () => {
      const rig = new Rig().toReady();
      const outcome = tune(rig, 'zone1', setpointC, maximumPercent);
      assert.deepEqual(codes(outcome), code === null ? [] : [code]);
      assert.equal(outcome.accepted ? undefined : outcome.kind, kind);
      assert.equal(rig.sample(setpointOf('zone1')).value, code === null ? setpointC : 200);
    });
  }

  it('for which no time will come says so whatever the machine does, and asks for nothing else first', () => {
    const outcome = tune(new Rig(), 'zone1', 270);
    assert.ok(!outcome.accepted);
    assert.deepEqual([outcome.kind, codes(outcome)], ['invalid', ['OUT_OF_RANGE']]);
  });

  it('names the limit and the way out', () => {
    const [reason] = reasonsOf(tune(new Rig().toReady(), 'zone1', 264));
    assert.deepEqual(reason, {
      code: 'OUT_OF_RANGE',
      text: 'Barrel zone 1 trips above 280 °C; autotune stays 15 K below that and swings by about 3 K. Choose at most 262 °C.',
      actual: 264,
      required: 262,
      unit: '°C',
    });
  });

  it('tells the setpoint before and after to the audit', () => {
    const outcome = tune(new Rig().toReady(), 'zone1', 205);
    assert.ok(outcome.accepted);
    assert.deepEqual([outcome.before, outcome.after], [200, 205]);
    assert.equal(outcome.note, 'The setpoint of Barrel zone 1 is 205 °C and stays so after the test.');
  });
});
