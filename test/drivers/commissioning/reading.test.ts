import assert from 'node:assert/strict';
import fc from 'fast-check';
import { commission } from '../../../drivers/commissioning/commission.ts';
import { type CommandLine, UsageError } from '../../../drivers/commissioning/command-line.ts';
import { interpretationsOf } from '../../../drivers/commissioning/interpretations.ts';
import { Questioner } from '../../../drivers/commissioning/questioner.ts';
import { type Answer, readRange } from '../../../drivers/commissioning/read-registers.ts';
import { registerTables } from '../../../drivers/commissioning/tables.ts';
import { thermocouples } from '../test-field.ts';
import { ServedLine, type Transport } from './served-line.ts';

describe('what registers could mean', () => {
  it('is shown in every type and order, and the one that makes sense is marked', () => {
    const meanings = interpretationsOf([0xe979, 0x42f6]);
    assert.deepEqual(
      meanings.filter(({ type }) => type === 'float32').map(({ order, isPlausible }) => [order, isPlausible]),
      [
        ['ABCD', false],
        ['CDAB', true],
        ['BADC', false],
        ['DCBA', false],
      ],
    );
    assert.equal(meanings.length, 16);
    assert.equal(interpretationsOf([1]).length, 6);
    assert.equal(interpretationsOf([1, 2, 3, 4]).length, 12);
  });

  for (const [title, words, orders] of [
    ['a large counter', [0x0001, 0x86a0], ['ABCD', 'BADC']],
    ['a small counter, high word first', [0, 500], ['ABCD', 'BADC']],
    ['a small counter, low word first', [500, 0], ['CDAB', 'DCBA']],
    ['nothing', [0, 0], ['ABCD', 'CDAB', 'BADC', 'DCBA']],
  ] as const) {
    it(`may be ${title} where its number is not too large and its low word not empty`, () => {
      const marked = interpretationsOf(words).filter(({ type, isPlausible }) => type === 'uint32' && isPlausible);
      assert.deepEqual(
        marked.map(({ order }) => order),
        orders,
      );
    });
  }

  it('is never plausible where it is no number', () => {
    const word = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.array(word, { minLength: 4, maxLength: 4 }), (words) => {
        for (const { value, isPlausible } of [...interpretationsOf(words), ...interpretationsOf(words.slice(0, 2))]) {
          if (!Number.isFinite(Number(value))) assert.equal(isPlausible, false);
        }
      }),
    );
  });

  it('stands beside the address in all notations', () => {
    const shown = registerTables(
      'holding',
      new Map<number, Answer>([
        [0, 0x42f6],
        [1, 0xe979],
        [2, 'refused'],
      ]),
    );
    const lines = shown.split('\n');
    assert.match(lines[0] ?? '', /^PDU +5-digit +6-digit +hex/);
    assert.match(lines[1] ?? '', /^0 +40001 +400001 +42f6 +01000010 11110110 +\*17142/);
    assert.match(lines[3] ?? '', /^2 +40003 +400003 +refused$/);
    assert.match(shown, /0 +40001 +400001 +float32 +\*123\.456/);
  });

  it('shows a text where there is one', () => {
    const shown = registerTables(
      'input',
      new Map([
        [500, 0x4531],
        [501, 0x3231],
        [502, 0x3200],
      ]),
    );
    assert.match(shown, /first character of each register first: "E1212"/);
    assert.doesNotMatch(
      registerTables(
        'input',
        new Map([
          [0, 235],
          [1, 240],
        ]),
      ),
      /as text/,
    );
  });
});

for (const transport of ['tcp', 'rtu-over-tcp'] satisfies Transport[]) {
  describe(`reading for commissioning by ${transport}`, () => {
    let line: ServedLine;
    beforeEach(async () => {
      line = await ServedLine.open(transport, {
        1: { registers: { 'input 0': [235, 0x7fff, 250, 260], 'input 8': [0], 'coil 0': [1, 0] } },
      });
    });
    afterEach(async () => {
      await line.close();
    });

    /** Changes what the module holds, and says whether to read again. */
    let again: () => boolean;
    async function run(command: CommandLine): Promise<{ code: number; said: string; told: string; tables: string[] }> {
      const said: string[] = [];
      const told: string[] = [];
      const code = await commission(command, {
        profiles: () => [thermocouples],
        lineOf: () => line.declaration,
        say: (text) => said.push(text),
        tell: (text) => told.push(text),
        again: async () => again(),
      });
      return { code, said: said.join('\n'), told: told.join('\n'), tables: said };
    }
    const target = { transport: 'tcp', host: '127.0.0.1', port: 1 } as const;
    const read = { kind: 'read', target, timeoutMs: 100, unit: 1, area: 'input', address: 0, count: 4 } as const;

    it('shows what is there beside what is not', async () => {
      const questioner = new Questioner(line.declaration);
      try {
        assert.deepEqual(
          [...(await readRange(questioner, 1, 'input', 2, 4))].toSorted(([a], [b]) => a - b),
          [
            [2, 250],
            [3, 260],
            [4, 'refused'],
            [5, 'refused'],
          ],
        );
        assert.deepEqual([...(await readRange(questioner, 7, 'input', 0, 1))], [[0, 'silent']]);
        assert.equal(
          (await readRange(questioner, 1, 'input', 0, 1)).get(0),
          235,
          'another unit that is silent is no harm',
        );
      } finally {
        await questioner.close();
      }
    });

    it('gives registers, bits and channels as they would be read', async () => {
      assert.match((await run(read)).said, /30001 +300001 +00eb/);
      const bits = await run({ ...read, area: 'coil', count: 2 });
      assert.match(bits.said, /^PDU +5-digit +6-digit +coil\n0 +00001 +000001 +on\n1 +00002 +000002 +off$/);
      const channels = await run({ kind: 'channels', target, timeoutMs: 100, unit: 1, profile: 'thermocouples' });
      assert.equal(channels.code, 0);
      assert.match(channels.said, /t0 .* 23\.5 +Good/);
      assert.match(channels.said, /t1 .* – +BadSensorFailure: open circuit/);
    });

    it('reads again and shows what changed, and nothing when nothing did', async () => {
      let rounds = 0;
      again = () => {
        if (rounds === 2) line.set('input 2', 251);
        return ++rounds < 5;
      };
      const { tables } = await run({ ...read, watchMs: 1_000 });
      assert.equal(rounds, 5);
      assert.equal(tables.length, 2);
      assert.match(tables[1] ?? '', /30003 +300003 +00fb .* was 250\n/);
      assert.equal(tables[1]?.match(/was/g)?.length, 1);
      rounds = 0;
      again = () => {
        line.set('input 2', 252);
        return ++rounds < 3;
      };
      const channels = await run({
        kind: 'channels',
        target,
        timeoutMs: 100,
        unit: 1,
        profile: 'thermocouples',
        watchMs: 1,
      });
      assert.equal(channels.tables.length, 2);
      assert.match(channels.tables[1] ?? '', /t2 .* 25\.2 +Good/);
    });

    it('ends with 1 when nothing answered, and says why', async () => {
      const refused = await run({ ...read, address: 100 });
      assert.deepEqual([refused.code, refused.told], [1, 'unit 1 refuses all of it: wrong area or address?']);
      const silent = await run({ ...read, unit: 9 });
      assert.deepEqual([silent.code, silent.told], [1, 'unit 9 does not answer']);
      await line.close();
      const closed = await run(read);
      assert.equal(closed.code, 1);
      assert.match(closed.told, /127\.0\.0\.1:1 can't be opened: .*ECONNREFUSED/);
    });

    it('scans, and lists the register maps', async () => {
      const scanned = await run({ kind: 'scan', target, timeoutMs: 100, units: [1, 2, 3] });
      assert.equal(scanned.code, 0);
      assert.match(
        scanned.said,
        /^unit 1\n +answers .*\n +may be thermocouples \(Temperatures\): its whole map answers/,
      );
      const nobody = await run({ kind: 'scan', target, timeoutMs: 100, units: [8] });
      assert.equal(nobody.code, 1);
      assert.match(nobody.said, /no unit answers; check wiring/);
      assert.match(
        (await run({ kind: 'profiles' })).said,
        /thermocouples +Temperatures +not verified +made for the test/,
      );
      await assert.rejects(run({ kind: 'channels', target, timeoutMs: 100, unit: 1, profile: 'x' }), UsageError);
    });
  });
}
