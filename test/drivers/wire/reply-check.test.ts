import assert from 'node:assert/strict';
import fc from 'fast-check';
import { identificationOf, isIdentification, readIdentification } from '../../../drivers/wire/identification.ts';
import { contradictionOf } from '../../../drivers/wire/reply-check.ts';
import { withCrc } from '../../../drivers/wire/rtu-frames.ts';

const frame = (hex: string) => withCrc(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

describe('a reply to a request', () => {
  const cases: readonly [what: string, request: string, reply: string, contradiction: RegExp | null][] = [
    ['two registers', '01 03 0000 0002', '01 03 04 0001 0002', null],
    ['nine coils in two bytes', '01 01 0000 0009', '01 01 02 ff01', null],
    ['eight inputs in one byte', '01 02 0000 0008', '01 02 01 ff', null],
    ['an exception', '01 03 0000 0002', '01 83 02', null],
    ['a coil', '01 05 0002 ff00', '01 05 0002 ff00', null],
    ['a register', '01 06 0002 1234', '01 06 0002 1234', null],
    ['coils', '01 0f 0002 0002 01 03', '01 0f 0002 0002', null],
    ['registers', '01 10 0002 0001 02 1234', '01 10 0002 0001', null],
    ['masks', '01 16 0002 00f2 0025', '01 16 0002 00f2 0025', null],
    ['registers after a write', '01 17 0000 0001 0010 0001 02 0000', '01 17 02 1234', null],
    ['an identification', '01 2b 0e 01 00', '01 2b 0e 01 81 00 00 01 00 02 4142', null],
    ['another unit', '01 03 0000 0001', '02 03 02 0001', /^reply of unit 2$/],
    ['another function', '01 03 0000 0001', '01 04 02 0001', /^reply to function 4$/],
    ['the exception of another function', '01 03 0000 0001', '01 84 02', /^reply to function 4$/],
    ['an exception with a byte too many', '01 03 0000 0001', '01 83 02 00', /^exception of 4 bytes$/],
    ['a register too few', '01 03 0000 0002', '01 03 02 0001', /^2 bytes, said to be 2, for 4$/],
    ['a register too many', '01 03 0000 0002', '01 03 06 0001 0002 0003', /^6 bytes, said to be 6, for 4$/],
    ['a byte count that is too small', '01 03 0000 0002', '01 03 02 0001 0002', /^4 bytes, said to be 2, for 4$/],
    ['a byte count that is too large', '01 03 0000 0002', '01 03 04 0001', /^2 bytes, said to be 4, for 4$/],
    ['a byte of inputs too many', '01 02 0000 0008', '01 02 02 ff00', /for 1$/],
    ['the echo of another address', '01 06 0002 1234', '01 06 0003 1234', /does not repeat/],
    ['the echo of another value', '01 06 0002 1234', '01 06 0002 1235', /does not repeat/],
    ['an echo cut short', '01 06 0002 1234', '01 06 0002 12', /does not repeat/],
    ['an echo with a byte too many', '01 06 0002 1234', '01 06 0002 1234 00', /does not repeat/],
    ['an echo with all that was written', '01 10 0002 0001 02 1234', '01 10 0002 0001 02 1234', /does not repeat/],
    ['the echo of fewer registers', '01 10 0002 0002 04 1234 5678', '01 10 0002 0001', /does not repeat/],
    ['the echo of another OR mask', '01 16 0002 00f2 0025', '01 16 0002 00f2 0024', /does not repeat/],
    ['masks cut short', '01 16 0002 00f2 0025', '01 16 0002 00f2', /does not repeat/],
    ['too few after a write', '01 17 0000 0002 0010 0001 02 0000', '01 17 02 1234', /for 4$/],
    ['an identification cut short', '01 2b 0e 01 00', '01 2b 0e 01 81 00 00 01 00 03 4142', /contradicts itself/],
    ['another thing of function 43', '01 2b 0e 01 00', '01 2b 0d 01 81 00 00 01 00 02 4142', /contradicts itself/],
  ];
  for (const [what, request, reply, contradiction] of cases)
    it(`${contradiction === null ? 'is' : 'is not'} ${what}: ${reply}`, () => {
      const found = contradictionOf(frame(request), frame(reply), 0, frame(reply).length - 2);
      if (contradiction === null) assert.equal(found, null);
      else assert.match(found ?? 'nothing', contradiction);
    });
});

/** Level, conformity, more follows, next object, number of objects, and the objects. */
function part(objects: readonly [number, string][], next: number | null = null): number[] {
  const texts = objects.flatMap(([object, text]) => [object, text.length, ...Buffer.from(text, 'latin1')]);
  return [1, 0x81, next === null ? 0 : 0xff, next ?? 0, objects.length, ...texts];
}

describe('an identification', () => {
  it('is read as it was said, whatever the texts', () => {
    const texts = fc.dictionary(
      fc.nat(255).map(String),
      fc.string({ unit: fc.nat(255).map((code) => String.fromCodePoint(code)), maxLength: 30 }),
      { maxKeys: 5 },
    );
    fc.assert(
      fc.property(texts, (said) => {
        const objects = Object.entries(said).map(([object, text]): [number, string] => [Number(object), text]);
        const values = part(objects);
        assert.ok(isIdentification(Uint8Array.from([1, 43, 14, ...values])));
        assert.deepEqual(identificationOf(values), { conformity: 0x81, objects: new Map(objects), next: null });
      }),
    );
  });

  it('is asked for until nothing more follows', async () => {
    const asked: number[] = [];
    const { objects } = await readIdentification(async ({ object, level }) => {
      assert.equal(level, 3);
      asked.push(object);
      return { values: object < 4 ? part([[object, `text ${object}`]], object + 2) : part([[object, 'end']]) };
    }, 3);
    assert.deepEqual(asked, [0, 2, 4]);
    assert.deepEqual(
      [...objects],
      [
        [0, 'text 0'],
        [2, 'text 2'],
        [4, 'end'],
      ],
    );
  });

  const endless: readonly [what: string, next: (object: number) => number][] = [
    ['goes back', () => 0],
    ['stands still', (object) => object],
    ['always has more', (object) => object + 1],
  ];
  for (const [what, next] of endless)
    it(`of a device that ${what} comes to an end`, async () => {
      let asked = 0;
      await readIdentification(async ({ object }) => {
        asked++;
        return { values: part([[object, 'x']], next(object)) };
      });
      assert.ok(asked <= 16, `${asked} requests`);
    });
});
