import assert from 'node:assert/strict';
import type { OutputChannel, ProfileDeclaration, RegisterType, WordOrder } from '../../drivers/declaration.ts';
import { heaters, TestField, until } from './test-field.ts';

type RegisterOutput = OutputChannel & { readonly kind: 'register' };

/** One register output of every type and order, eight registers apart. */
const outputs: Record<string, RegisterOutput> = {};
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
for (const [row, type] of types.entries()) {
  for (const [column, order] of orders.entries()) {
    outputs[`${type}${order}`] = { kind: 'register', address: 100 * row + 8 * column, type, order };
  }
}
const everything: ProfileDeclaration = { ...heaters, id: 'everything', inputs: {}, outputs, watchdog: null };

const fields: ProfileDeclaration = {
  ...heaters,
  id: 'fields',
  inputs: {},
  outputs: {
    gear: { kind: 'bit-field', address: 0, bits: [4, 6] },
    level: { kind: 'bit-field', address: 0, bits: [8, 11], scale: 0.5 },
    lamp: { kind: 'drive-bit', control: 0, bit: 15 },
    guest: { kind: 'bit-field', address: 1, bits: [0, 3], keepsOthers: true },
    valve: { kind: 'register', address: 2, type: 'uint16', rawRange: [4_000, 20_000], range: [0, 100] },
  },
  watchdog: null,
};
const f1 = { id: 'f1', unit: 1, profile: fields };
const off = { 'f1.gear': 0, 'f1.level': 0, 'f1.lamp': false, 'f1.guest': 0, 'f1.valve': 0 };

describe('writing values', () => {
  let test: TestField;
  afterEach(async () => {
    await test.stop();
  });

  it('reads back every type in every order as it was commanded', async () => {
    test = await TestField.start('tcp', [{ id: 'm1', unit: 1, profile: everything }]);
    const wanted = Object.fromEntries(
      types.flatMap((type) => orders.map((order) => [`m1.${type}${order}`, values[type]] as const)),
    );
    test.command(wanted);
    const remaining = () => Object.entries(wanted).filter(([signal, value]) => test.last(signal)?.value !== value);
    await until('every value', () => remaining().length === 0);
    assert.deepEqual(test.module('m1').mismatches, []);
    const { holding } = test.slave.unit(1);
    const words = (address: number, count: number) => Array.from({ length: count }, (_, n) => holding.get(address + n));
    const float = 100 * types.indexOf('float32');
    assert.deepEqual(words(float, 2), [0x42f6, 0xe979]);
    assert.deepEqual(words(float + 8, 2), [0xe979, 0x42f6]);
    assert.deepEqual(words(float + 16, 2), [0xf642, 0x79e9]);
    assert.deepEqual(words(float + 24, 2), [0x79e9, 0xf642]);
    assert.deepEqual(words(100 * types.indexOf('bcd8'), 2), [0x1234, 0x5678]);
  });

  it('joins the bits of several outputs in one register', async () => {
    test = await TestField.start('tcp', [f1]);
    test.command({ ...off, 'f1.gear': 5, 'f1.level': 3.5, 'f1.lamp': true });
    await until('all of them', () => test.slave.unit(1).holding.get(0) === 0x8750);
    await until('the level', () => test.last('f1.level')?.value === 3.5);
    assert.deepEqual([test.last('f1.gear')?.value, test.last('f1.lamp')?.value], [5, true]);
    test.command({ ...off, 'f1.gear': 2, 'f1.level': 3.5 });
    await until('one of them changed, one off', () => test.slave.unit(1).holding.get(0) === 0x0720);
  });

  it('leaves bits of others as the module holds them where it was told to', async () => {
    test = await TestField.start('tcp', [f1]);
    test.slave.unit(1).holding.set(1, 0xabc7);
    await until('it was read', () => test.last('f1.guest')?.value === 7);
    test.command({ ...off, 'f1.guest': 2 });
    await until('it is written', () => test.last('f1.guest')?.value === 2);
    assert.equal(test.slave.unit(1).holding.get(1), 0xabc2);
    test.slave.unit(1).holding.set(1, 0x1232);
    await test.polls('f1');
    test.command({ ...off, 'f1.guest': 9 });
    await until('it is written', () => test.last('f1.guest')?.value === 9);
    assert.equal(test.slave.unit(1).holding.get(1), 0x1239);
  });

  it('writes no bits of others before it knows them', async () => {
    test = await TestField.start('tcp', [f1]);
    test.command({ ...off, 'f1.guest': 1 });
    test.slave.unit(1).holding.set(1, 0xff00);
    await until('it is written', () => test.last('f1.guest')?.value === 1);
    assert.equal(test.slave.unit(1).holding.get(1), 0xff01);
    assert.deepEqual(
      test.slave.writes(1).flatMap(({ address, argument }) => (address === 1 ? [argument & 0xff00] : [])),
      [0xff00],
    );
  });

  for (const [signal, value] of [
    ['f1.gear', 8],
    ['f1.gear', -1],
    ['f1.level', 8],
    ['f1.valve', 101],
    ['f1.valve', -1],
  ] as const) {
    it(`writes off for ${value} at ${signal}, which cannot be written, and says so`, async () => {
      test = await TestField.start('tcp', [f1]);
      test.command({ ...off, [signal]: 2 });
      await until('on', () => test.last(signal)?.value === 2);
      test.command({ ...off, [signal]: value });
      await until('off', () => test.last(signal)?.value === 0);
      const mismatch = test.module('f1').mismatches[0];
      assert.deepEqual([mismatch?.signal, mismatch?.commanded, mismatch?.readBack], [signal, value, 0]);
      assert.ok((mismatch?.tries ?? 0) >= 3);
    });
  }
});
