import assert from 'node:assert/strict';

import fc from 'fast-check';

import { drop, set, tellsExactly } from './cases.ts';
import { editorSchema } from '../../config/schema/editor.ts';
import { pathText } from '../../config/fault.ts';
import { factoryDocument, factoryValue, faultsAfter, faultsOf, type Path } from './factory.ts';

describe('a fault of the file', () => {
  tellsExactly([
    ['a misspelt key', [set(['modules', 'ai1', 'untit'], 1)], 'modules.ai1.untit', /is not known, did you mean unit\?/],
    [
      'a key that fits nowhere',
      [set(['guards', 'colour'], 'red')],
      'guards.colour',
      /is not known; possible here: staleAfterSeconds/,
    ],
    ['a misspelt section', [set(['hypercar'], {})], 'hypercar', /is no known section, did you mean hypercare\?/],
    [
      'a missing number',
      [drop(['motor', 'tripAtC'])],
      'motor.tripAtC',
      /is missing; expected: temperature at which it trips, 0…300 °C/,
    ],
    [
      'a number that is too large',
      [set(['machine', 'scanPeriodMs'], 9000)],
      'machine.scanPeriodMs',
      /is 9000, above the largest value 5000; expected: time from one scan .* 50…5000 ms/,
    ],
    [
      'a number that is too small',
      [set(['machine', 'scanPeriodMs'], 20)],
      'machine.scanPeriodMs',
      /is 20, below the smallest value 50/,
    ],
    [
      'a poll period that is too short',
      [set(['modules', 'dio1', 'pollPeriodMs'], 10)],
      'modules.dio1.pollPeriodMs',
      /50…5000 ms/,
    ],
    [
      'a text where a number belongs',
      [set(['motor', 'tripAtC'], 'hot')],
      'motor.tripAtC',
      /is "hot"; expected: temperature at which it trips/,
    ],
    [
      'a fraction where a whole number belongs',
      [set(['modules', 'ai1', 'unit'], 1.5)],
      'modules.ai1.unit',
      /is 1\.5; expected: unit address on the line, a whole number 1…247/,
    ],
    ['no value at all', [set(['motor', 'tripAtC'], null)], 'motor.tripAtC', /is empty/],
    [
      'a number where a group belongs',
      [set(['zones', 'zone1', 'pid'], 5)],
      'zones.zone1.pid',
      /is 5; expected: a group of keys: kp, ki, kd/,
    ],
    [
      'a zone without a proportional gain, which nothing would heat',
      [set(['zones', 'zone1', 'pid', 'kp'], 0)],
      'zones.zone1.pid.kp',
      /is 0, below the smallest value 0\.001/,
    ],
    [
      'an unknown word',
      [set(['sequences', 'start', 0, 'action'], 'onn')],
      'sequences.start[0].action',
      /is "onn", did you mean on; expected: what it does: on, off/,
    ],
    [
      'an unknown transport',
      [set(['lines', 'tcp0', 'transport'], 'telnet')],
      'lines.tcp0.transport',
      /is "telnet".*tcp, udp, rtu, rtu-over-tcp, ascii or ascii-over-tcp/,
    ],
    [
      'a line without a transport',
      [drop(['lines', 'tcp0', 'transport'])],
      'lines.tcp0.transport',
      /is missing; expected: a line\. transport: tcp, udp, rtu, rtu-over-tcp, ascii or ascii-over-tcp/,
    ],
    [
      'a network address on a serial line',
      [set(['lines', 'tcp0'], { title: 'Serial', transport: 'rtu', path: '/dev/ttyUSB0', port: 502 })],
      'lines.tcp0.port',
      /is not known/,
    ],
    [
      'a serial line without a port',
      [set(['lines', 'tcp0'], { title: 'Serial', transport: 'rtu' })],
      'lines.tcp0.path',
      /is missing; expected: serial port, such as \/dev\/ttyUSB0/,
    ],
    [
      'a serial format that is none',
      [set(['lines', 'rtu0', 'serial'], '115200 8X1')],
      'lines.rtu0.serial',
      /is "115200 8X1"; expected: serial format/,
    ],
    ['a span of one number', [set(['signals', 'heater.power', 'span'], [0])], 'signals.heater.power.span', /is a list/],
    [
      'a span upside down',
      [set(['signals', 'heater.energy', 'span'], [20, 0])],
      'signals.heater.energy.span',
      /low end below its high end/,
    ],
    [
      'a word within a span',
      [set(['signals', 'heater.energy', 'span'], [0, 'many'])],
      'signals.heater.energy.span[1]',
      /is "many"; expected: a number/,
    ],
    [
      'a history half declared',
      [set(['signals', 'heater.power', 'history'], { deadband: 1 })],
      'signals.heater.power.history.atLeastEverySeconds',
      /is missing/,
    ],
    [
      'a signal id in capitals',
      [set(['signals', 'Heater.Spare'], factoryValue(['signals', 'heater.energy']))],
      'signals.Heater.Spare',
      /has a name that does not fit; expected: the id of a signal/,
    ],
    [
      'a panel address that is none',
      [set(['http', 'panelAddresses'], ['panel'])],
      'http.panelAddresses[0]',
      /is "panel"; expected: an IPv4 or IPv6 address/,
    ],
  ]);

  it('is told for every wrong thing at once, schema and cross-checks together', () => {
    const faults = faultsAfter(
      set(['motor', 'tripAtC'], 'hot'),
      set(['modules', 'ai1', 'untit'], 1),
      set(['modules', 'drive2', 'unit'], 2),
      drop(['alarms', 'ESTOP', 'response']),
      set(['signals', 'heater.zone1.setpoint', 'span'], [0, 300]),
      set(['zones', 'zone2', 'setpoint'], 'heater.zone2.setpont'),
      drop(['guards', 'outputTries']),
      set(['sequences', 'start', 1, 'drive'], 'fed'),
      set(['shifts', 'timeZone'], 'Mars/Olympus'),
    );
    assert.deepEqual(faults.map(({ path }) => path).toSorted(), [
      'alarms.ESTOP.response',
      'guards.outputTries',
      'modules.ai1.untit',
      'modules.drive2.unit',
      'motor.tripAtC',
      'sequences.start[1].drive',
      'shifts.timeZone',
      'signals.heater.zone1.setpoint.span',
      'zones.zone2.setpoint',
    ]);
  });

  it('is told for a document that is no machine at all', () => {
    for (const document of [null, undefined, 5, 'machine', [], true]) {
      const faults = faultsOf(document);
      assert.equal(faults.length, 1, JSON.stringify(faults));
      assert.match(faults[0]?.message ?? '', /has no sections/);
    }
    assert.deepEqual(
      faultsOf({}).map(({ path }) => path),
      [
        'machine',
        'heating',
        'motor',
        'safety',
        'panel',
        'auxiliaries',
        'sequences',
        'guards',
        'lines',
        'modules',
        'signals',
        'zones',
        'drives',
        'sensors',
        'alarms',
      ],
    );
  });

  it('does not follow anchors that refer to themselves', () => {
    const document = factoryDocument();
    const loop: Record<string, unknown> = { title: 'Loop' };
    loop['source'] = loop;
    document['signals'] = loop;
    assert.ok(faultsOf(document).length > 0);
  });
});

/** Every group, list and leaf of the factory file. */
const places = placesOf(factoryDocument(), []);
const leaves = places.filter(({ value }) => typeof value !== 'object');

interface Place {
  readonly path: Path;
  readonly value: unknown;
}

function placesOf(value: unknown, path: Path): Place[] {
  if (typeof value !== 'object' || value === null) return [{ path, value }];
  const inner = Object.entries(value).map(([key, item]): Place[] => {
    return placesOf(item, [...path, Array.isArray(value) ? Number(key) : key]);
  });
  return [{ path, value }, ...inner.flat()];
}

/** Values of another type than the given one. */
function wrongFor(value: unknown): unknown[] {
  const wrong = [{}, [], { on: true }, ['x']];
  if (typeof value === 'string') return [...wrong, 7.5, true, null];
  if (typeof value === 'number') return [...wrong, 'x', true];
  return [...wrong, 7.5, 'x'];
}

/** One place of each kind is enough for a sweep: zone1 stands for every zone. */
function ofEachKind(all: readonly Place[]): Place[] {
  const kinds = new Map<string, Place>();
  for (const place of all) {
    const [section, , ...rest] = place.path;
    const named = ['lines', 'modules', 'zones', 'drives', 'sensors', 'alarms'].includes(String(section));
    const kind = named ? [section, '*', ...rest] : place.path.map((part) => (typeof part === 'number' ? '#' : part));
    if (section !== 'signals') kinds.set(kind.join('/'), place);
  }
  return [...kinds.values()];
}

describe('the whole check', () => {
  it('names every leaf that is of a wrong type, whatever stands there, and never throws', () => {
    fc.assert(
      fc.property(
        fc
          .constantFrom(...leaves)
          .chain((leaf) => fc.tuple(fc.constant(leaf), fc.constantFrom(...wrongFor(leaf.value)))),
        ([{ path }, wrong]) => {
          const faults = faultsAfter(set(path, wrong));
          for (const { message } of faults) assert.doesNotMatch(message, /undefined|null$|\[object/);
          const told = faults.map((fault) => fault.path);
          assert.ok(
            told.some(
              (place) =>
                place === pathText(path) ||
                place.startsWith(`${pathText(path)}.`) ||
                place.startsWith(`${pathText(path)}[`),
            ),
            `${pathText(path)} as ${JSON.stringify(wrong)} gave ${JSON.stringify(told)}`,
          );
        },
      ),
      { numRuns: 100 },
    );
  }).timeout(60_000);

  it('names every key that is required and missing', () => {
    // without its transport nobody can say what else a line lacks; that one has a case of its own
    const required = ofEachKind(places).filter(({ path }) => isRequired(path) && path.at(-1) !== 'transport');
    assert.ok(required.length > 100, String(required.length));
    // many at a time, of one depth so that none lies within another
    for (const depth of new Set(required.map(({ path }) => path.length))) {
      const missing = required.filter(({ path }) => path.length === depth).map(({ path }) => path);
      for (let first = 0; first < missing.length; first += 15) {
        const some = missing.slice(first, first + 15);
        const told = faultsAfter(...some.map(drop)).map((fault) => fault.path);
        for (const path of some) assert.ok(told.includes(pathText(path)), `${pathText(path)} missing was not told`);
      }
    }
  }).timeout(60_000);

  it('never throws, whatever is left out', () => {
    fc.assert(
      fc.property(
        fc.subarray(
          places.filter(({ path }) => path.length > 0),
          { minLength: 1, maxLength: 12 },
        ),
        (left) => {
          // from the back, so that indices of lists stay what they were
          const changes = left.toReversed().map(({ path }) => drop(path));
          assert.ok(Array.isArray(faultsAfter(...changes)));
        },
      ),
      { numRuns: 50 },
    );
  }).timeout(60_000);
});

type Schema = Readonly<Record<string, unknown>>;

const schema = editorSchema();

/** Whether the schema that editors check by wants the key; where there are several kinds, whether the first of them does. */
function isRequired(path: Path): boolean {
  const last = path.at(-1);
  if (typeof last !== 'string' || path.length === 0) return false;
  let group: Schema | undefined = schema;
  for (const part of path.slice(0, -1)) group = group && inner(group, part);
  const kind = group && oneKind(group);
  return (kind?.['required'] as string[] | undefined)?.includes(last) ?? false;
}

function inner(schema: Schema, part: string | number): Schema | undefined {
  const kind = oneKind(schema);
  if (typeof part === 'number') return (kind['items'] as Schema | undefined) ?? undefined;
  const properties = kind['properties'] as Record<string, Schema> | undefined;
  return properties?.[part] ?? (kind['additionalProperties'] as Schema | undefined);
}

function oneKind(schema: Schema): Schema {
  const kinds = (schema['anyOf'] ?? schema['oneOf']) as Schema[] | undefined;
  return kinds?.find((kind) => kind['type'] === 'object') ?? schema;
}
