import type { RegisterType, WordOrder } from '../../drivers/declaration.ts';

export const orders: readonly WordOrder[] = ['ABCD', 'CDAB', 'BADC', 'DCBA'];
/** A value that each type carries to the digit, and no other type in the same words. */
export const values: Readonly<Record<RegisterType, number>> = {
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
export const types = Object.keys(values) as RegisterType[];
