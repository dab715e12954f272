import assert from 'node:assert/strict';
import fc from 'fast-check';

import type { CommandOutcome, Principal } from '../../machine/commands/command.ts';
import { gainLimits } from '../../machine/control/gain-limits.ts';
import type { Gains, MachineDeclaration } from '../../machine/declaration.ts';
import type { MachineView } from '../../machine/ports.ts';
import { inForceInView, type InForce } from '../../machine/recipes/in-force.ts';
import { previewRecipe } from '../../machine/recipes/judge-recipe.ts';
import { recipeFaults } from '../../machine/recipes/recipe-faults.ts';
import type { DriveRecipe, Recipe, ZoneRecipe } from '../../machine/recipes/recipe.ts';
import { factoryMachine } from './factory.ts';
import { codes, engineer, observer, operator, reasonsOf, Rig, type RigOptions } from './rig.ts';

const factory = factoryMachine();

function recipe(
  zones: Readonly<Record<string, ZoneRecipe>> = {},
  drives: Readonly<Record<string, DriveRecipe>> = {},
  name = 'PET',
  version = 1,
): Recipe {
  return { name, version, zones, drives };
}

const pet = recipe(
  { zone1: { setpointC: 250, minimumC: 220, gains: { kp: 4, ki: 0.05, kd: 12 } }, zone2: { setpointC: 255 } },
  { main: { speedRpm: 900, maximumRpm: 1_000 }, feed: { speedRpm: 200 } },
  'PET',
  3,
);

/** Takes the minimum of both zones down, as far as the machine can run at 200 °C either way. */
const soft = recipe({ zone1: { minimumC: 120 }, zone2: { minimumC: 120 } }, {}, 'LDPE', 2);

function load(rig: Rig, what: Recipe, by: Principal = operator): CommandOutcome {
  return rig.ask({ name: 'loadRecipe', recipe: what }, by);
}

function accepted(outcome: CommandOutcome): void {
  assert.ok(outcome.accepted, codes(outcome).join(', '));
}

/** All that a recipe can change. */
function settingsAndLimits(rig: Rig): object {
  const { drives, zones, samples } = viewOf(rig);
  const settings = ['heater.zone1.setpoint', 'heater.zone2.setpoint', 'motor.main.setpoint', 'motor.feed.setpoint'];
  return {
    settings: settings.map((signal) => samples.get(signal)?.value),
    limits: [...zones.map(({ minimumC }) => minimumC), ...drives.map(({ maximumRpm }) => maximumRpm)],
    gains: zones.map(({ gains, gainsFrom }) => ({ ...gains, gainsFrom })),
    recipe: [rig.last.status.recipe, rig.last.status.recipeVersion],
  };
}

/** The machine as the gateway sees it. */
function viewOf(rig: Rig): MachineView {
  return {
    declaration: rig.declaration,
    samples: rig.core.samples(),
    status: { ...rig.last.status, scan: {} as MachineView['status']['scan'] },
    controlAlive: true,
    alarms: rig.core.alarms(),
    modules: [],
    zones: rig.core.zones(),
    drives: rig.core.drives(),
    subscribe: () => () => undefined,
  };
}

function inForce(rig: Rig): InForce {
  return inForceInView(viewOf(rig)) ?? assert.fail('the view is complete');
}

function idle(options: RigOptions = {}): Rig {
  const rig = new Rig(options);
  rig.run(1);
  return rig;
}

const running = () => new Rig().toRunning();

describe('loading a recipe', () => {
  it('sets setpoints, speeds, limits and gains at once, and says what was loaded before and after', () => {
    const rig = idle();
    const outcome = load(rig, pet);
    assert.deepEqual(outcome, { ...outcome, accepted: true, before: null, after: 'PET 3' });
    assert.deepEqual(settingsAndLimits(rig), {
      settings: [250, 255, 900, 200],
      limits: [220, 170, 1_000, 600],
      gains: [
        { kp: 4, ki: 0.05, kd: 12, gainsFrom: 'recipe' },
        { kp: 5, ki: 0.1, kd: 10, gainsFrom: 'configuration' },
      ],
      recipe: ['PET', 3],
    });
    assert.equal(rig.last.retain, true);
    const { sourceTimeMs } = rig.sample('heater.zone1.setpoint');
    assert.equal(sourceTimeMs, rig.now.wallMs);
    const next = load(rig, { ...pet, version: 4 });
    assert.ok(next.accepted);
    assert.deepEqual([next.before, next.after], ['PET 3', 'PET 4']);
  });

  it('says what it overwrote, to the digit, and when it changed nothing', () => {
    const rig = idle();
    accepted(rig.ask({ name: 'write', signal: 'heater.zone1.setpoint', value: 200.5 }, engineer));
    const first = load(rig, pet);
    assert.ok(first.accepted);
    for (const change of [
      'Setpoint of Barrel zone 1 200.5 → 250 °C',
      'Minimum of Barrel zone 1 170 → 220 °C',
      'Gain ki of Barrel zone 1 0.1 → 0.05 %/(K·s)',
      'Speed of Main drive 0 → 900 rpm',
      'Maximum of Main drive 1500 → 1000 rpm',
    ]) {
      assert.ok(first.note?.includes(change), `${change}: ${first.note}`);
    }
    const again = load(rig, { ...pet, version: 4 });
    assert.equal(again.accepted && again.note, 'It changes nothing.');
  });

  it('is for operators, not for observers', () => {
    const rig = idle();
    assert.deepEqual(codes(load(rig, pet, observer)), ['NOT_PERMITTED']);
    accepted(load(rig, pet, engineer));
  });

  it('leaves the settings that it does not name, and takes back every limit and gain of the recipe before', () => {
    const rig = idle();
    accepted(load(rig, pet));
    accepted(load(rig, recipe({ zone2: { setpointC: 260 } }, {}, 'PA', 1)));
    assert.deepEqual(settingsAndLimits(rig), {
      settings: [250, 260, 900, 200],
      limits: [170, 170, 1_500, 600],
      gains: [
        { kp: 5, ki: 0.1, kd: 10, gainsFrom: 'configuration' },
        { kp: 5, ki: 0.1, kd: 10, gainsFrom: 'configuration' },
      ],
      recipe: ['PA', 1],
    });
  });

  it('that names nothing takes all limits back to the configuration', () => {
    const rig = idle();
    accepted(load(rig, pet));
    accepted(load(rig, recipe({}, {}, 'none')));
    assert.deepEqual(settingsAndLimits(rig), { ...settingsAndLimits(rig), limits: [170, 170, 1_500, 600] });
  });

  it('makes its limits those that the machine works by', () => {
    const rig = new Rig().toReady();
    accepted(load(rig, recipe({ zone1: { minimumC: 190, setpointC: 200 } }, { main: { maximumRpm: 400 } })));
    assert.deepEqual(codes(rig.write('motor.main.setpoint', 401)), ['OUT_OF_RANGE']);
    assert.equal(rig.write('motor.main.setpoint', 400).accepted, true);
    rig.injected.set('temperature.zone1', 189);
    rig.run(3);
    assert.ok(rig.blockers().includes('COLD_EXTRUSION'));
    assert.equal(codes(rig.ask({ name: 'start' })).includes('COLD_EXTRUSION'), true);
  });

  it('with a lower minimum lets the screw turn in a softer plastic, which the configuration alone would not', () => {
    const rig = idle({ temperatureC: 140 });
    accepted(load(rig, recipe({ zone1: { minimumC: 120, setpointC: 140 }, zone2: { minimumC: 120, setpointC: 140 } })));
    rig.write('motor.main.setpoint', 300);
    rig.ask({ name: 'heat', on: true });
    rig.until(() => rig.state === 'READY', 120);
    accepted(rig.ask({ name: 'start' }));
    rig.until(() => rig.state === 'RUNNING', 30);
    rig.run(10);
    assert.equal(rig.state, 'RUNNING');
  });

  it('is said to be modified once a setpoint or speed that it names is changed by hand, until it is set back', () => {
    const rig = idle();
    accepted(load(rig, recipe({ zone1: { setpointC: 200 } }, { main: { speedRpm: 500 } })));
    assert.equal(rig.last.status.recipeModified, false);
    rig.write('heater.zone2.setpoint', 190);
    assert.equal(rig.last.status.recipeModified, false, 'of zone 2 it says nothing');
    for (const [signal, other, back] of [
      ['heater.zone1.setpoint', 205, 200],
      ['motor.main.setpoint', 600, 500],
    ] as const) {
      rig.write(signal, other);
      assert.equal(rig.last.status.recipeModified, true, signal);
      rig.write(signal, back);
      assert.equal(rig.last.status.recipeModified, false, signal);
    }
  });

  it('tells of a change by hand, and of another version, although nothing else about the machine looks different', () => {
    const rig = idle();
    for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, 23);
    const first = recipe({}, { main: { speedRpm: 500 } });
    accepted(load(rig, first));
    rig.run(5);
    assert.equal(rig.last.statusChanged, false);
    rig.write('motor.main.setpoint', 600);
    assert.equal(rig.last.statusChanged, true);
    rig.write('motor.main.setpoint', 500);
    rig.scan();
    assert.equal(rig.last.statusChanged, false);
    accepted(load(rig, { ...first, version: 2 }));
    assert.deepEqual([rig.last.statusChanged, rig.last.status.recipeVersion], [true, 2]);
  });

  it('that moves nothing but a limit is kept too', () => {
    const rig = idle();
    for (const zone of ['zone1', 'zone2']) rig.injected.set(`temperature.${zone}`, 23);
    rig.run(5);
    assert.equal(rig.last.retain, false);
    accepted(load(rig, soft));
    assert.equal(rig.last.retain, true);
  });

  it('with gains after one with gains leaves the zone’s own to come back to', () => {
    const rig = idle();
    accepted(load(rig, pet));
    accepted(load(rig, gains({ kp: 9 })));
    assert.deepEqual(rig.core.zones()[0]?.gains, { kp: 9, ki: 0.1, kd: 10 });
    accepted(load(rig, recipe({}, {}, 'none')));
    const { gains: own, gainsFrom } = rig.core.zones()[0] ?? assert.fail();
    assert.deepEqual([own, gainsFrom], [{ kp: 5, ki: 0.1, kd: 10 }, 'configuration']);
  });

  it('is possible in MANUAL, where settings are written too', () => {
    const rig = idle();
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    accepted(load(rig, pet));
    assert.equal(rig.last.status.mode, 'MANUAL');
  });
});

type Row = readonly [
  what: string,
  recipe: Recipe,
  path: string | null,
  code?: string,
  actual?: unknown,
  required?: unknown,
];

const zone1 = (zone: ZoneRecipe): Recipe => recipe({ zone1: zone });
const main = (drive: DriveRecipe): Recipe => recipe({}, { main: drive });
const gains = (change: Partial<Gains>): Recipe => zone1({ gains: { kp: 5, ki: 0.1, kd: 10, ...change } });
const nearTrip = (): MachineDeclaration => ({ ...factory, tuning: { ...factory.tuning, marginK: 30 } });

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

describe('a recipe that the machine can not take now', () => {
  it('waits while the machine starts or stops, and while a trip is latched', () => {
    const rig = new Rig().toReady();
    rig.ask({ name: 'start' });
    const seen = new Map<string, string[]>();
    const tryNow = (): void => void seen.set(rig.state, codes(load(rig, recipe())));
    tryNow();
    rig.until(() => rig.state === 'RUNNING', 30);
    tryNow();
    rig.ask({ name: 'stop' });
    tryNow();
    rig.until(() => rig.state === 'READY', 60);
    tryNow();
    rig.ask({ name: 'emergencyStop' });
    tryNow();
    assert.deepEqual(
      [...seen],
      [
        ['STARTING', ['WRONG_STATE']],
        ['RUNNING', []],
        ['STOPPING', ['WRONG_STATE']],
        ['READY', []],
        ['ALARM', ['WRONG_STATE']],
      ],
    );
  });

  it('is refused in RUNNING when it would move a limit, naming which and both numbers', () => {
    const rig = running();
    const outcome = load(rig, recipe({ zone1: { minimumC: 160 } }, { feed: { maximumRpm: 300 } }));
    assert.equal(!outcome.accepted && outcome.kind, 'state');
    assert.deepEqual(
      reasonsOf(outcome).map(({ code, actual, required, unit }) => [code, actual, required, unit]),
      [
        ['LIMITS_FIXED_WHILE_RUNNING', 160, 170, '°C'],
        ['LIMITS_FIXED_WHILE_RUNNING', 300, 600, 'rpm'],
      ],
    );
    assert.match(reasonsOf(outcome)[0]?.text ?? '', /Minimum of Barrel zone 1 .*170 to 160 °C/u);
  });

  it('is refused in RUNNING too when it only forgets a limit that the recipe before had moved', () => {
    const rig = new Rig().toReady();
    accepted(load(rig, soft));
    rig.ask({ name: 'start' });
    rig.until(() => rig.state === 'RUNNING', 30);
    const outcome = load(rig, recipe({ zone1: { setpointC: 205 } }, {}, 'other'));
    assert.deepEqual(codes(outcome), ['LIMITS_FIXED_WHILE_RUNNING', 'LIMITS_FIXED_WHILE_RUNNING']);
    assert.deepEqual([rig.last.status.recipe, rig.core.zones()[0]?.minimumC], ['LDPE', 120]);
    accepted(load(rig, { ...soft, zones: { ...soft.zones, zone1: { minimumC: 120, setpointC: 205 } } }));
  });

  it('changes setpoints, speeds and gains in RUNNING, by the rules of single writes', () => {
    const rig = running();
    accepted(
      load(rig, recipe({ zone1: { setpointC: 205, gains: { kp: 4, ki: 0.1, kd: 10 } } }, { main: { speedRpm: 350 } })),
    );
    rig.run(5);
    assert.equal(rig.output('motor.main.command'), 350);
    assert.deepEqual(
      reasonsOf(load(rig, zone1({ setpointC: 0 }))).map(({ code, actual, required }) => [code, actual, required]),
      [['SETPOINT_BELOW_MINIMUM', 0, 180]],
    );
    accepted(load(rig, zone1({ setpointC: 180 })));
  });

  it('gives a turning drive no speed but 0 while a temperature is not known', () => {
    const rig = running();
    rig.injected.set('temperature.zone1', 'BadDeviceFailure');
    rig.scan();
    assert.deepEqual(codes(load(rig, recipe({}, { feed: { speedRpm: 200 } }))), ['TEMP_DATA_STALE']);
    accepted(load(rig, recipe({ zone2: { setpointC: 200 } }, { feed: { speedRpm: 0 } })));
  });

  for (const [signal, expected] of [
    ['temperature.zone2', ['TEMP_DATA_STALE']],
    ['temperature.motor', ['TEMP_DATA_STALE']],
    ['temperature.feed', []],
  ] as const) {
    it(`with ${signal} unknown gives a turning drive ${expected.length > 0 ? 'no' : 'its'} speed, as a single write does`, () => {
      const rig = running();
      rig.injected.set(signal, 'BadDeviceFailure');
      rig.scan();
      assert.deepEqual(codes(rig.write('motor.feed.setpoint', 150)), expected);
      assert.deepEqual(codes(load(rig, recipe({}, { feed: { speedRpm: 200 } }))), expected);
    });
  }

  it('sets the speed of a standing drive whatever is known', () => {
    const rig = new Rig().toReady();
    rig.injected.set('temperature.motor', 'BadDeviceFailure');
    rig.scan();
    assert.equal(rig.state, 'READY');
    accepted(load(rig, recipe({}, { feed: { speedRpm: 200 } })));
  });

  it('lets no screw stand while it is fed: the main drive is not set to 0 while the machine runs', () => {
    const rig = new Rig().toRunning();
    const still = (drive: string) => rig.ask({ name: 'loadRecipe', recipe: recipe({}, { [drive]: { speedRpm: 0 } }) });
    assert.deepEqual(codes(still('main')), ['NO_SPEED_SETPOINT']);
    assert.equal(still('feed').accepted, true);
  });

  it('waits for a tuning, or the test of a zone', () => {
    const rig = idle();
    const busy = { ...inForce(rig), busy: 'tuning' as const };
    assert.deepEqual(
      previewRecipe(factory, pet, busy).reasons.map(({ code }) => code),
      ['AUTOTUNE_ACTIVE'],
    );
    const tuned = new Rig().toReady();
    assert.equal(tuned.ask({ name: 'tune', zone: 'zone1', setpointC: 200 }, engineer).accepted, true);
    assert.deepEqual(codes(tuned.ask({ name: 'loadRecipe', recipe: pet })), ['AUTOTUNE_ACTIVE']);
    tuned.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    const cool = new Rig();
    for (const zone of ['zone1', 'zone2']) cool.write(`heater.${zone}.setpoint`, 200);
    cool.run(1);
    cool.ask({ name: 'heat', on: true });
    cool.run(3);
    assert.equal(cool.ask({ name: 'testZone', zone: 'zone1' }, engineer).accepted, true);
    assert.deepEqual(codes(cool.ask({ name: 'loadRecipe', recipe: pet })), ['ZONE_TEST_ACTIVE']);
    cool.ask({ name: 'abortTuning', zone: 'zone1' }, engineer);
    assert.equal(cool.core.zones()[0]?.test?.verdict, 'aborted');
    assert.equal(cool.ask({ name: 'loadRecipe', recipe: pet }).accepted, true);
    assert.equal(tuned.ask({ name: 'loadRecipe', recipe: pet }).accepted, true);
  });

  it('moves no limit while a drive is jogged in MANUAL, and does at standstill', () => {
    const rig = idle({ temperatureC: 200 });
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    const jog = { action: { name: 'write', signal: 'motor.main.command', value: 100 } as const, by: engineer };
    rig.scan(jog);
    rig.scan();
    rig.scan(jog);
    assert.deepEqual(codes(load(rig, recipe({ zone1: { minimumC: 150 } }))), ['LIMITS_FIXED_WHILE_RUNNING']);
    rig.until(() => rig.sample('motor.main.running').value === false, 10);
    accepted(load(rig, recipe({ zone1: { minimumC: 150 } })));
  });

  for (const [speedRpm, expected] of [
    [800, []],
    [800.1, ['SPEED_ABOVE_MAXIMUM']],
  ] as const) {
    it(`with a maximum of 800 rpm and no speed finds the drive set to ${speedRpm} rpm: ${expected.join() || 'taken'}`, () => {
      const rig = idle();
      rig.write('motor.main.setpoint', speedRpm);
      const outcome = load(rig, main({ maximumRpm: 800 }));
      assert.deepEqual(
        reasonsOf(outcome).map(({ code, actual, required }) => [code, actual, required]),
        expected.map((code) => [code, speedRpm, 800]),
      );
      accepted(load(rig, main({ maximumRpm: 800, speedRpm: 700 })));
    });
  }

  for (const [setpointC, expected] of [
    [200, []],
    [199.9, ['SETPOINT_BELOW_MINIMUM']],
    [0, []],
  ] as const) {
    it(`with a minimum of 190 °C and no setpoint finds the zone set to ${setpointC} °C: ${expected.join() || 'taken'}`, () => {
      const rig = idle();
      rig.write('heater.zone1.setpoint', setpointC);
      const outcome = load(rig, zone1({ minimumC: 190 }));
      assert.deepEqual(
        reasonsOf(outcome).map(({ code, actual, required }) => [code, actual, required]),
        expected.map((code) => [code, setpointC, 200]),
      );
    });
  }

  it('does not mind a low setpoint that it neither names nor makes worse', () => {
    const rig = idle();
    rig.write('heater.zone1.setpoint', 100);
    accepted(load(rig, recipe({ zone2: { setpointC: 200 } }, { main: { speedRpm: 300 } })));
    assert.equal(rig.sample('heater.zone1.setpoint').value, 100);
  });

  it('is refused when the minimum goes back up over a setpoint that only the recipe before allowed', () => {
    const rig = idle();
    accepted(load(rig, zone1({ minimumC: 120, setpointC: 140 })));
    const outcome = load(rig, recipe({}, { main: { speedRpm: 300 } }, 'other'));
    assert.deepEqual(codes(outcome), ['SETPOINT_BELOW_MINIMUM']);
    assert.equal(rig.core.zones()[0]?.minimumC, 120);
  });
});

/** The core that follows, with what this one left in its file. */
function restarted(rig: Rig, declaration = factory): Rig {
  const retained = JSON.parse(JSON.stringify(rig.core.retained())) as ReturnType<Rig['core']['retained']>;
  return idle({ retained, declaration });
}

describe('a loaded recipe over a restart', () => {
  it('is in force again, with its name, settings, limits and gains', () => {
    const rig = idle();
    accepted(load(rig, pet));
    const next = restarted(rig);
    assert.deepEqual(settingsAndLimits(next), settingsAndLimits(rig));
    assert.equal(next.last.status.recipeModified, false);
    assert.deepEqual(next.outcomes, []);
    accepted(load(next, recipe({}, {}, 'none')));
    assert.deepEqual(
      next.core.zones().map(({ gains, gainsFrom }) => [gains, gainsFrom]),
      factory.zones.map(({ pid: { kp, ki, kd } }) => [{ kp, ki, kd }, 'configuration']),
    );
  });

  it('stays modified when it was', () => {
    const rig = idle();
    accepted(load(rig, pet));
    rig.write('heater.zone1.setpoint', 245);
    assert.equal(restarted(rig).last.status.recipeModified, true);
  });

  it('is dropped when today’s configuration would refuse it: its limits go back, and the audit hears why', () => {
    const rig = idle();
    accepted(load(rig, pet));
    const [first, ...others] = factory.drives;
    assert.ok(first);
    const narrower = { ...factory, drives: [{ ...first, maximumRpm: 950 }, ...others] };
    const next = restarted(rig, narrower);
    assert.deepEqual([next.last.status.recipe, next.last.status.recipeVersion], [null, null]);
    assert.deepEqual(
      next.core.zones().map(({ minimumC, gainsFrom }) => [minimumC, gainsFrom]),
      [
        [170, 'configuration'],
        [170, 'configuration'],
      ],
    );
    assert.equal(next.core.drives()[0]?.maximumRpm, 950);
    const [told, ...more] = next.outcomes;
    assert.deepEqual(more, []);
    assert.deepEqual(
      [told?.command.action, told?.command.principal.name, told?.command.origin],
      [{ name: 'loadRecipe', recipe: pet }, 'system', 'system'],
    );
    assert.deepEqual(told && codes(told.outcome), ['OUT_OF_RANGE']);
    assert.equal(next.core.retained().recipe, null);
    assert.deepEqual(restarted(next, narrower).outcomes, [], 'told once');
  });

  it('gives way to the tuned gains that it had taken the place of, when it is dropped or another is loaded', () => {
    const rig = idle();
    accepted(load(rig, pet));
    const tuned = { kp: 7, ki: 0.2, kd: 30 };
    const kept = { ...rig.core.retained(), recipe: { recipe: pet, gains: { zone1: tuned } } };
    const next = idle({ retained: kept });
    assert.deepEqual(next.core.zones()[0]?.gains, pet.zones['zone1']?.gains);
    assert.deepEqual(next.core.zones()[0]?.ownGains, tuned);
    assert.deepEqual(next.core.retained().recipe, kept.recipe);
    accepted(load(next, recipe({ zone1: { setpointC: 250 } }, {}, 'PA')));
    assert.deepEqual([next.core.zones()[0]?.gains, next.core.zones()[0]?.gainsFrom], [tuned, 'tuning']);
    const unfit = { ...kept, recipe: { ...kept.recipe, recipe: zone1({ setpointC: 300 }) } };
    const dropped = idle({ retained: unfit });
    assert.deepEqual([dropped.core.zones()[0]?.gains, dropped.core.zones()[0]?.gainsFrom], [tuned, 'tuning']);
  });

  it('leaves a zone to gains that were tuned after it was loaded', () => {
    const rig = idle();
    accepted(load(rig, pet));
    const next = idle({ retained: { ...rig.core.retained(), recipe: { recipe: pet, gains: {} } } });
    assert.equal(next.core.zones()[0]?.gainsFrom, 'configuration');
    assert.deepEqual([next.last.status.recipe, next.last.status.recipeModified], ['PET', true]);
  });

  it('was none in a state that was kept before there were recipes', () => {
    const rig = idle();
    rig.write('heater.zone1.setpoint', 200);
    const { recipe: _recipe, ...older } = rig.core.retained();
    const next = idle({ retained: older });
    assert.equal(next.last.status.recipe, null);
    assert.equal(next.sample('heater.zone1.setpoint').value, 200);
  });
});

const numbers = (low: number, high: number) =>
  fc
    .oneof(
      { weight: 8, arbitrary: fc.integer({ min: low, max: high }) },
      fc.double({ min: low * 2 - 100, max: high * 2, noNaN: true }),
      fc.constantFrom(0, Number.NaN, -1),
    )
    .map((value) => (value === 0 ? 0 : value));

const zoneRecipes: fc.Arbitrary<ZoneRecipe> = fc.record(
  {
    setpointC: numbers(180, 265),
    minimumC: numbers(100, 200),
    gains: fc.record({ kp: numbers(0, 20), ki: numbers(0, 2), kd: numbers(0, 50) }, { noNullPrototype: true }),
  },
  { requiredKeys: [], noNullPrototype: true },
);

const driveRecipes: fc.Arbitrary<DriveRecipe> = fc.record(
  { speedRpm: numbers(0, 500), maximumRpm: numbers(300, 1_500) },
  { requiredKeys: [], noNullPrototype: true },
);

const recipes: fc.Arbitrary<Recipe> = fc.record({
  name: fc.constantFrom('PET', 'PP', 'PA 6'),
  version: fc.integer({ min: 1, max: 9 }),
  zones: fc.record({ zone1: zoneRecipes, zone2: zoneRecipes }, { requiredKeys: [], noNullPrototype: true }),
  drives: fc.record({ main: driveRecipes, feed: driveRecipes }, { requiredKeys: [], noNullPrototype: true }),
});

/** Without a soak time a hot machine is READY at once. */
const quick = { ...factory, heating: { ...factory.heating, soakSeconds: 0 } };

const stages = {
  idle: () => idle(),
  ready: () => new Rig({ declaration: quick }).toReady(),
  running: () => new Rig({ declaration: quick }).toRunning(),
  manual: () => {
    const rig = idle({ temperatureC: 200 });
    rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
    return rig;
  },
  tripped: () => {
    const rig = new Rig({ declaration: quick }).toReady();
    rig.ask({ name: 'emergencyStop' });
    return rig;
  },
} as const;

const scripts = fc.record({
  stage: fc.constantFrom(...(Object.keys(stages) as (keyof typeof stages)[])),
  loads: fc.array(recipes, { minLength: 1, maxLength: 6 }),
  blind: fc.boolean(),
});

describe('laws of recipes, whatever they say and whenever they are loaded', () => {
  it('one either changes nothing and lists reasons, or leaves exactly what it says within the machine’s limits; the preview knew', () => {
    let taken = 0;
    let refused = 0;
    fc.assert(
      fc.property(scripts, ({ stage, loads, blind }) => {
        const rig = stages[stage]();
        if (blind) {
          rig.injected.set('temperature.motor', 'BadDeviceFailure');
          rig.scan();
        }
        for (const asked of loads) {
          const { changes, reasons } = previewRecipe(factory, asked, inForce(rig));
          const before = inForce(rig);
          const wasRunning = before.state === 'RUNNING';
          const told = settingsAndLimits(rig);
          const outcome = load(rig, asked);
          const after = inForce(rig);
          assert.deepEqual(reasonsOf(outcome), reasons);
          if (outcome.accepted) taken++;
          else refused++;
          if (!outcome.accepted) {
            assert.ok(reasons.length > 0);
            assert.deepEqual(settingsAndLimits(rig), told);
            continue;
          }
          const foretold = changes.map(({ path, from, to }) => ({ path, from, to }));
          assert.deepEqual(foretold, differences(before, after));
          leavesWhatItSays(asked, before, after);
          if (wasRunning) assert.deepEqual(limitsOf(after), limitsOf(before));
          for (const { id, tripAboveC, lowestMinimumC } of factory.zones) {
            const zone = after.zones.get(id) ?? assert.fail();
            assert.ok((zone.setpointC ?? 0) <= tripAboveC - factory.tuning.marginK);
            assert.ok(zone.minimumC >= lowestMinimumC && zone.minimumC <= tripAboveC - factory.tuning.marginK);
          }
          for (const { id, maximumRpm } of factory.drives) {
            const drive = after.drives.get(id) ?? assert.fail();
            assert.ok(drive.maximumRpm > 0 && drive.maximumRpm <= maximumRpm);
            assert.ok((drive.speedRpm ?? 0) <= drive.maximumRpm && (drive.speedRpm ?? 0) >= 0);
          }
        }
        rig.scan();
        for (const { command, id } of factory.drives) {
          const most = rig.core.drives().find((drive) => drive.id === id)?.maximumRpm ?? 0;
          const commanded = Number(rig.output(command));
          assert.ok(commanded <= most, `${id} turns at ${commanded} rpm, above ${most} rpm`);
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(taken > 50 && refused > 50, `${taken} were taken and ${refused} refused: the recipes say too little`);
  });
});

function limitsOf({ zones, drives }: InForce): number[] {
  return [
    ...[...zones.values()].map(({ minimumC }) => minimumC),
    ...[...drives.values()].map((each) => each.maximumRpm),
  ];
}

function leavesWhatItSays(asked: Recipe, before: InForce, after: InForce): void {
  for (const { id, minimumC, pid } of factory.zones) {
    const [named, was, is] = [asked.zones[id], before.zones.get(id), after.zones.get(id)];
    const { kp, ki, kd } = pid;
    assert.deepEqual(is && { setpointC: is.setpointC, minimumC: is.minimumC, gains: is.gains }, {
      setpointC: named?.setpointC ?? was?.setpointC,
      minimumC: named?.minimumC ?? minimumC,
      gains: named?.gains ?? { kp, ki, kd },
    });
  }
  for (const { id, maximumRpm } of factory.drives) {
    const named = asked.drives[id];
    assert.deepEqual(after.drives.get(id), {
      speedRpm: named?.speedRpm ?? before.drives.get(id)?.speedRpm,
      maximumRpm: named?.maximumRpm ?? maximumRpm,
    });
  }
}

/** What differs between two looks at the machine, said without the code that is tested. */
function differences(before: InForce, after: InForce): object[] {
  const found: { path: string; from: number | null; to: number }[] = [];
  const compare = (path: string, from: number | null | undefined, to: number | null): void => {
    if (from !== to) found.push({ path, from: from ?? null, to: to ?? Number.NaN });
  };
  for (const [id, zone] of after.zones) {
    const was = before.zones.get(id);
    compare(`zones.${id}.setpointC`, was?.setpointC, zone.setpointC);
    compare(`zones.${id}.minimumC`, was?.minimumC, zone.minimumC);
    for (const key of ['kp', 'ki', 'kd'] as const)
      compare(`zones.${id}.gains.${key}`, was?.gains[key], zone.gains[key]);
  }
  for (const [id, drive] of after.drives) {
    compare(`drives.${id}.speedRpm`, before.drives.get(id)?.speedRpm, drive.speedRpm);
    compare(`drives.${id}.maximumRpm`, before.drives.get(id)?.maximumRpm, drive.maximumRpm);
  }
  return found;
}
