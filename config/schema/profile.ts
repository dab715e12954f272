import { z } from 'zod';

import { qualityCodes, type Quality } from '../../machine/quality.ts';
import { channelName, choice, text, whole, yesNo } from './quantity.ts';

const qualities = Object.keys(qualityCodes) as [Quality, ...Quality[]];

const address = whole('Zero-based protocol address', 0, 65_535);
const bit = whole('Bit of the register, 0 the lowest', 0, 15);
const type = choice('How the registers are read', ['int16', 'uint16', 'int32', 'uint32', 'float32']);
const order = choice('Byte order of a two-word value on the wire, A the most significant', [
  'ABCD',
  'CDAB',
  'BADC',
  'DCBA',
]);
const scale = z
  .number()
  .refine((value) => value !== 0, { error: 'is 0, so every reading would be the same' })
  .describe('Engineering value per count, not 0');
const offset = z.number().describe('Engineering value at 0 counts');
const quality = choice('Quality that the value takes', qualities);

const Input = z
  .strictObject({
    area: choice('Where it is read', ['input', 'holding', 'coil', 'discrete']),
    address,
    type: type.optional(),
    order: order.optional(),
    bit: bit.optional(),
    scale: scale.optional(),
    offset: offset.optional(),
    sentinels: z
      .array(
        z.strictObject({
          raw: z.int().describe('The raw value, a whole number'),
          quality,
          meaning: text('What it means', 60),
        }),
      )
      .optional()
      .describe('Raw values that are codes and no measurements'),
  })
  .refine(
    (input) =>
      (input.area === 'coil' || input.area === 'discrete') === (input.type === undefined && input.bit === undefined),
    {
      error: 'is not readable: a register needs either type or bit, a coil or discrete input neither',
    },
  )
  .refine((input) => input.type === undefined || input.bit === undefined, {
    error: 'has both type and bit: a channel is a whole value or one bit',
  })
  .describe('An input channel: area, address and, for registers, type or bit');

const Output = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('register'),
      address,
      type,
      order: order.optional(),
      scale: scale.optional(),
      offset: offset.optional(),
    }),
    z.strictObject({ kind: z.literal('coil'), address }),
    z.strictObject({
      kind: z.literal('drive-speed'),
      control: address.describe('Address of the control word'),
      speed: address.describe('Address of the speed, |rpm|'),
      runBit: bit,
      reverseBit: bit,
    }),
    z.strictObject({ kind: z.literal('drive-bit'), control: address.describe('Address of the control word'), bit }),
  ])
  .describe('An output channel. kind: register, coil, drive-speed or drive-bit');

const channels = z.string().regex(/^[a-z0-9][a-zA-Z0-9]*$/);

/** The register map of one kind of module: a file in config/modules/. */
export const Profile = z.strictObject({
  id: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .describe('Name of the profile, the same as that of its file'),
  title: text('What kind of module it is', 60),
  manual: text('Manual and revision that the map was taken from', 200),
  verified: yesNo('Whether the map was read from the real device'),
  inputs: z.record(channels, Input).default({}).describe('Channels that are read'),
  outputs: z.record(channels, Output).default({}).describe('Channels that are written'),
  status: z
    .array(
      z.strictObject({
        area: choice('Where it is read', ['input', 'holding']),
        address,
        bit,
        meaning: text('What it means when it is set', 60),
        quality,
        channels: z.array(channelName).min(1).describe('Input channels that it condemns'),
      }),
    )
    .default([])
    .describe('Status bits that condemn channels'),
  watchdog: z
    .strictObject({
      address: address.describe('Holding register of the time in ms, 0…65535'),
      minimumMs: whole('Shortest time it takes', 1, 65_535, 'ms'),
      maximumMs: whole('Longest time it takes', 1, 65_535, 'ms'),
      safeStateAddress: address.optional().describe('Holding register of the safe state of the coils, 0…65535'),
    })
    .optional()
    .describe("The module's own watchdog, where it has one"),
  limits: z
    .strictObject({
      registers: whole('Most registers in one request', 1, 125).default(125),
      bits: whole('Most coils or discrete inputs in one request', 1, 2000).default(2000),
    })
    .prefault({})
    .describe('Most that the module gives in one request'),
  readableGap: whole('Undeclared registers between two declared ones that may be read over', 0, 124).optional(),
});

export type Profile = z.infer<typeof Profile>;
