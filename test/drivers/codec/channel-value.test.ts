import assert from 'node:assert/strict';
import fc from 'fast-check';
import { encodeOutput, decodeOutput, judgeChannel } from '../../../drivers/codec/channel-value.ts';
import { ValueOutOfRangeError } from '../../../drivers/codec/errors.ts';
import { encodeRegisters } from '../../../drivers/codec/registers.ts';
import type { InputChannel } from '../../../drivers/declaration.ts';

const at = { area: 'input', address: 0 } as const;
const codes: InputChannel['sentinels'] = [
  { raw: 32_767, quality: 'BadSensorFailure', meaning: 'open circuit' },
  { raw: '0x8000', quality: 'BadDeviceFailure', meaning: 'cold junction' },
];
const loop: InputChannel = {
  ...at,
  type: 'uint16',
  rawRange: [4_000, 20_000],
  range: [0, 100],
  failure: { atOrBelow: 3_600, atOrAbove: 21_000 },
};

type Case = readonly [
  title: string,
  channel: InputChannel,
  words: readonly number[],
  value: number | boolean | null,
  quality: string,
];

const cases: readonly Case[] = [
  ['a discrete input', { area: 'discrete', address: 0 }, [1], true, 'Good'],
  ['one bit', { ...at, bit: 3 }, [0x0008], true, 'Good'],
  ['some bits as a number', { ...at, bits: [4, 7] }, [0x12a4], 10, 'Good'],
  ['some bits with a scale', { ...at, bits: [0, 3], scale: 0.5 }, [0xfff3], 1.5, 'Good'],
  [
    'a code in some bits',
    { ...at, bits: [0, 3], sentinels: [{ raw: 15, quality: 'BadDeviceFailure', meaning: 'unknown' }] },
    [0xabcf],
    null,
    'BadDeviceFailure',
  ],
  ['a measurement', { ...at, type: 'int16', scale: 0.1, sentinels: codes }, [1935], 193.5, 'Good'],
  ['a code as a number', { ...at, type: 'int16', scale: 0.1, sentinels: codes }, [0x7fff], null, 'BadSensorFailure'],
  ['a code as a pattern', { ...at, type: 'int16', scale: 0.1, sentinels: codes }, [0x8000], null, 'BadDeviceFailure'],
  [
    'a pattern in another byte order',
    { ...at, type: 'int16', order: 'BADC', sentinels: codes },
    [0x0080],
    null,
    'BadDeviceFailure',
  ],
  [
    'all ones of a 64-bit counter',
    { ...at, type: 'uint64', sentinels: [{ raw: '0xFFFFFFFFFFFFFFFF', quality: 'BadDeviceFailure', meaning: 'none' }] },
    [0xffff, 0xffff, 0xffff, 0xffff],
    null,
    'BadDeviceFailure',
  ],
  ['a float', { ...at, type: 'float32' }, [0x42f6, 0xe979], Math.fround(123.456), 'Good'],
  ['NaN', { ...at, type: 'float32' }, [0x7fc0, 0], null, 'BadSensorFailure'],
  ['infinity', { ...at, type: 'float32' }, [0xff80, 0], null, 'BadSensorFailure'],
  ['NaN of 64 bits', { ...at, type: 'float64' }, [0x7ff8, 0, 0, 0], null, 'BadSensorFailure'],
  [
    'a float too large for its scale',
    { ...at, type: 'float64', scale: 1e10 },
    [0x7fe0, 0, 0, 0],
    null,
    'BadSensorFailure',
  ],
  ['four digits', { ...at, type: 'bcd4', scale: 0.1 }, [0x1234], 123.4, 'Good'],
  ['a digit that is none', { ...at, type: 'bcd4' }, [0x12a4], null, 'BadSensorFailure'],
  ['a counter within 2^53', { ...at, type: 'uint64' }, [0x1f, 0xffff, 0xffff, 0xffff], 2 ** 53 - 1, 'Good'],
  ['a counter beyond 2^53', { ...at, type: 'uint64' }, [0x20, 0, 0, 1], null, 'BadConfigurationError'],
  [
    'a scaled counter beyond 2^53, which is a measurement and rounded as one',
    { ...at, type: 'uint64', scale: 1e-6 },
    encodeRegisters(12_345_678_901_234_567_890n, 'uint64'),
    12_345_678_901_234.6,
    'Good',
  ],
  ['a loop in the middle', loop, [12_000], 50, 'Good'],
  ['a loop below its zero that still measures', loop, [3_601], -2.49375, 'Good'],
  ['a loop of 3.6 mA', loop, [3_600], null, 'BadSensorFailure'],
  ['a broken loop', loop, [0], null, 'BadSensorFailure'],
  ['a loop above its end that still measures', loop, [20_999], 106.24375, 'Good'],
  ['a loop of 21 mA', loop, [21_000], null, 'BadSensorFailure'],
];

describe('the value of a channel', () => {
  for (const [title, channel, words, value, quality] of cases) {
    it(`of ${title} is ${value === null ? quality : value}`, () => {
      const judged = judgeChannel(channel, words);
      assert.deepEqual({ value: judged.value, quality: judged.quality }, { value, quality });
    });
  }

  it('is Good with a finite number or a bit, or nothing with a reason, whatever the module sends', () => {
    const word = fc.integer({ min: 0, max: 0xffff });
    const types = ['int16', 'uint16', 'bcd4', 'int32', 'float32', 'bcd8', 'int64', 'uint64', 'float64'] as const;
    const counts = { int16: 1, uint16: 1, bcd4: 1, int32: 2, float32: 2, bcd8: 2, int64: 4, uint64: 4, float64: 4 };
    fc.assert(
      fc.property(fc.constantFrom(...types), fc.tuple(word, word, word, word), (type, words) => {
        const judged = judgeChannel({ ...at, type, sentinels: codes }, words.slice(0, counts[type]));
        if (judged.quality === 'Good') assert.ok(Number.isFinite(judged.value));
        else assert.ok(judged.value === null && judged.meaning.length > 0);
      }),
    );
  });
});

describe('the words of a register output', () => {
  const percent = { kind: 'register', address: 0, type: 'uint16', rawRange: [4_000, 20_000], range: [0, 100] } as const;

  it('are those that it reads back as', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 100, noNaN: true }), (value) => {
        const readBack = decodeOutput(encodeOutput(value, percent), percent);
        assert.ok(readBack !== null && Math.abs(readBack - value) <= 100 / 16_000 / 2 + 1e-12, `${readBack}`);
      }),
    );
  });

  it('are refused outside its range, even where the register could hold them', () => {
    for (const value of [-0.1, 100.1, Number.NaN]) {
      assert.throws(() => encodeOutput(value, percent), ValueOutOfRangeError, `${value}`);
    }
  });

  it('are no number where the register holds none', () => {
    assert.equal(decodeOutput([0x7fc0, 0], { kind: 'register', address: 0, type: 'float32' }), null);
    assert.equal(decodeOutput([0x20, 0, 0, 0], { kind: 'register', address: 0, type: 'uint64' }), null);
    assert.equal(decodeOutput([0x000a], { kind: 'register', address: 0, type: 'bcd4' }), null);
  });
});
