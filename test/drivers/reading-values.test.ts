import assert from 'node:assert/strict';
import type { InputChannel, ProfileDeclaration, RegisterType, WordOrder } from '../../drivers/declaration.ts';
import { encodeRegisters } from '../../drivers/codec/registers.ts';
import { heaters, TestField, until } from './test-field.ts';

const orders: readonly WordOrder[] = ['ABCD', 'CDAB', 'BADC', 'DCBA'];
const values: Readonly<Record<RegisterType, number>> = {
  int16: -1234,
  uint16: 54_321,
  int32: -123_456_789,
  uint32: 3_123_456_789,
  int64: -1_234_567_890_123,
  uint64: 1_234_567_890_123,
  float32: Math.fround(123.456),
  float64: 123.456,
  bcd4: 9_870,
  bcd8: 12_345_678,
};
const types = Object.keys(values) as RegisterType[];

const ntc = {
  curve: { nominalOhm: 10_000, nominalC: 25, betaK: 3_950 },
  shortAtOrBelowOhm: 50,
  openAtOrAboveOhm: 500_000,
} as const;
const loop: InputChannel = {
  area: 'holding',
  address: 0,
  type: 'uint16',
  rawRange: [4_000, 20_000],
  range: [0, 100],
  failure: { atOrBelow: 3_600, atOrAbove: 21_000 },
};

/** Special channels one register after the other from 0, and every type in every order from 1000 on. */
const special: Readonly<Record<string, InputChannel>> = {
  loop,
  broken: { ...loop, address: 1 },
  gear: { area: 'holding', address: 2, bits: [4, 6] },
  digits: { area: 'holding', address: 3, type: 'bcd4' },
  warm: { area: 'holding', address: 4, type: 'uint16', thermistor: ntc },
  open: { area: 'holding', address: 5, type: 'uint32', thermistor: ntc },
  none: { area: 'holding', address: 7, type: 'float32' },
  huge: { area: 'holding', address: 9, type: 'uint64' },
  lost: { area: 'holding', address: 13, type: 'int16' },
};
const registers = [12_000, 3_500, 0x0ad0, 0x00a0, 10_000, 0x0010, 0x0000, 0x7fc0, 0, 0x0020, 0, 0, 1, 77];
const channels: Record<string, InputChannel> = { ...special };
for (const [row, type] of types.entries()) {
  for (const [column, order] of orders.entries()) {
    channels[`${type}${order}`] = { area: 'holding', address: 1_000 + 20 * row + 4 * column, type, order };
  }
}
const profile: ProfileDeclaration = {
  ...heaters,
  id: 'everything',
  inputs: channels,
  outputs: {},
  watchdog: null,
  status: [{ area: 'discrete', address: 3, bit: 0, meaning: 'lost', quality: 'BadDeviceFailure', channels: ['lost'] }],
};

describe('reading values', () => {
  let test: TestField;
  beforeEach(async () => {
    test = await TestField.start('tcp', [{ id: 'm1', unit: 1, profile }]);
    const { holding, discrete } = test.slave.unit(1);
    for (const [address, word] of registers.entries()) holding.set(address, word);
    for (const [row, type] of types.entries()) {
      for (const [column, order] of orders.entries()) {
        const words = encodeRegisters(values[type], type, order);
        for (const [n, word] of words.entries()) holding.set(1_000 + 20 * row + 4 * column + n, word);
      }
    }
    discrete.set(3, 1);
    await test.polls('m1', 3);
  });
  afterEach(async () => {
    await test.stop();
  });

  it('gives every type in every order as it was sent', async () => {
    for (const type of types) {
      for (const order of orders) {
        await until(`${type} ${order}`, () => test.last(`m1.${type}${order}`)?.value === values[type]);
      }
    }
  });

  for (const [channel, value, quality] of [
    ['loop', 50, 'Good'],
    ['broken', null, 'BadSensorFailure'],
    ['gear', 5, 'Good'],
    ['digits', null, 'BadSensorFailure'],
    ['warm', 25, 'Good'],
    ['open', null, 'BadSensorFailure'],
    ['none', null, 'BadSensorFailure'],
    ['huge', null, 'BadConfigurationError'],
    ['lost', null, 'BadDeviceFailure'],
  ] as const) {
    it(`gives ${value === null ? quality : value} for ${channel}`, async () => {
      await until('it', () => test.last(`m1.${channel}`)?.quality === quality);
      assert.equal(test.last(`m1.${channel}`)?.value, value);
    });
  }
});
