import { z } from 'zod';

import { address, area } from './channels.ts';
import { whole } from './quantity.ts';

const value = whole('Value', 0, 65_535);

/** One coil or holding register and what is written there. */
const Write = z
  .union([
    z.strictObject({ coil: address.describe('Coil'), value: whole('Value of the coil', 0, 1) }),
    z.strictObject({ register: address.describe('Holding register'), value }),
  ])
  .describe('A coil or a register, and its value: such as { coil: 260, value: 1 }');

const values = z.array(value).min(1).max(16).describe('Values that are written in turn, over and over');

/** A module's own watchdog: how its time is set, and what else it wants. */
export const Watchdog = z
  .strictObject({
    address: address.describe('Holding register of the time, 0…65535'),
    msPerCount: whole('Time that one count stands for', 1, 10_000, 'ms').optional(),
    minimumMs: whole('Shortest time it takes', 1, 65_535, 'ms'),
    maximumMs: whole('Longest time it takes', 1, 65_535, 'ms'),
    safeStateAddress: address.optional().describe('Holding register of the safe state of the coils, 0…65535'),
    prepare: z
      .array(Write)
      .max(8)
      .optional()
      .describe('Written first and not read back: what stops it, or clears that it has expired'),
    enable: Write.optional().describe('Written after the time and read back: what switches it on'),
    feed: z
      .union([
        z.strictObject({ coil: address.describe('Coil'), values }),
        z.strictObject({ register: address.describe('Holding register'), values }),
      ])
      .optional()
      .describe('Written three times within the time; without it any request feeds the watchdog'),
    status: z
      .strictObject({
        area,
        address,
        mask: whole('Bits of the register that count', 1, 65_535).default(0xffff),
        active: whole('Value while it watches', 0, 65_535),
      })
      .optional()
      .describe('Where the module says that it watches and has not expired'),
  })
  .describe("The module's own watchdog, where it has one");

export type Watchdog = z.infer<typeof Watchdog>;
