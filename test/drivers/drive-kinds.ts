import type { OutputChannel } from '../../drivers/declaration.ts';

export type DriveCommand = OutputChannel & { readonly kind: 'drive-command' };

/** Whole words, the sign of the reference says the direction: 20000 counts are 1500 rpm. */
export const signed: DriveCommand = {
  kind: 'drive-command',
  control: 0,
  words: { stop: 0x047e, forward: 0x047f },
  reference: { address: 1, type: 'int16', scale: 1_500 / 20_000 },
};

/** Two direction words and a frequency: 5000 counts are 1500 rpm. */
export const directed: DriveCommand = {
  kind: 'drive-command',
  control: 0,
  words: { stop: 0x01, forward: 0x12, reverse: 0x22 },
  reference: { address: 1, type: 'uint16', scale: 0.3 },
};

/** Led through its states, which holding register 10 tells. */
export const led: DriveCommand = {
  kind: 'drive-command',
  control: 0,
  words: { stop: 0x06, forward: 0x0f, reverse: 0x080f },
  reference: { address: 1, type: 'int16' },
  start: {
    area: 'holding',
    address: 10,
    mask: 0x6f,
    steps: [
      { word: 0x06, until: 0x21 },
      { word: 0x07, until: 0x23 },
    ],
  },
};
