import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  bitOf,
  decodeRegisters,
  encodeRegisters,
  registerRange,
  ValueOutOfRangeError,
  withBit,
} from '../../../drivers/codec/registers.ts';
import { engineeringOf, rawOf } from '../../../drivers/codec/scaling.ts';
import type { RegisterType, WordOrder } from '../../../drivers/declaration.ts';

type Golden = [value: number, type: RegisterType, order: WordOrder, words: number[]];

const golden: Golden[] = [
  [Math.fround(123.456), 'float32', 'ABCD', [0x42f6, 0xe979]],
  [Math.fround(123.456), 'float32', 'CDAB', [0xe979, 0x42f6]],
  [Math.fround(123.456), 'float32', 'BADC', [0xf642, 0x79e9]],
  [Math.fround(123.456), 'float32', 'DCBA', [0x79e9, 0xf642]],
  [0x01020304, 'int32', 'ABCD', [0x0102, 0x0304]],
  [0x01020304, 'int32', 'CDAB', [0x0304, 0x0102]],
  [0x01020304, 'int32', 'BADC', [0x0201, 0x0403]],
  [0x01020304, 'int32', 'DCBA', [0x0403, 0x0201]],
  [-2, 'int32', 'ABCD', [0xffff, 0xfffe]],
  [-2, 'int32', 'CDAB', [0xfffe, 0xffff]],
  [-2, 'int32', 'BADC', [0xffff, 0xfeff]],
  [-2, 'int32', 'DCBA', [0xfeff, 0xffff]],
  [0xdeadbeef, 'uint32', 'ABCD', [0xdead, 0xbeef]],
  [0xdeadbeef, 'uint32', 'CDAB', [0xbeef, 0xdead]],
  [0xdeadbeef, 'uint32', 'BADC', [0xadde, 0xefbe]],
  [0xdeadbeef, 'uint32', 'DCBA', [0xefbe, 0xadde]],
  [-32768, 'int16', 'ABCD', [0x8000]],
  [-32768, 'int16', 'CDAB', [0x8000]],
  [-32768, 'int16', 'BADC', [0x0080]],
  [-32768, 'int16', 'DCBA', [0x0080]],
  [0x1234, 'uint16', 'ABCD', [0x1234]],
  [0x1234, 'uint16', 'CDAB', [0x1234]],
  [0x1234, 'uint16', 'BADC', [0x3412]],
  [0x1234, 'uint16', 'DCBA', [0x3412]],
];

const types: RegisterType[] = ['int16', 'uint16', 'int32', 'uint32', 'float32'];
const orders: WordOrder[] = ['ABCD', 'CDAB', 'BADC', 'DCBA'];

describe('register codecs', () => {
  for (const [value, type, order, words] of golden) {
    it(`carries ${value} as ${type} ${order} in the same words both ways`, () => {
      assert.equal(decodeRegisters(words, type, order), value);
      assert.deepEqual(encodeRegisters(value, type, order), words);
    });
  }

  it('gives back every value that a type can hold, in every order', () => {
    for (const type of types) {
      const { min, max } = registerRange[type];
      const values =
        type === 'float32'
          ? fc.float({ noNaN: true, noDefaultInfinity: true })
          : fc.integer({ min: Math.max(min, -(2 ** 31)), max });
      fc.assert(
        fc.property(values, fc.constantFrom(...orders), (value, order) => {
          assert.equal(decodeRegisters(encodeRegisters(value, type, order), type, order), value);
        }),
      );
    }
  });

  it('gives back every pattern of words that is a number', () => {
    const word = fc.integer({ min: 0, max: 0xffff });
    fc.assert(
      fc.property(fc.tuple(word, word), fc.constantFrom(...types), fc.constantFrom(...orders), (pair, type, order) => {
        const words = type === 'int16' || type === 'uint16' ? pair.slice(0, 1) : pair;
        const value = decodeRegisters(words, type, order);
        if (Number.isFinite(value)) assert.deepEqual(encodeRegisters(value, type, order), words);
      }),
    );
  });

  it('refuses what a type cannot hold instead of wrapping it', () => {
    for (const [value, type] of [
      [32768, 'int16'],
      [-32769, 'int16'],
      [65535.5, 'uint16'],
      [-1, 'uint16'],
      [2 ** 31, 'int32'],
      [2 ** 32, 'uint32'],
      [1e39, 'float32'],
      [Number.NaN, 'float32'],
      [Number.NaN, 'uint16'],
      [Number.POSITIVE_INFINITY, 'int32'],
    ] as const) {
      assert.throws(() => encodeRegisters(value, type), ValueOutOfRangeError, `${value} as ${type}`);
    }
  });

  it('refuses a wrong number of words', () => {
    assert.throws(() => decodeRegisters([1], 'int32'), RangeError);
    assert.throws(() => decodeRegisters([1, 2], 'int16'), RangeError);
  });

  it('rounds to the nearest count', () => {
    assert.deepEqual(encodeRegisters(99.5, 'uint16'), [100]);
    assert.deepEqual(encodeRegisters(-0.4, 'int16'), [0]);
  });

  it('reads and sets one bit without touching the others', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 0xffff }),
        fc.integer({ min: 0, max: 15 }),
        fc.boolean(),
        (word, bit, set) => {
          const changed = withBit(word, bit, set);
          assert.equal(bitOf(changed, bit), set);
          assert.equal((changed ^ word) & ~(1 << bit), 0);
          assert.ok(changed >= 0 && changed <= 0xffff);
        },
      ),
    );
  });
});

describe('scaling', () => {
  it('shows tenths of a degree as an operator would write them', () => {
    assert.equal(engineeringOf(1935, { scale: 0.1 }), 193.5);
    assert.equal(engineeringOf(-3, { scale: 0.1 }), -0.3);
    assert.equal(engineeringOf(4096, { scale: 0.001, offset: -4 }), 0.096);
  });

  it('finds the counts of an engineering value again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -32768, max: 32767 }),
        fc.constantFrom(1, 0.1, 0.01, 0.001, 10),
        fc.constantFrom(0, -20, 273.15),
        (raw, scale, offset) => {
          assert.equal(Math.round(rawOf(engineeringOf(raw, { scale, offset }), { scale, offset })), raw);
        },
      ),
    );
  });
});
