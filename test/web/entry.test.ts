import assert from 'node:assert/strict';
import fc from 'fast-check';
import { isLarge, judgeEntry, parseNumber, pressKey } from '../../web/src/setting/entry.ts';

const press = (keys: readonly string[]): string => keys.reduce(pressKey, '');

describe('a number that an operator enters', () => {
  it('is read with comma or point and either minus, and nothing else', () => {
    for (const [text, value] of [
      ['200', 200],
      [' 200.5 ', 200.5],
      ['200,5', 200.5],
      ['−20', -20],
      ['-.5', -0.5],
      ['2e3', null],
      ['0x10', null],
      ['1,000.5', null],
      ['Infinity', null],
      ['', null],
      ['.', null],
    ] as const) {
      assert.equal(parseNumber(text), value, text);
    }
  });

  it('is valid only within the limits, ends included', () => {
    assert.deepEqual(judgeEntry('265', 200, [0, 265]), { is: 'valid', value: 265 });
    assert.deepEqual(judgeEntry('265.1', 200, [0, 265]), { is: 'outOfLimits' });
    assert.deepEqual(judgeEntry('200', 200, [0, 265]), { is: 'unchanged' });
    assert.deepEqual(judgeEntry('', 200, [0, 265]), { is: 'empty' });
  });

  it('never leaves the limits, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const entry = judgeEntry(text, null, [0, 265]);
        assert.ok(entry.is !== 'valid' || (entry.value >= 0 && entry.value <= 265));
      }),
    );
  });

  it('is a large step beyond 10 K, and always where the present setting is not known', () => {
    assert.equal(isLarge(210, 200, '°C'), false);
    assert.equal(isLarge(210.1, 200, '°C'), true);
    assert.equal(isLarge(10, null, '°C'), true);
    assert.equal(isLarge(1_000, 0, 'rpm'), false);
  });

  it('is typed with the keys of the pad', () => {
    assert.equal(press(['2', '0', '5']), '205');
    assert.equal(press(['.', '5', '.']), '0.5');
    assert.equal(press(['2', 'sign', '0']), '-20');
    assert.equal(press(['2', 'sign', 'sign', 'erase']), '');
  });
});
