import assert from 'node:assert/strict';
import fc from 'fast-check';
import { engineeringOf, rawOf } from '../../../drivers/codec/scaling.ts';

describe('scaling', () => {
  it('shows tenths of a degree as an operator would write them', () => {
    assert.equal(engineeringOf(1935, { scale: 0.1 }), 193.5);
    assert.equal(engineeringOf(-3, { scale: 0.1 }), -0.3);
    assert.equal(engineeringOf(4096, { scale: 0.001, offset: -4 }), 0.096);
  });

  it('knows no negative zero', () => {
    assert.equal(engineeringOf(0, { scale: -0.1 }), 0);
    assert.equal(engineeringOf(-20, { scale: 1e-20, offset: 0 }), -2e-19);
    assert.equal(engineeringOf(20, { scale: 0.1, offset: -2 }), 0);
  });

  it('finds the counts of an engineering value again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -32_768, max: 32_767 }),
        fc.constantFrom(1, 0.1, 0.01, 0.001, 10),
        fc.constantFrom(0, -20, 273.15),
        (raw, scale, offset) => {
          assert.equal(Math.round(rawOf(engineeringOf(raw, { scale, offset }), { scale, offset })), raw);
        },
      ),
    );
  });

  it('keeps every digit of a large counter', () => {
    assert.equal(engineeringOf(1_234_567_890_123, { scale: 0.001 }), 1_234_567_890.123);
    assert.equal(rawOf(1_234_567_890.123, { scale: 0.001 }), 1_234_567_890_123);
    assert.equal(rawOf(9_007_199_254_740_991, {}), 9_007_199_254_740_991);
    assert.equal(rawOf(0.123_456_789_012_345_6, {}), 0.123_456_789_012_345_6);
  });

  for (const [raw, value] of [
    [4_000, 0],
    [20_000, 100],
    [12_000, 50],
    [3_800, -1.25],
    [20_500, 103.125],
  ] as const) {
    it(`puts ${raw} µA of a 4–20 mA loop at ${value} %, on the line and beyond its ends`, () => {
      const loop = { rawRange: [4_000, 20_000], range: [0, 100] } as const;
      assert.equal(engineeringOf(raw, loop), value);
      assert.equal(rawOf(value, loop), raw);
    });
  }

  it('goes down where the range does, and back again', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), (raw) => {
        const falling = { rawRange: [0, 65_535], range: [1_370, 0] } as const;
        const value = engineeringOf(raw, falling);
        assert.equal(Math.round(rawOf(value, falling)), raw);
        assert.equal(value <= 1_370 && value >= 0, true);
      }),
    );
  });
});
