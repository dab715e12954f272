import assert from 'node:assert/strict';
import fc from 'fast-check';
import { bitOf, fieldOf, withBit, withField } from '../../../drivers/codec/bits.ts';
import { ValueOutOfRangeError } from '../../../drivers/codec/errors.ts';
import { decodeText, encodeText } from '../../../drivers/codec/text.ts';

const word = fc.integer({ min: 0, max: 0xffff });
const bit = fc.integer({ min: 0, max: 15 });

describe('bits of a register', () => {
  it('are read and set one by one without touching the others', () => {
    fc.assert(
      fc.property(word, bit, fc.boolean(), (before, at, set) => {
        const changed = withBit(before, at, set);
        assert.equal(bitOf(changed, at), set);
        assert.equal((changed ^ before) & ~(1 << at), 0);
        assert.ok(changed >= 0 && changed <= 0xffff);
      }),
    );
  });

  it('are read and written as a field without touching the others', () => {
    fc.assert(
      fc.property(word, fc.tuple(bit, bit), word, (before, [a, b], written) => {
        const range = [Math.min(a, b), Math.max(a, b)] as const;
        const value = written % 2 ** (range[1] - range[0] + 1);
        const changed = withField(before, range, value);
        assert.equal(fieldOf(changed, range), value);
        for (let at = 0; at < 16; at++) {
          if (at < range[0] || at > range[1]) assert.equal(bitOf(changed, at), bitOf(before, at));
        }
        assert.ok(changed >= 0 && changed <= 0xffff);
      }),
    );
  });

  it('make a field that refuses what it is too narrow for', () => {
    assert.equal(withField(0xff0f, [4, 7], 15), 0xffff);
    for (const value of [16, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => withField(0, [4, 7], value), ValueOutOfRangeError, `${value}`);
    }
    assert.equal(withField(0, [0, 15], 65_535), 65_535);
  });
});

describe('text in registers', () => {
  it('is read with either character first, up to its end', () => {
    assert.equal(decodeText([0x4532, 0x3132]), 'E212');
    assert.equal(decodeText([0x3245, 0x3231], 'BADC'), 'E212');
    assert.equal(decodeText([0x4532, 0x3100, 0xffff]), 'E21');
    assert.equal(decodeText([0x4520, 0x2020]), 'E');
    assert.equal(decodeText([0, 0]), '');
  });

  it('is none where a character cannot be printed', () => {
    assert.equal(decodeText([0x4501]), null);
    assert.equal(decodeText([0xc3a4]), null);
  });

  it('comes back as it was written', () => {
    const text = fc.string({ unit: 'binary-ascii', maxLength: 8 }).filter((each) => /^[\x20-\x7e]*$/.test(each));
    fc.assert(
      fc.property(text, fc.constantFrom('ABCD', 'BADC'), (each, order) => {
        assert.equal(decodeText(encodeText(each, 4, order), order), each.trimEnd());
      }),
    );
  });

  it('is refused when it is too long or cannot be printed', () => {
    for (const text of ['12345', 'ä', 'a\n']) assert.throws(() => encodeText(text, 2), ValueOutOfRangeError, text);
  });
});
