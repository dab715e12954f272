import fc from 'fast-check';

import type { CommandAction, Principal } from '../../machine/commands/command.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { Recipe } from '../../machine/recipes/recipe.ts';
import { factoryMachine } from './factory.ts';
import { engineer, observer, operator, Rig, type Injected, type RigOptions } from './rig.ts';

/** What befalls the machine between two scans. */
type Event =
  | { readonly kind: 'inject'; readonly signal: string; readonly value: Injected }
  /** All faults are gone. */
  | { readonly kind: 'release' }
  | { readonly kind: 'silence'; readonly modules: readonly string[] }
  | { readonly kind: 'unverify'; readonly module: string }
  | { readonly kind: 'mismatch'; readonly tries: number }
  | { readonly kind: 'overrun'; readonly late: boolean }
  | { readonly kind: 'clock'; readonly stepMs: number }
  | { readonly kind: 'pause'; readonly ms: number };

/** What takes scans. */
type Course =
  | { readonly kind: 'ask'; readonly actions: readonly CommandAction[]; readonly by: Principal }
  | { readonly kind: 'pass'; readonly scans: number }
  /** A temperature goes there by steps that are no impossible jumps. */
  | { readonly kind: 'drift'; readonly signal: string; readonly toC: number }
  /** A jog that is renewed in every second scan. */
  | { readonly kind: 'jog'; readonly signal: string; readonly rpm: number; readonly scans: number }
  | { readonly kind: 'press'; readonly button: 'panel.start' | 'panel.stop' }
  /** All faults are gone, the operator clears, heats and starts. */
  | { readonly kind: 'recover' };

/** One thing that happens to the machine. */
export type Deed = Event | Course | { readonly kind: 'restart' };

/** Where a script begins. */
export type Beginning = 'cold' | 'ready' | 'running' | 'manual' | 'tripped';

export interface Script {
  readonly from: Beginning;
  readonly deeds: readonly Deed[];
}

/**
 * The factory machine with short times, so that short scripts reach what takes minutes: no soak, quick ramps and sequences,
 * and a quarter of the patience with lost values.
 */
export function quickMachine(): MachineDeclaration {
  quick ??= quickened(factoryMachine());
  return quick;
}

let quick: MachineDeclaration | null = null;

function quickened(machine: MachineDeclaration): MachineDeclaration {
  const { start, stop } = machine.sequences;
  const soon = (steps: typeof start) =>
    steps.map((step) => ({ ...step, delaySeconds: step.delaySeconds > 0 ? 0.5 : 0 }));
  return {
    ...machine,
    heating: { ...machine.heating, soakSeconds: 0, proveOffSeconds: 0.5 },
    drives: machine.drives.map((drive) => ({
      ...drive,
      rampUpRpmPerS: 2_000,
      rampDownRpmPerS: 2_000,
      followSeconds: 1.5,
      overloadSeconds: 1,
    })),
    sequences: { ...machine.sequences, start: soon(start), stop: soon(stop) },
    guards: {
      ...machine.guards,
      staleAfterSeconds: 0.5,
      staleAfterPolls: 2,
      staleTripSeconds: 1,
      startupSeconds: 1.5,
      jumpClearSeconds: 1,
      coldTripSeconds: 1,
      uncontrolledPowerSeconds: 1,
    },
    commands: { ...machine.commands, resetWaitSeconds: 0.75, confirmSeconds: 0.75, jogLeaseSeconds: 1 },
  };
}

const zoneIds = fc.constantFrom('zone1', 'zone2', 'zone9');

/** Some fit, some never could, some not now. */
const recipes: fc.Arbitrary<Recipe> = fc.record({
  name: fc.constantFrom('PE', 'PET'),
  version: fc.constant(1),
  zones: fc.dictionary(
    zoneIds,
    fc.record(
      {
        setpointC: fc.constantFrom(0, 150, 200, 230, 270),
        minimumC: fc.constantFrom(90, 140, 170, 190, 240),
        gains: fc.constantFrom({ kp: 4, ki: 0.05, kd: 20 }, { kp: -1, ki: 0, kd: 0 }),
      },
      { requiredKeys: [] },
    ),
    { maxKeys: 2 },
  ),
  drives: fc.dictionary(
    fc.constantFrom('main', 'feed'),
    fc.record(
      { speedRpm: fc.constantFrom(0, 100, 300, 1_600), maximumRpm: fc.constantFrom(200, 600, 1_500) },
      { requiredKeys: [] },
    ),
    { maxKeys: 2 },
  ),
});

const asked: fc.Arbitrary<CommandAction> = fc.oneof(
  { weight: 4, arbitrary: fc.constant({ name: 'heat', on: true } as const) },
  fc.constant({ name: 'heat', on: false } as const),
  { weight: 6, arbitrary: fc.constant({ name: 'start' } as const) },
  { weight: 2, arbitrary: fc.constant({ name: 'stop' } as const) },
  fc.constant({ name: 'emergencyStop' } as const),
  { weight: 5, arbitrary: fc.constant({ name: 'clearAlarms' } as const) },
  fc.constantFrom({ name: 'setMode', mode: 'MANUAL' } as const, { name: 'setMode', mode: 'AUTO' } as const),
  fc.record({ name: fc.constant('blockStart' as const), blocked: fc.boolean(), reason: fc.constant('hold') }),
  fc.record({ name: fc.constant('acknowledge' as const), alarm: fc.constantFrom('ESTOP', 'AI1_COMMS_LOST', 'NONE') }),
  fc.record({
    name: fc.constant('comment' as const),
    alarm: fc.constantFrom('ESTOP', 'MOTOR_WARM', 'NONE'),
    comment: fc.constantFrom('seen', ''),
  }),
  fc.record({
    name: fc.constant('shelve' as const),
    alarm: fc.constantFrom('ESTOP', 'MOTOR_WARM', 'SSR1_COMMS_LOST', 'NONE'),
    minutes: fc.constantFrom(0.05, 1, 481),
    once: fc.boolean(),
    reason: fc.constantFrom('it is known', ''),
  }),
  fc.record({ name: fc.constant('unshelve' as const), alarm: fc.constantFrom('MOTOR_WARM', 'SSR1_COMMS_LOST') }),
  fc.record({
    name: fc.constant('setInService' as const),
    alarm: fc.constantFrom('MOTOR_WARM', 'ZONE1_OVERTEMP'),
    inService: fc.boolean(),
    reason: fc.constant('a new sensor is on order'),
  }),
  fc.record({ name: fc.constant('tune' as const), zone: zoneIds, setpointC: fc.constantFrom(150, 200, 262, 300) }),
  fc.record({
    name: fc.constantFrom('abortTuning' as const, 'applyTuning' as const, 'testZone' as const),
    zone: zoneIds,
  }),
  { weight: 2, arbitrary: fc.record({ name: fc.constant('loadRecipe' as const), recipe: recipes }) },
  {
    weight: 4,
    arbitrary: fc.record({
      name: fc.constant('write' as const),
      signal: fc.constantFrom('motor.main.command', 'motor.feed.command', 'heater.zone1.output', 'heater.zone2.output'),
      value: fc.constantFrom(0, 40, 95, 100, -200, 300, 1_600),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      name: fc.constant('write' as const),
      signal: fc.constantFrom(
        'heater.zone1.setpoint',
        'motor.main.setpoint',
        'motor.feed.setpoint',
        'heater.enabled',
        'fan.on',
        'pump.on',
        'fan.nozzle',
        'light.red',
        'temperature.zone1',
        'machine.startBlockedByClient',
      ),
      value: fc.oneof(fc.constantFrom(0, 150, 185, 200, 300), fc.boolean(), fc.double({ min: -2_000, max: 2_000 })),
    }),
  },
);

const temperatures = fc.constantFrom<Injected>(
  'lost',
  'BadSensorFailure',
  'BadDeviceFailure',
  'BadConfigurationError',
  -30,
  23,
  59.9,
  160,
  164.9,
  169.9,
  170,
  195,
  205.1,
  265,
  280.1,
  400.1,
  Number.NaN,
);

const injections: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('inject' as const),
      signal: fc.constantFrom('temperature.zone1', 'temperature.zone2', 'temperature.zone2', 'temperature.motor'),
      value: temperatures,
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('inject' as const),
      signal: fc.constantFrom(
        'safety.estopClosed',
        'motor.main.running',
        'motor.feed.running',
        'motor.main.fault',
        'motor.feed.speed',
        'motor.main.current',
        'heater.power',
        'panel.start',
        'panel.stop',
        'heater.contactor',
        'pump.on',
        'temperature.feed',
        'motor.main.command',
        'heater.energy',
      ),
      value: fc.constantFrom<Injected>('lost', 'BadDeviceFailure', 'BadConfigurationError', true, false, 0, 0.3, 7, 18),
    }),
  },
);

const deeds: fc.Arbitrary<Deed> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant('ask' as const),
      actions: fc.oneof(
        { weight: 5, arbitrary: asked.map((action) => [action]) },
        { weight: 1, arbitrary: fc.array(asked, { minLength: 2, maxLength: 3 }) },
      ),
      by: fc.constantFrom(operator, engineer, engineer, engineer, observer),
    }),
  },
  { weight: 5, arbitrary: injections },
  { weight: 2, arbitrary: fc.constant({ kind: 'release' as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'recover' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('drift' as const),
      signal: fc.constantFrom('temperature.zone1', 'temperature.zone2'),
      toC: fc.constantFrom(59, 160, 164.9, 165, 169.9, 170, 196, 280, 280.1),
    }),
  },
  fc.record({
    kind: fc.constant('drift' as const),
    signal: fc.constant('temperature.motor'),
    toC: fc.constantFrom(59.9, 60, 64.9, 65),
  }),
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('jog' as const),
      signal: fc.constantFrom('motor.main.command', 'motor.feed.command'),
      rpm: fc.constantFrom(40, -200, 300),
      scans: fc.integer({ min: 2, max: 12 }),
    }),
  },
  fc.record({ kind: fc.constant('press' as const), button: fc.constantFrom('panel.start', 'panel.stop') }),
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('silence' as const),
      modules: fc.constantFrom(['ai1'], ['drive1'], ['dio1'], ['ssr1'], ['ai1', 'drive1', 'drive2'], ['dio1', 'ssr1']),
    }),
  },
  fc.constantFrom<Deed>(
    { kind: 'unverify', module: 'drive1' },
    { kind: 'mismatch', tries: 1 },
    { kind: 'mismatch', tries: 3 },
    { kind: 'overrun', late: true },
    { kind: 'overrun', late: false },
    { kind: 'clock', stepMs: -3_600_000 },
    { kind: 'clock', stepMs: 2_500 },
    { kind: 'restart' },
    { kind: 'restart' },
  ),
  fc.record({ kind: fc.constant('pause' as const), ms: fc.constantFrom(1, 250, 700, 1_500, 4_000, 30_000) }),
  { weight: 8, arbitrary: fc.record({ kind: fc.constant('pass' as const), scans: fc.integer({ min: 1, max: 9 }) }) },
);

export const scripts: fc.Arbitrary<Script> = fc.record({
  from: fc.oneof(
    { weight: 1, arbitrary: fc.constant<Beginning>('cold') },
    { weight: 3, arbitrary: fc.constant<Beginning>('ready') },
    { weight: 5, arbitrary: fc.constant<Beginning>('running') },
    { weight: 4, arbitrary: fc.constant<Beginning>('manual') },
    { weight: 1, arbitrary: fc.constant<Beginning>('tripped') },
  ),
  deeds: fc.array(deeds, { minLength: 1, maxLength: 16 }),
});

/** In the scans after the last deed every answer that is still due must come. */
const afterwards: Deed = { kind: 'pass', scans: 6 };

/** Plays a script. `watch` is called when the machine stands where the script begins, what it gives after every scan. */
export function play(script: Script, options: RigOptions, watch: (rig: Rig) => (deed: Deed) => void): Rig {
  const rig = new Rig({ declaration: quickMachine(), ...options });
  begin(rig, script.from);
  const look = watch(rig);
  for (const deed of [...script.deeds, afterwards]) {
    const scan: Scan = (...asked) => {
      rig.scan(...asked);
      look(deed);
    };
    if (deed.kind === 'restart') {
      rig.restart();
      look(deed);
    } else if (isCourse(deed)) go(rig, deed, scan);
    else {
      befall(rig, deed);
      scan();
    }
  }
  return rig;
}

function begin(rig: Rig, from: Beginning): void {
  if (from === 'cold') return;
  if (from === 'running') rig.toRunning();
  else rig.toReady();
  if (from === 'manual') rig.ask({ name: 'setMode', mode: 'MANUAL' }, engineer);
  if (from === 'tripped') rig.ask({ name: 'emergencyStop' });
}

type Scan = (...asked: readonly { readonly action: CommandAction; readonly by?: Principal }[]) => void;

const courses: ReadonlySet<string> = new Set([
  'ask',
  'pass',
  'drift',
  'jog',
  'press',
  'recover',
] satisfies Course['kind'][]);

function isCourse(deed: Deed): deed is Course {
  return courses.has(deed.kind);
}

function go(rig: Rig, course: Course, scan: Scan): void {
  switch (course.kind) {
    case 'ask':
      scan(...course.actions.map((action) => ({ action, by: course.by })));
      break;
    case 'pass':
      for (let scans = 0; scans < course.scans; scans++) scan();
      break;
    case 'drift':
      drift(rig, course, scan);
      break;
    case 'jog':
      for (let scans = 0; scans < course.scans; scans++) {
        const action = { name: 'write', signal: course.signal, value: course.rpm } as const;
        scan(...(scans % 2 === 0 ? [{ action, by: engineer }] : []));
      }
      break;
    case 'press':
      rig.injected.set(course.button, true);
      scan();
      rig.injected.delete(course.button);
      scan();
      break;
    case 'recover':
      recover(rig, scan);
      break;
  }
}

function befall(rig: Rig, event: Event): void {
  switch (event.kind) {
    case 'inject':
      rig.injected.set(event.signal, event.value);
      break;
    case 'release':
      release(rig);
      break;
    case 'silence':
      for (const module of event.modules) rig.silent.add(module);
      break;
    case 'unverify':
      rig.unverified.add(event.module);
      break;
    case 'mismatch':
      rig.mismatches = [{ signal: 'pump.on', commanded: true, readBack: false, tries: event.tries }];
      break;
    case 'overrun':
      rig.overrun = event.late;
      break;
    case 'clock':
      rig.clockStepMs += event.stepMs;
      break;
    case 'pause':
      rig.pause(event.ms);
      break;
  }
}

function release(rig: Rig): void {
  rig.injected.clear();
  rig.silent.clear();
  rig.unverified.clear();
  rig.mismatches = [];
  rig.overrun = false;
}

/** Just below what counts as an impossible jump, in K. */
const driftK = 29;

function drift(rig: Rig, { signal, toC }: Extract<Deed, { kind: 'drift' }>, scan: Scan): void {
  let atC = Number(rig.sample(`${signal}.raw`).value);
  for (let steps = 0; atC !== toC && steps < 12; steps++) {
    atC += Math.max(-driftK, Math.min(driftK, toC - atC));
    rig.injected.set(signal, atC);
    scan();
  }
  scan();
}

function recover(rig: Rig, scan: Scan): void {
  release(rig);
  for (let scans = 0; scans < 6; scans++) scan();
  scan({ action: { name: 'clearAlarms' } });
  scan();
  scan({ action: { name: 'setMode', mode: 'AUTO' } }, { action: { name: 'heat', on: true } });
  scan();
  scan({ action: { name: 'start' } });
}
