import assert from 'node:assert/strict';
import fc from 'fast-check';
import { type AddressNotation, notationsOf, pduAddress } from '../../../drivers/codec/address-notation.ts';
import type { ReadArea } from '../../../drivers/declaration.ts';

type Sound = readonly [written: number | string, area: ReadArea, notation: AddressNotation | null, address: number];
type Faulty = readonly [written: number | string, area: ReadArea, notation: AddressNotation | null, says: RegExp];

const sound: readonly Sound[] = [
  [0, 'holding', null, 0],
  [8501, 'holding', null, 8501],
  [40_000, 'holding', null, 40_000],
  [50_000, 'holding', null, 50_000],
  [40_001, 'holding', 'zero-based', 40_001],
  [65_535, 'input', 'zero-based', 65_535],
  [1, 'holding', 'one-based', 0],
  [65_536, 'holding', 'one-based', 65_535],
  [40_001, 'holding', 'modicon-5', 0],
  [49_999, 'holding', 'modicon-5', 9_998],
  [30_001, 'input', 'modicon-5', 0],
  [10_001, 'discrete', 'modicon-5', 0],
  ['00001', 'coil', 'modicon-5', 0],
  [261, 'coil', 'modicon-5', 260],
  ['40489', 'holding', 'modicon-5', 488],
  [400_001, 'holding', 'modicon-6', 0],
  [465_536, 'holding', 'modicon-6', 65_535],
  [300_513, 'input', 'modicon-6', 512],
  ['000001', 'coil', 'modicon-6', 0],
  [100_001, 'discrete', 'modicon-6', 0],
];

const faulty: readonly Faulty[] = [
  [
    40_001,
    'holding',
    null,
    /ambiguous; declare addresses: zero-based \(address 40001.*modicon-5 \(holding register 0\)/,
  ],
  [30_001, 'input', null, /modicon-5 \(input register 0\)/],
  [10_001, 'discrete', null, /modicon-5 \(discrete input 0\)/],
  [400_001, 'holding', null, /declare addresses: modicon-6 \(holding register 0\)/],
  ['00001', 'coil', null, /declare addresses: modicon-5 \(coil 0\)/],
  [70_000, 'holding', null, /go from 0 to 65535/],
  [500_000, 'holding', null, /go from 0 to 65535/],
  [65_536, 'holding', 'zero-based', /go from 0 to 65535/],
  ['40001', 'holding', 'zero-based', /is the text "40001"; write 40001 without quotes/],
  [0, 'holding', 'one-based', /go from 1 to 65536/],
  [40_000, 'holding', 'modicon-5', /the first holding register is 40001/],
  [0, 'holding', 'modicon-5', /in modicon-5 a coil, where a holding register is wanted/],
  [
    40_001,
    'input',
    'modicon-5',
    /a holding register, where an input register is wanted; the first input register is 30001/,
  ],
  [400_001, 'holding', 'modicon-5', /no address in modicon-5.*the first holding register is 40001/],
  [40_001, 'holding', 'modicon-6', /a coil, where a holding register is wanted; the first holding register is 400001/],
  [465_537, 'holding', 'modicon-6', /no address in modicon-6/],
  ['0001', 'coil', 'modicon-5', /of 4 digits.*the first coil is 00001/],
  ['0x10', 'holding', 'modicon-5', /write digits only/],
  [1.5, 'holding', 'zero-based', /a whole number from 0/],
  [-1, 'holding', null, /a whole number from 0/],
];

describe('the notation of addresses', () => {
  for (const [written, area, notation, address] of sound) {
    it(`has ${written} of a ${area} in ${notation ?? 'no declared notation'} at ${address}`, () => {
      assert.deepEqual(pduAddress(written, area, notation), { ok: true, address });
    });
  }

  for (const [written, area, notation, says] of faulty) {
    it(`refuses ${JSON.stringify(written)} of a ${area} in ${notation ?? 'no declared notation'}`, () => {
      const verdict = pduAddress(written, area, notation);
      assert.equal(verdict.ok, false);
      assert.match(verdict.ok ? '' : verdict.fault, says);
    });
  }

  it('shows every address so that it is found again', () => {
    const areas = fc.constantFrom<ReadArea>('coil', 'discrete', 'input', 'holding');
    fc.assert(
      fc.property(areas, fc.integer({ min: 0, max: 65_535 }), (area, address) => {
        const { pdu, modicon5, modicon6 } = notationsOf(area, address);
        const expected = { ok: true, address };
        assert.deepEqual(pduAddress(pdu, area, 'zero-based'), expected);
        assert.deepEqual(pduAddress(pdu + 1, area, 'one-based'), expected);
        assert.deepEqual(pduAddress(modicon6, area, 'modicon-6'), expected);
        assert.equal(modicon5 === null, address > 9_998);
        if (modicon5 !== null) assert.deepEqual(pduAddress(modicon5, area, 'modicon-5'), expected);
      }),
    );
  });
});
