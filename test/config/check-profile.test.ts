import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { buildProfile } from '../../config/build/field.ts';
import { faultList } from '../../config/fault.ts';
import { factoryModulesDir, readProfiles } from '../../config/profiles.ts';
import type { Profile } from '../../config/schema/profile.ts';

const head = 'id: probe\ntitle: Probe\nmanual: none\nverified: false\n';

/** A register map of these lines, and what is wrong with it. */
function read(lines: string): { profile: Profile | null; faults: { path: string; message: string }[] } {
  const folder = mkdtempSync(path.join(tmpdir(), 'tve-profile-'));
  try {
    writeFileSync(path.join(folder, 'probe.yaml'), head + lines);
    const faults = faultList(() => undefined);
    const profile = readProfiles(['probe'], [folder], faults).get('probe') ?? null;
    return { profile, faults: faults.all().map((fault) => ({ path: fault.path, message: fault.message })) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const input = (rest: string) => `inputs:\n  a: { area: input, ${rest} }\n`;
const output = (...channels: string[]) => `outputs:\n${channels.map((each, n) => `  o${n}: ${each}\n`).join('')}`;

const faulty: readonly (readonly [title: string, lines: string, at: string, says: RegExp])[] = [
  [
    'an address that could be two',
    'inputs:\n  a: { area: holding, address: 40001, type: int16 }\n',
    'inputs.a.address',
    /is 40001, which is ambiguous; declare addresses: zero-based \(address 40001 on the wire\) or modicon-5 \(holding register 0\)/,
  ],
  [
    'an address of another area',
    'addresses: modicon-5\ninputs:\n  a: { area: input, address: 40001, type: int16 }\n',
    'inputs.a.address',
    /is 40001, in modicon-5 a holding register, where an input register is wanted; the first input register is 30001/,
  ],
  ['an address beyond the last', input('address: 65536, type: int16'), 'inputs.a.address', /go from 0 to 65535/],
  [
    'a notation that nobody knows',
    'addresses: modicon\n' + input('address: 1, type: int16'),
    'addresses',
    /is "modicon", did you mean.*expected: how this file writes addresses: zero-based, one-based, modicon-5, modicon-6/,
  ],
  [
    'a value that is a bit and some bits',
    input('address: 0, bit: 1, bits: [2, 3]'),
    'inputs.a',
    /more than one of type, bit and bits/,
  ],
  [
    'a scale on a bit',
    input('address: 0, bit: 1, scale: 0.1'),
    'inputs.a',
    /is a bit, so it can have none of scale, offset/,
  ],
  [
    'an order on some bits',
    input('address: 0, bits: [2, 3], order: BADC'),
    'inputs.a',
    /only a value of a type has one/,
  ],
  [
    'a status register without its bit',
    `${input('address: 0, type: int16')}status: [{ area: input, address: 8, meaning: x, quality: BadDeviceFailure, channels: [a] }]\n`,
    'status[0]',
    /needs the bit of its register/,
  ],
  ['bits the wrong way round', input('address: 0, bits: [7, 4]'), 'inputs.a.bits', /write the lower bit first/],
  [
    'half a straight line',
    input('address: 0, type: uint16, rawRange: [4000, 20000]'),
    'inputs.a',
    /give scale and offset, or both rawRange and range/,
  ],
  [
    'a line and a scale',
    input('address: 0, type: uint16, rawRange: [0, 10], range: [0, 1], scale: 2'),
    'inputs.a',
    /scaled in two ways/,
  ],
  [
    'a range of one point',
    input('address: 0, type: uint16, rawRange: [5, 5], range: [0, 1]'),
    'inputs.a.rawRange',
    /two ends that are the same/,
  ],
  [
    'a thermistor without a curve',
    input('address: 0, type: uint16, thermistor: { shortAtOrBelowOhm: 1, openAtOrAboveOhm: 2 }'),
    'inputs.a.thermistor',
    /no curve, or two/,
  ],
  [
    'a thermistor between whose limits nothing lies',
    input(
      'address: 0, type: uint16, thermistor: { nominalOhm: 10, betaK: 3950, shortAtOrBelowOhm: 2, openAtOrAboveOhm: 1 }',
    ),
    'inputs.a.thermistor',
    /no room between/,
  ],
  [
    'a code that is a good value',
    input('address: 0, type: uint16, sentinels: [{ raw: 1, quality: Good, meaning: fine }]'),
    'inputs.a.sentinels[0].quality',
    /is "Good".*expected: quality that the value takes/,
  ],
  [
    'a code that the type never reads',
    input('address: 0, type: int16, sentinels: [{ raw: 32768, quality: BadSensorFailure, meaning: open }]'),
    'inputs.a.sentinels[0].raw',
    /is 32768, but int16 reads -32768…32767, so it would never be found; .*bit pattern as a quoted text such as "0x8000"/,
  ],
  [
    'a code that some bits never read',
    input('address: 0, bits: [0, 3], sentinels: [{ raw: 16, quality: BadSensorFailure, meaning: open }]'),
    'inputs.a.sentinels[0].raw',
    /is 16, but bits 0…3 reads 0…15/,
  ],
  [
    'a bit pattern that is longer than the value',
    input("address: 0, type: int16, sentinels: [{ raw: '0x12348000', quality: BadSensorFailure, meaning: open }]"),
    'inputs.a.sentinels[0].raw',
    /is "0x12348000", but int16 has 16 bits; write a pattern up to "0xFFFF"/,
  ],
  [
    'a bit pattern that is longer than the field',
    input("address: 0, bits: [4, 6], sentinels: [{ raw: '0x8', quality: BadSensorFailure, meaning: open }]"),
    'inputs.a.sentinels[0].raw',
    /is "0x8", but bits 4…6 has 3 bits; write a pattern up to "0x7"/,
  ],
  [
    'a code with a fraction in whole numbers',
    input('address: 0, type: uint16, sentinels: [{ raw: 0.5, quality: BadSensorFailure, meaning: open }]'),
    'inputs.a.sentinels[0].raw',
    /is 0\.5, which is no value that uint16 can read/,
  ],
  [
    'a code that no float of 32 bits is',
    input('address: 0, type: float32, sentinels: [{ raw: -999.9, quality: BadSensorFailure, meaning: open }]'),
    'inputs.a.sentinels[0].raw',
    /is -999\.9, which is no value that float32 can read/,
  ],
  [
    'limits of a sound sensor the wrong way round',
    input('address: 0, type: uint16, failure: { atOrBelow: 21000, atOrAbove: 3600 }'),
    'inputs.a.failure',
    /calls every value failed: atOrBelow is 21000, not below atOrAbove \(3600\); exchange them/,
  ],
  [
    'an input that ends beyond the last register',
    `addresses: zero-based\n${input('address: 65535, type: float64')}`,
    'inputs.a.address',
    /is 65535 on the wire, but float64 takes 4 registers, which would end at 65538; .*begin at 65532 or below/,
  ],
  [
    'an output that ends beyond the last register',
    `addresses: zero-based\n${output('{ kind: register, address: 65535, type: int32 }')}`,
    'outputs.o0.address',
    /int32 takes 2 registers, which would end at 65536; .*begin at 65534 or below/,
  ],
  [
    'a speed reference that ends beyond the last register',
    `addresses: zero-based\n${output(
      '{ kind: drive-command, control: 0, words: { stop: 1, forward: 2 }, reference: { address: 65535, type: int32, scale: 1 } }',
    )}`,
    'outputs.o0.reference.address',
    /int32 takes 2 registers, which would end at 65536/,
  ],
  [
    'a text that ends beyond the last register',
    'addresses: zero-based\nidentity: [{ area: input, address: 65530, registers: 10, contains: x }]\n',
    'identity[0].address',
    /text takes 10 registers, which would end at 65539/,
  ],
  [
    'a state of a drive that its mask hides',
    output(
      '{ kind: drive-command, control: 0, words: { stop: 1, forward: 2 }, reference: { address: 1, type: int16, scale: 1 }, ' +
        'start: { area: holding, address: 3, mask: 0x006F, steps: [{ word: 1, until: 0x21 }, { word: 1, until: 0x0231 }] } }',
    ),
    'outputs.o0.start.steps[1].until',
    /is 0x0231, but of the bits that count \(0x006F\) it can't have 0x0210, so the drive would never start; widen mask/,
  ],
  [
    'a state of a watchdog that its mask hides',
    'watchdog: { address: 1, minimumMs: 1, maximumMs: 2, status: { area: input, address: 2, mask: 1, active: 2 } }\n',
    'watchdog.status.active',
    /is 0x0002, but of the bits that count \(0x0001\) it can't have 0x0002, so the watchdog would never be proven/,
  ],
  [
    'a coil with leading zeros, which YAML reads as another',
    output('{ kind: coil, address: 00001 }'),
    'outputs.o0.address',
    /is 00001, whose leading zeros look like Modicon notation; declare addresses: modicon-5 or modicon-6, or write 1/,
  ],
  [
    'two outputs in one register',
    output('{ kind: register, address: 0, type: uint32 }', '{ kind: register, address: 1, type: uint16 }'),
    'outputs.o1',
    /bits of holding register 1 that o0 decides already/,
  ],
  [
    'two fields that overlap',
    output('{ kind: bit-field, address: 0, bits: [0, 3] }', '{ kind: bit-field, address: 0, bits: [3, 5] }'),
    'outputs.o1',
    /bits of holding register 0 that o0 decides already/,
  ],
  [
    'two outputs on one coil',
    output('{ kind: coil, address: 7 }', '{ kind: coil, address: 7 }'),
    'outputs.o1',
    /decides coil 7 that o0 decides already; give each coil one channel/,
  ],
  ...(
    [
      ['the time of the watchdog', 'register, address: 9, type: uint16', 'address: 9'],
      ['the safe state of the watchdog', 'bit-field, address: 9, bits: [0, 3]', 'address: 1, safeStateAddress: 9'],
      ['what enables the watchdog', 'coil, address: 9', 'address: 1, enable: { coil: 9, value: 1 }'],
      [
        'what prepares the watchdog',
        'drive-bit, control: 9, bit: 2',
        'address: 1, prepare: [{ register: 9, value: 1 }]',
      ],
      [
        'what feeds the watchdog',
        'register, address: 8, type: float32',
        'address: 1, feed: { register: 9, values: [1] }',
      ],
    ] as const
  ).map(
    ([what, kind, watchdog]) =>
      [
        `an output that is ${what} as well`,
        `${output(`{ kind: ${kind} }`)}watchdog: { ${watchdog}, minimumMs: 1, maximumMs: 2 }\n`,
        'outputs.o0',
        /(coil|holding register) 9 that the watchdog writes already; give each (coil|bit) one channel/,
      ] as const,
  ),
  [
    'a drive that stops and runs by one word',
    output(
      '{ kind: drive-command, control: 0, words: { stop: 1, forward: 1 }, reference: { address: 1, type: int16, scale: 1 } }',
    ),
    'outputs.o0.words',
    /stops and runs by the same word/,
  ],
  [
    'a reference without a scale',
    output(
      '{ kind: drive-command, control: 0, words: { stop: 1, forward: 2 }, reference: { address: 1, type: int16 } }',
    ),
    'outputs.o0.reference',
    /either scale, in rpm per count, or nominalCounts/,
  ],
];

describe('the check of a register map', () => {
  for (const [title, lines, at, says] of faulty) {
    it(`tells of ${title}`, () => {
      const { profile, faults } = read(lines);
      assert.equal(profile, null);
      assert.deepEqual(
        faults.map((fault) => fault.path),
        [at],
        JSON.stringify(faults),
      );
      assert.match(faults[0]?.message ?? '', says);
    });
  }

  it('knows every address by its place on the wire, whatever the notation', () => {
    for (const [notation, holding, inputRegister, coil, discrete] of [
      ['zero-based', '488', '0', '260', '128'],
      ['one-based', '489', '1', '261', '129'],
      ['modicon-5', '40489', '30001', '"00261"', '10129'],
      ['modicon-6', '400489', '300001', '000261', '100129'],
    ] as const) {
      const { profile, faults } = read(
        `addresses: ${notation}
inputs:
  control: { area: input, address: ${inputRegister}, type: int16 }
  alarm: { area: discrete, address: ${discrete} }
outputs:
  coil: { kind: coil, address: ${coil} }
  level: { kind: register, address: ${holding}, type: uint16 }
status: [{ area: holding, address: ${holding}, bit: 0, meaning: bad, quality: BadDeviceFailure, channels: [control] }]
`,
      );
      const watched = read(
        `addresses: ${notation}
watchdog:
  { address: ${holding}, minimumMs: 1, maximumMs: 2, enable: { coil: ${coil}, value: 1 }, feed: { register: ${holding}, values: [1] } }
`,
      );
      assert.deepEqual([...faults, ...watched.faults], [], notation);
      assert.ok(profile !== null && watched.profile !== null);
      const { inputs, outputs, status } = buildProfile(profile);
      const { watchdog } = buildProfile(watched.profile);
      assert.deepEqual(
        [
          inputs['control']?.address,
          inputs['alarm']?.address,
          outputs['coil']?.kind === 'coil' && outputs['coil'].address,
          outputs['level']?.kind === 'register' && outputs['level'].address,
          status[0]?.address,
          watchdog?.address,
          watchdog?.enable,
          watchdog?.feed,
        ],
        [
          0,
          128,
          260,
          488,
          488,
          488,
          { area: 'coil', address: 260, value: 1 },
          { area: 'holding', address: 488, values: [1] },
        ],
        notation,
      );
    }
  });

  it('lets the last registers, the ends of a type and a bit pattern be what they are', () => {
    const codes = [-32768, 32767, '"0x8000"'].map((raw) => `{ raw: ${raw}, quality: BadSensorFailure, meaning: x }`);
    const lines = `addresses: zero-based
inputs:
  a: { area: input, address: 65535, type: int16, sentinels: [${codes.join(', ')}] }
  b: { area: input, address: 65532, type: float64, failure: { atOrBelow: 1, atOrAbove: 2 } }
  c: { area: coil, address: 65535 }
  d: { area: input, address: 0, bits: [0, 3], sentinels: [{ raw: 15, quality: BadSensorFailure, meaning: x }] }
`;
    assert.deepEqual(read(lines).faults, []);
  });

  it('takes leading zeros where a notation says what they mean', () => {
    const { profile, faults } = read(`addresses: modicon-5\n${output('{ kind: coil, address: 00001 }')}`);
    assert.deepEqual(faults, []);
    assert.deepEqual(profile?.outputs['o0'], { kind: 'coil', address: 0 });
  });

  it('lets bits of one register be several outputs', () => {
    const { faults } = read(
      output(
        '{ kind: drive-speed, control: 0, speed: 1, runBit: 0, reverseBit: 1 }',
        '{ kind: drive-bit, control: 0, bit: 7 }',
        '{ kind: bit-field, address: 0, bits: [8, 11] }',
      ),
    );
    assert.deepEqual(faults, []);
  });

  it('lets a coil and a register have the same address', () => {
    const { faults } = read(output('{ kind: coil, address: 0 }', '{ kind: register, address: 0, type: uint16 }'));
    assert.deepEqual(faults, []);
  });

  it('lets what prepares a watchdog be what enables it', () => {
    const watchdog = 'address: 1, prepare: [{ coil: 2, value: 0 }], enable: { coil: 2, value: 1 }';
    assert.deepEqual(read(`watchdog: { ${watchdog}, minimumMs: 1, maximumMs: 2 }\n`).faults, []);
  });

  it('turns shares of the nominal speed into rpm', () => {
    const { profile } = read(
      'inputs:\n  speed: { area: holding, address: 3, type: int16, nominalCounts: 20000 }\n' +
        output(
          '{ kind: drive-command, control: 0, words: { stop: 1, forward: 2 }, reference: { address: 1, type: int16, nominalCounts: 20000 } }',
        ),
    );
    assert.ok(profile !== null);
    const { inputs, outputs } = buildProfile(profile, 0, 1_450);
    assert.equal(inputs['speed']?.scale, 0.0725);
    assert.equal('nominalCounts' in (inputs['speed'] ?? {}), false);
    const command = outputs['o0'];
    assert.ok(command?.kind === 'drive-command');
    assert.deepEqual(command.reference, { address: 1, type: 'int16', scale: 0.0725 });
  });
});

describe('the examples of config/modules/README.md', () => {
  const readme = readFileSync(path.join(factoryModulesDir, 'README.md'), 'utf8');
  const examples = [...readme.matchAll(/^```yaml\n(.*?)^```/gms)].map((match) => match[1] ?? '');

  it('are all there', () => assert.equal(examples.length, 7));

  for (const [index, example] of examples.entries()) {
    it(`are sound: number ${index + 1}`, () => {
      const { profile, faults } = read(example);
      assert.deepEqual(faults, []);
      assert.ok(profile !== null);
      buildProfile(profile, 0, 1_450);
    });
  }

  it('name every map that is there', () => {
    const maps = readdirSync(factoryModulesDir).filter((file) => file.endsWith('.yaml'));
    for (const file of maps) assert.ok(readme.includes(`\`${path.basename(file, '.yaml')}\``), file);
  });
});
