import assert from 'node:assert/strict';

import { drop, set } from './cases.ts';
import { configurationAfter, faultsAfter, type Change } from './factory.ts';

/** The factory machine with another kind of feed drive, which sets its own time-out. */
function feedDrive(profile: string, ...more: readonly Change[]): readonly Change[] {
  return [
    set(['modules', 'drive2', 'profile'], profile),
    drop(['modules', 'drive2', 'watchdogMs']),
    set(['signals', 'motor.feed.command', 'span'], [0, 2_000]),
    ...more,
  ];
}
const nominal = set(['modules', 'drive2', 'nominalRpm'], 1_450);

describe('the factory machine with another feed drive', () => {
  for (const [profile, changes, scale] of [
    ['abb-acs580', feedDrive('abb-acs580', nominal), 1_450 / 20_000],
    ['delta-vfd-el', feedDrive('delta-vfd-el', nominal), 1_450 / 5_000],
    ['schneider-atv320', feedDrive('schneider-atv320'), 1],
  ] as const) {
    it(`is sound with a ${profile}, which is told its speed in its own counts`, () => {
      const { field, machine } = configurationAfter(...changes);
      const command = field.modules.find(({ id }) => id === 'drive2')?.profile.outputs['command'];
      assert.ok(command?.kind === 'drive-command');
      assert.equal(command.reference.scale, scale);
      const signals = ['speed', 'current', 'running', 'fault'].map((each) => machine.signals.get(`motor.feed.${each}`));
      assert.deepEqual(
        signals.map((signal) => signal?.type),
        ['Double', 'Double', 'Boolean', 'UInt16'],
      );
    });
  }

  for (const [title, changes, at, says] of [
    [
      'a drive of which nobody said the nominal speed',
      feedDrive('abb-acs580'),
      'modules.drive2.nominalRpm',
      /is missing; a module of the kind abb-acs580 counts speed in shares.*as on its plate/,
    ],
    [
      'a nominal speed that says nothing',
      [set(['modules', 'drive2', 'nominalRpm'], 1_450)],
      'modules.drive2.nominalRpm',
      /is 1450 rpm, but a module of the kind drive does not ask for it; remove it/,
    ],
    [
      'a nominal speed that no motor has',
      feedDrive('abb-acs580', set(['modules', 'drive2', 'nominalRpm'], 0)),
      'modules.drive2.nominalRpm',
      /is 0, below the smallest value 1/,
    ],
    [
      'a speed that its reference cannot hold',
      feedDrive('abb-acs580', nominal, set(['signals', 'motor.feed.command', 'span'], [0, 3_000])),
      'signals.motor.feed.command.span',
      /is 0…3000, but the speed reference holds -2375\.\d+…2375\.\d+; narrow it/,
    ],
    [
      'a speed backward of a drive that only runs forward',
      feedDrive('schneider-atv320', set(['signals', 'motor.feed.command', 'span'], [-100, 1_000])),
      'signals.motor.feed.command.span',
      /is -100…1000, but the speed reference holds 0…65535; narrow it/,
    ],
    [
      'a watchdog time that the module cannot count',
      [
        set(['modules', 'extra'], {
          title: 'Coupler',
          profile: 'wago-750-352',
          line: 'tcp0',
          unit: 9,
          watchdogMs: 1_250,
        }),
      ],
      'modules.extra.watchdogMs',
      /is 1250 ms, but a module of the kind wago-750-352 counts in steps of 100 ms; take 1200 ms/,
    ],
  ] as const) {
    it(`tells of ${title}`, () => {
      const faults = faultsAfter(...changes);
      assert.deepEqual(
        faults.map(({ path }) => path),
        [at],
        JSON.stringify(faults),
      );
      assert.match(faults[0]?.message ?? '', says);
    });
  }
});
