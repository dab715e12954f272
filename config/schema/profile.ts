import { z } from 'zod';

import { addressNotations } from '../../drivers/codec/address-notation.ts';
import { address, area, bit, Input, Output, quality } from './channels.ts';
import { channelName, choice, text, whole, yesNo } from './quantity.ts';
import { Watchdog } from './watchdog.ts';

const identityArea = choice('Where it is read', ['input', 'holding']);

const IdentityMark = z
  .union([
    z.strictObject({ area: identityArea, address, equals: whole('What the register holds', 0, 65_535) }),
    z.strictObject({
      area: identityArea,
      address,
      registers: whole('Registers of the text', 1, 64),
      contains: text('What the text has in it', 60),
    }),
  ])
  .describe('A register and what it equals, or some registers and what their text contains');

function isStatusBit(status: { area: string; bit?: number | undefined }): boolean {
  return (status.area === 'coil' || status.area === 'discrete') === (status.bit === undefined);
}

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
  addresses: choice('How this file writes addresses', addressNotations).optional(),
  inputs: z.record(channels, Input).default({}).describe('Channels that are read'),
  outputs: z.record(channels, Output).default({}).describe('Channels that are written'),
  status: z
    .array(
      z
        .strictObject({
          area,
          address,
          bit: bit.optional(),
          meaning: text('What it means when it is set', 60),
          quality,
          channels: z.array(channelName).min(1).describe('Input channels that it condemns'),
        })
        .refine(isStatusBit, { error: 'needs the bit of its register; a coil or discrete input is a bit by itself' }),
    )
    .default([])
    .describe('Status bits that condemn channels'),
  watchdog: Watchdog.optional(),
  identity: z.array(IdentityMark).min(1).optional().describe('Registers that tell this kind of module from others'),
  limits: z
    .strictObject({
      registers: whole('Most registers in one request', 1, 125).default(125),
      bits: whole('Most coils or discrete inputs in one request', 1, 2000).default(2000),
    })
    .prefault({})
    .describe('Most that the module gives in one request'),
  functions: z
    .strictObject({
      maskWrite: yesNo('FC22: bits of a register are changed without touching its others').optional(),
      readWrite: yesNo('FC23: what is written is read back in the same request').optional(),
    })
    .optional()
    .describe('Functions beyond the usual ones that the module is known to have'),
  readableGap: whole('Undeclared registers between two declared ones that may be read over', 0, 124).optional(),
});

export type Profile = z.infer<typeof Profile>;
