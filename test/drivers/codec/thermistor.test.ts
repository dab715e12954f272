import assert from 'node:assert/strict';
import fc from 'fast-check';
import { judgeChannel } from '../../../drivers/codec/channel-value.ts';
import { judgeThermistor, type Thermistor } from '../../../drivers/codec/thermistor.ts';

const ntc10k: Thermistor = {
  curve: { nominalOhm: 10_000, nominalC: 25, betaK: 3_950 },
  shortAtOrBelowOhm: 50,
  openAtOrAboveOhm: 500_000,
};
const failed = (meaning: string) => ({ kind: 'failed', meaning });

/** The resistance of the B-parameter equation, written the other way round. */
function ohmAt(temperatureC: number): number {
  return 10_000 * Math.exp(3_950 * (1 / (temperatureC + 273.15) - 1 / 298.15));
}

function temperatureOf(verdict: ReturnType<typeof judgeThermistor>): number {
  assert.equal(verdict.kind, 'temperature');
  return verdict.kind === 'temperature' ? verdict.temperatureC : Number.NaN;
}

describe('a thermistor', () => {
  it('has its nominal temperature at its nominal resistance', () => {
    assert.deepEqual(judgeThermistor(10_000, ntc10k), { kind: 'temperature', temperatureC: 25 });
  });

  it('is read back from the resistance of every temperature', () => {
    fc.assert(
      fc.property(fc.double({ min: -40, max: 150, noNaN: true }), (temperatureC) => {
        assert.ok(Math.abs(temperatureOf(judgeThermistor(ohmAt(temperatureC), ntc10k)) - temperatureC) < 1e-4);
      }),
    );
  });

  it('follows the curve of Steinhart and Hart', () => {
    // YSI 44006, 10 kΩ: the maker's table says 29490 Ω at 0 °C, 10000 Ω at 25 °C and 816.8 Ω at 100 °C
    const ysi = { a: 1.032e-3, b: 2.387e-4, c: 1.58e-7 };
    for (const [ohm, temperatureC] of [
      [29_490, 0],
      [10_000, 25],
      [816.8, 100],
    ] as const) {
      const measured = temperatureOf(judgeThermistor(ohm, { ...ntc10k, curve: ysi }));
      assert.ok(Math.abs(measured - temperatureC) < 0.3, `${ohm} Ω: ${measured} °C`);
    }
  });

  for (const [thermistor, share, temperatureC] of [
    ['low', 0.5, 25],
    ['high', 0.5, 25],
    ['low', 0.25, 52],
    ['high', 0.75, 52],
  ] as const) {
    it(`on the ${thermistor} side of a divider with a share of ${share} is at ${temperatureC} °C`, () => {
      const divided = { ...ntc10k, divider: { seriesOhm: 10_000, thermistor } };
      assert.ok(Math.abs(temperatureOf(judgeThermistor(share, divided)) - temperatureC) < 0.1);
    });
  }

  it('that is shorted or broken has no temperature, in ohms and in a divider', () => {
    const low: Thermistor = { ...ntc10k, divider: { seriesOhm: 10_000, thermistor: 'low' } };
    const high: Thermistor = { ...ntc10k, divider: { seriesOhm: 10_000, thermistor: 'high' } };
    for (const [reading, thermistor, meaning] of [
      [50, ntc10k, 'short circuit'],
      [0, ntc10k, 'short circuit'],
      [500_000, ntc10k, 'open circuit'],
      [-1, ntc10k, 'no resistance'],
      [Number.NaN, ntc10k, 'no resistance'],
      [0, low, 'short circuit'],
      [1, low, 'open circuit'],
      [0, high, 'open circuit'],
      [1, high, 'short circuit'],
      [1.01, low, 'no resistance'],
    ] as const) {
      assert.deepEqual(judgeThermistor(reading, thermistor), failed(meaning), `${reading}`);
    }
  });

  it('gives a finite temperature between its limits, or fails, whatever the register holds', () => {
    const channel = {
      area: 'input',
      address: 0,
      type: 'uint16',
      rawRange: [0, 65_535],
      range: [0, 1],
      thermistor: { ...ntc10k, divider: { seriesOhm: 10_000, thermistor: 'low' } },
    } as const;
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65_535 }), (raw) => {
        const { value, quality } = judgeChannel(channel, [raw]);
        if (quality === 'Good') assert.ok(typeof value === 'number' && value > -100 && value < 300);
        else assert.equal(quality, 'BadSensorFailure');
      }),
    );
  });
});
