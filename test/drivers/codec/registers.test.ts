import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { parse } from 'yaml';
import { ValueOutOfRangeError } from '../../../drivers/codec/errors.ts';
import {
  decodeExactly,
  decodeRegisters,
  encodeRegisters,
  registerRange,
  wordsOf,
} from '../../../drivers/codec/registers.ts';
import type { RegisterType, WordOrder } from '../../../drivers/declaration.ts';

const types = Object.keys(registerRange) as RegisterType[];
const orders: WordOrder[] = ['ABCD', 'CDAB', 'BADC', 'DCBA'];

type Golden = Readonly<Record<WordOrder, string>> & { readonly type: RegisterType; readonly value: string };
const golden = parse(readFileSync(path.join(import.meta.dirname, 'golden-registers.yaml'), 'utf8')) as Golden[];

/** The value as the codec gives it: a bigint for 64-bit integers, the nearest float for float32. */
function exactly({ type, value }: Golden): number | bigint {
  if (type === 'int64' || type === 'uint64') return BigInt(value);
  return type === 'float32' ? Math.fround(Number(value)) : Number(value);
}

function bytes(words: readonly number[]): number[] {
  return words.flatMap((each) => [each >>> 8, each & 0xff]).toSorted((a, b) => a - b);
}

function wordsIn(text: string): number[] {
  return text.split(' ').map((word) => Number.parseInt(word, 16));
}

const word = fc.integer({ min: 0, max: 0xffff });
const anyType = fc.constantFrom(...types);
const anyOrder = fc.constantFrom(...orders);

describe('register codecs', () => {
  it('have golden vectors for every type', () => {
    assert.deepEqual(new Set(golden.map(({ type }) => type)), new Set(types));
  });

  for (const row of golden) {
    it(`carry ${row.value} as ${row.type} in the same words both ways, in all four orders`, () => {
      const value = exactly(row);
      for (const order of orders) {
        assert.equal(decodeExactly(wordsIn(row[order]), row.type, order), value, order);
        assert.deepEqual(encodeRegisters(value, row.type, order), wordsIn(row[order]), order);
      }
    });
  }

  it('give back every value that a type can hold, in every order', () => {
    for (const type of types) {
      const { min, max } = registerRange[type];
      const values =
        type === 'float32'
          ? fc.float({ noNaN: true, noDefaultInfinity: true })
          : type === 'float64'
            ? fc.double({ noNaN: true, noDefaultInfinity: true })
            : fc.maxSafeInteger().filter((value) => value >= min && value <= max);
      const small = fc.integer({ min: Math.max(min, -(2 ** 31)), max: Math.min(max, 2 ** 31 - 1) });
      fc.assert(
        fc.property(max < Number.MAX_SAFE_INTEGER ? small : values, anyOrder, (value, order) => {
          assert.equal(decodeRegisters(encodeRegisters(value, type, order), type, order), value);
        }),
      );
    }
  });

  it('give back every pattern of words that is a number, 64-bit integers beyond 2^53 included', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), anyType, anyOrder, (four, type, order) => {
        const words = four.slice(0, wordsOf(type));
        const value = decodeExactly(words, type, order);
        if (typeof value === 'bigint' || Number.isFinite(value)) {
          assert.deepEqual(encodeRegisters(value, type, order), words);
        }
      }),
    );
  });

  it('take the same bytes for the same value in every order', () => {
    fc.assert(
      fc.property(fc.tuple(word, word, word, word), anyType, anyOrder, (four, type, order) => {
        const words = four.slice(0, wordsOf(type));
        const value = decodeExactly(words, type);
        if (typeof value === 'number' && !Number.isFinite(value)) return;
        assert.deepEqual(bytes(encodeRegisters(value, type, order)), bytes(words));
      }),
    );
  });

  it('give no number for a 64-bit integer that a number does not carry exactly', () => {
    for (const [value, type, number] of [
      [2n ** 53n - 1n, 'uint64', 2 ** 53 - 1],
      [2n ** 53n, 'uint64', Number.NaN],
      [2n ** 53n + 1n, 'uint64', Number.NaN],
      [2n ** 64n - 1n, 'uint64', Number.NaN],
      [-(2n ** 53n) + 1n, 'int64', -(2 ** 53) + 1],
      [-(2n ** 53n), 'int64', Number.NaN],
    ] as const) {
      assert.equal(decodeRegisters(encodeRegisters(value, type), type), number, `${value}`);
    }
  });

  it('give no number for a BCD digit above 9', () => {
    assert.ok(Number.isNaN(decodeRegisters([0x12a4], 'bcd4')));
    assert.ok(Number.isNaN(decodeRegisters([0x1234, 0xf678], 'bcd8')));
    fc.assert(
      fc.property(word, (pattern) => {
        const digits = pattern.toString(16).padStart(4, '0');
        const value = decodeRegisters([pattern], 'bcd4');
        assert.equal(Number.isNaN(value), /[a-f]/.test(digits));
        if (!Number.isNaN(value)) assert.equal(value, Number(digits));
      }),
    );
  });

  it('refuse what a type cannot hold instead of wrapping it', () => {
    for (const [value, type] of [
      [32_768, 'int16'],
      [-32_769, 'int16'],
      [65_535.5, 'uint16'],
      [-1, 'uint16'],
      [2 ** 31, 'int32'],
      [2 ** 32, 'uint32'],
      [1e39, 'float32'],
      [Number.NaN, 'float32'],
      [Number.NaN, 'float64'],
      [Number.NEGATIVE_INFINITY, 'float64'],
      [Number.NaN, 'uint16'],
      [Number.POSITIVE_INFINITY, 'int32'],
      [2 ** 53, 'int64'],
      [2 ** 53, 'uint64'],
      [-1, 'uint64'],
      [2n ** 63n, 'int64'],
      [2n ** 64n, 'uint64'],
      [-1n, 'uint64'],
      [10_000, 'bcd4'],
      [-1, 'bcd4'],
      [100_000_000, 'bcd8'],
    ] as const) {
      assert.throws(
        () => encodeRegisters(value, type),
        (error) => error instanceof ValueOutOfRangeError && error.code === 'VALUE_OUT_OF_RANGE',
        `${value} as ${type}`,
      );
    }
  });

  it('refuse a wrong number of words', () => {
    assert.throws(() => decodeRegisters([1], 'int32'), RangeError);
    assert.throws(() => decodeRegisters([1, 2], 'int16'), RangeError);
    assert.throws(() => decodeRegisters([1, 2], 'float64'), RangeError);
  });

  it('round to the nearest count', () => {
    assert.deepEqual(encodeRegisters(99.5, 'uint16'), [100]);
    assert.deepEqual(encodeRegisters(-0.4, 'int16'), [0]);
    assert.deepEqual(encodeRegisters(-0.4, 'bcd4'), [0]);
    assert.deepEqual(encodeRegisters(1.4, 'int64'), [0, 0, 0, 1]);
  });
});
