import type { ProfileDeclaration, RegisterType, WordOrder } from '../../drivers/declaration.ts';

/**
 * Numbers and the bytes that they are on the wire, most significant first. Written out by hand: libraries call the
 * orders by different names, so that bytes alone decide.
 */
const numbers: readonly { readonly type: RegisterType; readonly value: number; readonly bytes: string }[] = [
  { type: 'float32', value: Math.fround(123.456), bytes: '42f6e979' },
  { type: 'int32', value: -123_456_789, bytes: 'f8a432eb' },
  { type: 'uint32', value: 0xfedc_ba98, bytes: 'fedcba98' },
  { type: 'int16', value: -2, bytes: 'fffe' },
  { type: 'uint16', value: 0xa55a, bytes: 'a55a' },
];

export const orders = ['ABCD', 'CDAB', 'BADC', 'DCBA'] as const satisfies readonly WordOrder[];

export interface Golden {
  readonly channel: string;
  readonly type: RegisterType;
  readonly order: WordOrder;
  readonly value: number;
  readonly address: number;
  /** As they stand in the registers, hexadecimal. */
  readonly words: readonly string[];
}

/** Every type in every order, side by side from register 0 on. */
export const golden: readonly Golden[] = layOut();

export const bits = [1, 0, 1, 1, 0, 0, 0, 1, 1, 0] as const;

function layOut(): Golden[] {
  let address = 0;
  return numbers.flatMap(({ type, value, bytes }) =>
    (bytes.length === 8 ? orders : (['ABCD'] as const)).map((order): Golden => {
      const inOrder =
        bytes.length === 8
          ? order
              .split('')
              .map((letter) => byteOf(bytes, letter))
              .join('')
          : bytes;
      const words = inOrder.match(/.{4}/g) ?? [];
      const cell = { channel: `${type}-${order}`, type, order, value, address, words };
      address += words.length;
      return cell;
    }),
  );
}

function byteOf(bytes: string, letter: string): string {
  const at = 2 * 'ABCD'.indexOf(letter);
  return bytes.slice(at, at + 2);
}

/** Reads all of it as input registers and discrete inputs, and writes it to holding registers and coils. */
export const profile: ProfileDeclaration = {
  id: 'golden',
  title: 'Every type in every order',
  manual: 'made for the test',
  verified: false,
  inputs: {
    ...Object.fromEntries(
      golden.map(({ channel, type, order, address }) => [
        `in-${channel}`,
        { area: 'input' as const, type, order, address },
      ]),
    ),
    ...Object.fromEntries(bits.map((_, address) => [`in-bit${address}`, { area: 'discrete' as const, address }])),
  },
  outputs: {
    ...Object.fromEntries(
      golden.map(({ channel, type, order, address }) => [
        `out-${channel}`,
        { kind: 'register' as const, type, order, address },
      ]),
    ),
    ...Object.fromEntries(bits.map((_, address) => [`out-bit${address}`, { kind: 'coil' as const, address }])),
    // alone, so that it is written by the function for one coil
    'out-lone': { kind: 'coil', address: 20 },
    'out-alone': { kind: 'register', type: 'uint16', address: 40 },
  },
  status: [],
  watchdog: null,
  limits: { registers: 125, bits: 2000 },
};
