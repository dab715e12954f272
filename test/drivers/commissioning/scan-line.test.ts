import assert from 'node:assert/strict';
import type { ProfileDeclaration } from '../../../drivers/declaration.ts';
import { identifyUnits, parseIdentification } from '../../../drivers/commissioning/device-identification.ts';
import { type Answers, proposeProfiles, rangesOf } from '../../../drivers/commissioning/propose.ts';
import { scanLine } from '../../../drivers/commissioning/scan-line.ts';
import type { Cell } from '../../../drivers/plan/read-plan.ts';
import { LineClosedError } from '../../../drivers/wire/errors.ts';
import { drive, heaters, thermocouples } from '../test-field.ts';
import { ServedLine, type ServedUnit, type Transport } from './served-line.ts';

const coupler: ProfileDeclaration = {
  ...heaters,
  id: 'coupler',
  title: 'Coupler',
  inputs: { w0: { area: 'input', address: 0, type: 'int16' }, w1: { area: 'input', address: 1, type: 'int16' } },
  outputs: {},
  watchdog: null,
  identity: [
    { area: 'holding', address: 0x2012, equals: 352 },
    { area: 'input', address: 500, registers: 4, contains: 'E12' },
  ],
};
const profiles = [heaters, drive, thermocouples, coupler];

function object(id: number, text: string): number[] {
  return [id, text.length, ...Buffer.from(text, 'latin1')];
}
function identification(more: boolean, next: number, ...objects: number[][]): Buffer {
  return Buffer.from([0x2b, 0x0e, 2, 0x83, more ? 0xff : 0, next, objects.length, ...objects.flat()]);
}

const units: Readonly<Record<number, ServedUnit>> = {
  // temperatures, and no function for anything but input registers
  1: { registers: { 'input 0': [235, 240, 250, 260], 'input 8': [0] }, without: ['coil', 'discrete', 'holding'] },
  // a drive that is silent where it should refuse
  4: { registers: { 'input 0': [0, 0, 0, 0], 'holding 0': [0, 0], 'holding 10': [500] }, isMute: true },
  9: {
    registers: { 'input 0': [7], 'input 500': [0x4531, 0x3231, 0x3200, 0], 'holding 8210': [352] },
    identification: {
      0: identification(true, 2, object(0, 'WAGO'), object(1, '750-352')),
      2: identification(false, 0, object(2, 'V1.0'), object(4, 'Coupler\u0007')),
    },
  },
};

for (const transport of ['tcp', 'rtu-over-tcp'] satisfies Transport[]) {
  describe(`a scan of a line by ${transport}`, () => {
    let line: ServedLine;
    beforeEach(async () => {
      line = await ServedLine.open(transport, units);
    });
    afterEach(async () => {
      await line.close();
    });

    it('finds every unit that answers, what it says of itself, and what it may be; and writes nothing', async () => {
      const heard: number[] = [];
      const found = await scanLine(line.declaration, [1, 2, 4, 9, 10], profiles, {
        answered: (unit) => heard.push(unit),
      });
      assert.deepEqual(heard, [1, 4, 9]);
      assert.deepEqual(
        found.map(({ unit }) => unit),
        [1, 4, 9],
      );
      const [temperatures, mute, wago] = found;
      assert.equal(temperatures?.identification, null);
      assert.deepEqual(temperatures?.ranges, ['input 0–3', 'input 8']);
      assert.deepEqual(
        temperatures?.proposals.map(({ profile, because }) => [profile, because]),
        [['thermocouples', 'registers']],
      );
      assert.deepEqual(
        mute?.proposals.map(({ profile, because }) => [profile, because]),
        [['drive', 'registers']],
      );
      assert.deepEqual(wago?.identification, {
        vendorName: 'WAGO',
        productCode: '750-352',
        revision: 'V1.0',
        productName: 'Coupler',
      });
      assert.deepEqual(
        wago?.proposals.map(({ profile, because, answered, missing }) => [profile, because, answered, missing.length]),
        [['coupler', 'identity', 1, 1]],
      );
      assert.deepEqual(line.writes, []);
    });

    it('finds nothing where nobody is', async () => {
      assert.deepEqual(await scanLine(line.declaration, [20, 21], profiles), []);
    });

    it('says so when the line cannot be opened', async () => {
      const { declaration } = line;
      await line.close();
      await assert.rejects(scanLine(declaration, [1], profiles), LineClosedError);
      await assert.rejects(identifyUnits(declaration, [1]), LineClosedError);
    });

    it('asks for the basic identification where the regular one is refused', async () => {
      await line.close();
      line = await ServedLine.open(transport, {
        3: { registers: {}, identification: { 0: Buffer.from([0xab, 3]) } },
        5: { registers: { 'holding 0': [1] }, identification: { 0: identification(false, 0, object(0, 'ABB')) } },
      });
      const identified = await identifyUnits(line.declaration, [3, 5]);
      assert.deepEqual([...identified], [[5, { vendorName: 'ABB' }]]);
    });
  });
}

describe('a scan of a module that is silent where it should refuse', () => {
  it('goes on for a while and tells that it did not ask everything', async () => {
    const line = await ServedLine.open('tcp', { 4: { registers: { 'holding 0': [1] }, isMute: true } });
    try {
      const many: ProfileDeclaration = {
        ...heaters,
        id: 'many',
        inputs: Object.fromEntries(
          Array.from({ length: 40 }, (_, n) => [
            `r${n}`,
            { area: 'input' as const, address: 3 * n, type: 'int16' as const },
          ]),
        ),
      };
      const [found] = await scanLine({ ...line.declaration, timeoutMs: 20 }, [4], [many]);
      assert.equal(found?.isIncomplete, true);
      assert.deepEqual(found?.proposals, []);
    } finally {
      await line.close();
    }
  });
});

function answersOf(known: Readonly<Record<string, readonly number[]>>): Answers {
  return ({ area, address }) => known[`${area} ${address}`] ?? 'refused';
}

function cell(area: 'input' | 'coil', address: number, count = 1): Cell {
  return { area, address, count };
}

describe('proposals', () => {
  it('leave out a map whose marks the module does not bear, though all of it answers', () => {
    const known = { 'input 0': [1], 'input 1': [2], 'holding 8210': [881], 'input 500': [0x4531, 0x3200, 0, 0] };
    assert.deepEqual(proposeProfiles([coupler], answersOf(known)), []);
    assert.equal(proposeProfiles([coupler], answersOf({ ...known, 'holding 8210': [352] }))[0]?.because, 'identity');
  });

  it('name the nearest map where none answers whole, and none where most is missing', () => {
    const three = { 'input 0': [1], 'input 1': [1], 'input 2': [1] };
    const [nearest, ...more] = proposeProfiles([thermocouples, drive], answersOf(three));
    assert.deepEqual([nearest?.profile, nearest?.because, nearest?.answered], ['thermocouples', 'part', 3]);
    assert.deepEqual(more, []);
    assert.deepEqual(proposeProfiles([thermocouples], answersOf({ 'input 0': [1] })), []);
  });

  it('put the larger map first where several answer whole', () => {
    const small: ProfileDeclaration = { ...thermocouples, id: 'small', inputs: {}, status: thermocouples.status };
    const known = { 'input 0': [1], 'input 1': [1], 'input 2': [1], 'input 3': [1], 'input 8': [0] };
    assert.deepEqual(
      proposeProfiles([small, thermocouples], answersOf(known)).map(({ profile }) => profile),
      ['thermocouples', 'small'],
    );
  });

  it('tell which registers answered as ranges', () => {
    assert.deepEqual(rangesOf([cell('input', 4), cell('input', 0, 2), cell('input', 2), cell('coil', 7)]), [
      'coil 7',
      'input 0–2',
      'input 4',
    ]);
  });
});

describe('a device identification', () => {
  it('is read object by object', () => {
    const parsed = parseIdentification(identification(true, 5, object(0, 'Omron'), object(2, '1.2')));
    assert.deepEqual(
      [...(parsed?.objects ?? [])],
      [
        [0, 'Omron'],
        [2, '1.2'],
      ],
    );
    assert.equal(parsed?.next, 5);
  });

  it('that contradicts itself is none', () => {
    const whole = identification(false, 0, object(0, 'Omron'));
    for (const bytes of [
      whole.subarray(0, -1),
      Buffer.concat([whole, Buffer.from([0])]),
      whole.subarray(0, 5),
      Buffer.from([0xab, 1]),
      Buffer.from([0x2b, 0x0d, 2, 0x83, 0, 0, 0]),
    ]) {
      assert.equal(parseIdentification(bytes), null, bytes.toString('hex'));
    }
  });
});
