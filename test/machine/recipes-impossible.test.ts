import assert from 'node:assert/strict';

import { gainLimits } from '../../machine/control/gain-limits.ts';
import { recipeFaults } from '../../machine/recipes/recipe-faults.ts';
import type { Recipe } from '../../machine/recipes/recipe.ts';
import {
  accepted,
  factory,
  gains,
  idle,
  load,
  main,
  nearTrip,
  recipe,
  running,
  settingsAndLimits,
  zone1,
} from './recipe-bench.ts';
import { codes, reasonsOf } from './rig.ts';

type Row = readonly [
  what: string,
  recipe: Recipe,
  path: string | null,
  code?: string,
  actual?: unknown,
  required?: unknown,
];

describe('a recipe that this machine could never take', () => {
  const setpoint = 'zones.zone1.setpointC';
  const minimum = 'zones.zone1.minimumC';
  const rows: readonly Row[] = [
    ['a zone that there is not', recipe({ zone9: {} }), 'zones.zone9', 'UNKNOWN_ZONE', 'zone9'],
    ['a drive that there is not', recipe({}, { screw: {} }), 'drives.screw', 'UNKNOWN_DRIVE', 'screw'],
    ['an inherited word for a zone', recipe({ constructor: {} }), 'zones.constructor', 'UNKNOWN_ZONE', 'constructor'],
    ['a setpoint at the end of its span', zone1({ setpointC: 265 }), null],
    ['a setpoint above its span', zone1({ setpointC: 265.1 }), setpoint, 'OUT_OF_RANGE', 265.1, 265],
    ['a setpoint below 0', zone1({ setpointC: -0.1 }), setpoint, 'OUT_OF_RANGE', -0.1, 0],
    ['a setpoint of 0, which heats nothing', zone1({ setpointC: 0 }), null],
    ['a setpoint at the minimum and the margin', zone1({ setpointC: 180 }), null],
    ['a setpoint just below it', zone1({ setpointC: 179.9 }), setpoint, 'SETPOINT_BELOW_MINIMUM', 179.9, 180],
    ['a setpoint just above 0', zone1({ setpointC: 0.1 }), setpoint, 'SETPOINT_BELOW_MINIMUM', 0.1, 180],
    ['a setpoint at the new, lower minimum', zone1({ setpointC: 130, minimumC: 120 }), null],
    ['a setpoint below it', zone1({ setpointC: 129.9, minimumC: 120 }), setpoint, 'SETPOINT_BELOW_MINIMUM', 129.9, 130],
    [
      'a setpoint below the new, higher minimum',
      zone1({ setpointC: 200, minimumC: 190.1 }),
      setpoint,
      'SETPOINT_BELOW_MINIMUM',
      200,
      200.1,
    ],
    ['no number for a setpoint', zone1({ setpointC: Number.NaN }), setpoint, 'WRONG_TYPE', null, 'a number'],
    ['an endless setpoint', zone1({ setpointC: Infinity }), setpoint, 'WRONG_TYPE', null, 'a number'],
    ['a minimum as low as a recipe may go', zone1({ minimumC: 100 }), null],
    ['a minimum below that', zone1({ minimumC: 99.9 }), minimum, 'OUT_OF_RANGE', 99.9, 100],
    ['a minimum at the trip less its margin', zone1({ minimumC: 265 }), null],
    ['a minimum above that', zone1({ minimumC: 265.1 }), minimum, 'OUT_OF_RANGE', 265.1, 265],
    ['no number for a minimum', zone1({ minimumC: Number.NaN }), minimum, 'WRONG_TYPE', null, 'a number'],
    ['a drive at its maximum', main({ speedRpm: 1_500 }), null],
    ['a drive above it', main({ speedRpm: 1_500.1 }), 'drives.main.speedRpm', 'OUT_OF_RANGE', 1_500.1, 1_500],
    ['a standing drive', main({ speedRpm: 0 }), null],
    ['a drive in reverse', main({ speedRpm: -1 }), 'drives.main.speedRpm', 'OUT_OF_RANGE', -1, 0],
    ['a drive at its new maximum', main({ speedRpm: 800, maximumRpm: 800 }), null],
    [
      'a drive above its new maximum',
      main({ speedRpm: 801, maximumRpm: 800 }),
      'drives.main.speedRpm',
      'OUT_OF_RANGE',
      801,
      800,
    ],
    ['no number for a speed', main({ speedRpm: Number.NaN }), 'drives.main.speedRpm', 'WRONG_TYPE', null, 'a number'],
    ['the configuration’s own maximum', main({ maximumRpm: 1_500 }), null],
    ['a maximum above it', main({ maximumRpm: 1_501 }), 'drives.main.maximumRpm', 'OUT_OF_RANGE', 1_501, 1_500],
    ['a maximum of 0', main({ maximumRpm: 0 }), 'drives.main.maximumRpm', 'OUT_OF_RANGE', 0, 1_500],
    ['a maximum just above 0', main({ maximumRpm: 0.1 }), null],
    ['a maximum below 0', main({ maximumRpm: -1 }), 'drives.main.maximumRpm', 'OUT_OF_RANGE', -1, 0],
    ['no gain at all', gains({ kp: 0, ki: 0, kd: 0 }), 'zones.zone1.gains.kp', 'OUT_OF_RANGE', 0, 0.001],
    ['a proportional gain alone', gains({ kp: 0.001, ki: 0, kd: 0 }), null],
    ['the largest gains', gains({ kp: 1_000, ki: 100, kd: 10_000 }), null],
    ['a negative kp', gains({ kp: -0.1 }), 'zones.zone1.gains.kp', 'OUT_OF_RANGE', -0.1, 0.001],
    ['too large a kp', gains({ kp: 1_001 }), 'zones.zone1.gains.kp', 'OUT_OF_RANGE', 1_001, 1_000],
    ['a negative ki', gains({ ki: -0.1 }), 'zones.zone1.gains.ki', 'OUT_OF_RANGE', -0.1, 0],
    ['too large a ki', gains({ ki: 101 }), 'zones.zone1.gains.ki', 'OUT_OF_RANGE', 101, 100],
    ['a negative kd', gains({ kd: -1 }), 'zones.zone1.gains.kd', 'OUT_OF_RANGE', -1, 0],
    ['too large a kd', gains({ kd: 10_001 }), 'zones.zone1.gains.kd', 'OUT_OF_RANGE', 10_001, 10_000],
    ['a gain that is no number', gains({ kd: Number.NaN }), 'zones.zone1.gains.kd', 'WRONG_TYPE', null, 'a number'],
    ['a name of one letter', recipe({}, {}, 'P'), null],
    ['a name of 60 letters', recipe({}, {}, 'P'.repeat(60)), null],
    ['a name of 61 letters', recipe({}, {}, 'P'.repeat(61)), 'name', 'INVALID_NAME', 'P'.repeat(61)],
    ['no name', recipe({}, {}, ''), 'name', 'INVALID_NAME', ''],
    ['a name with a space at its end', recipe({}, {}, 'PET '), 'name', 'INVALID_NAME', 'PET '],
    ['a name that breaks the line', recipe({}, {}, 'PET\n3'), 'name', 'INVALID_NAME', 'PET\n3'],
    ['a name with a letter that nobody sees', recipe({}, {}, 'PE\u200BT'), 'name', 'INVALID_NAME', 'PE\u200BT'],
    ['a name that turns its letters round', recipe({}, {}, 'PE\u202ET'), 'name', 'INVALID_NAME', 'PE\u202ET'],
    ['a name of a filler', recipe({}, {}, '\u3164'), 'name', 'INVALID_NAME', '\u3164'],
    ['a name of a private character', recipe({}, {}, 'PET\uE000'), 'name', 'INVALID_NAME', 'PET\uE000'],
    ['a name of a character that there is not', recipe({}, {}, 'PET\u0378'), 'name', 'INVALID_NAME', 'PET\u0378'],
    ['a name with letters of anywhere', recipe({}, {}, 'Größe 3 ПЭТ 再生'), null],
    ['a name that no address can have', recipe({}, {}, '..'), 'name', 'INVALID_NAME', '..'],
    ['a name that becomes too long', recipe({}, {}, '\uFDFA'.repeat(20)), 'name', 'INVALID_NAME', '\uFDFA'.repeat(20)],
  ];
  for (const [what, asked, path, code, actual, required] of rows) {
    it(`${path === null ? 'is not one with' : `is one with`} ${what}${code === undefined ? '' : `: ${code}`}`, () => {
      const faults = recipeFaults(factory, asked);
      const rig = idle();
      const before = settingsAndLimits(rig);
      const outcome = load(rig, asked);
      if (path === null) {
        assert.deepEqual(faults, []);
        accepted(outcome);
        return;
      }
      assert.deepEqual(
        faults.map((fault) => [fault.path.join('.'), fault.reason.code, fault.reason.actual, fault.reason.required]),
        [[path, code, actual, required]],
      );
      assert.equal(!outcome.accepted && outcome.kind, 'invalid');
      assert.deepEqual(
        reasonsOf(outcome),
        faults.map(({ reason }) => reason),
        'the machine and who saves it hear the same',
      );
      assert.deepEqual(settingsAndLimits(rig), before);
    });
  }

  it('is one with a setpoint too near the trip, where the span alone would allow it', () => {
    const rig = idle({ declaration: nearTrip() });
    accepted(load(rig, zone1({ setpointC: 250 })));
    const [reason, ...others] = reasonsOf(load(rig, zone1({ setpointC: 250.1 })));
    assert.deepEqual(
      [reason?.code, reason?.actual, reason?.required, reason?.unit, others],
      ['SETPOINT_TOO_NEAR_TRIP', 250.1, 250, '°C', []],
    );
    assert.match(reason?.text ?? '', /trips above 280 °C.*30 K.*at most 250 °C; 250\.1 °C/u);
    assert.deepEqual(codes(load(rig, zone1({ minimumC: 250.1 }))), ['OUT_OF_RANGE']);
  });

  it('is refused with all its faults, those of the moment too, and nothing of it is taken', () => {
    const rig = running();
    const before = settingsAndLimits(rig);
    const outcome = load(
      rig,
      recipe(
        { zone1: { setpointC: 300, minimumC: 50 }, zone2: { setpointC: 210 }, zone7: {} },
        { main: { speedRpm: 2_000 }, feed: { speedRpm: 50, maximumRpm: 100 } },
      ),
    );
    assert.equal(!outcome.accepted && outcome.kind, 'invalid');
    assert.deepEqual(codes(outcome), [
      'OUT_OF_RANGE',
      'OUT_OF_RANGE',
      'UNKNOWN_ZONE',
      'OUT_OF_RANGE',
      'LIMITS_FIXED_WHILE_RUNNING',
      'LIMITS_FIXED_WHILE_RUNNING',
    ]);
    assert.deepEqual(settingsAndLimits(rig), before);
  });

  it('asks of gains what the configuration asks of them', () => {
    for (const key of ['kp', 'ki', 'kd'] as const) {
      const [low, high] = gainLimits[key];
      assert.deepEqual(recipeFaults(factory, gains({ [key]: high })), []);
      assert.equal(recipeFaults(factory, gains({ [key]: high * 1.001 })).length, 1);
      assert.equal(recipeFaults(factory, gains({ [key]: low - 0.001 })).length, 1);
    }
  });
});
