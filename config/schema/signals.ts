import { z } from 'zod';

import { channelName, choice, quantity, shortName, text, whole, yesNo } from './quantity.ts';

const span = z
  .tuple([z.number(), z.number()])
  .refine(([low, high]) => low < high, { error: 'must have its low end below its high end' })
  .describe(
    'Physical range [low, high] in the unit of the signal: outside it an input has failed and a setting is refused',
  );

const point = z.tuple([z.number(), z.number()]);

const History = z.strictObject({
  deadband: z.number().min(0).describe('Smallest change worth recording, in the unit of the signal, 0 or more'),
  atLeastEverySeconds: quantity('A point at least this often, even unchanged', 's', 1, 86_400),
});

/** One quantity of the machine. What it is follows from `source`, `setting` or `derived`: exactly one of them. */
export const Signal = z.strictObject({
  title: text('Name of the signal on screens', 60),
  description: text('More about it', 300).optional(),
  type: choice('Data type, where it does not follow from the channel', [
    'Double',
    'Boolean',
    'UInt16',
    'UInt32',
  ]).optional(),
  unit: text('Unit on displays, such as °C', 12).optional(),
  span: span.optional(),
  states: z
    .array(text('A state', 40))
    .length(2)
    .optional()
    .describe('Words for false and true of a Boolean: [closed, open]'),
  source: z
    .strictObject({
      module: shortName.describe('The module, from the section modules'),
      channel: channelName,
    })
    .optional()
    .describe('Channel that it is read from or written to: { module, channel }'),
  setting: z
    .strictObject({
      role: choice('Lowest role that may change it', ['operator', 'engineer', 'admin']),
      initial: z.union([z.number(), z.boolean()]).describe('Value before anybody set one, a number or true or false'),
    })
    .optional()
    .describe('People ask for it: { role, initial }'),
  derived: z.literal(true).optional().describe('true: the control computes it'),
  averageSeconds: quantity(
    'Moving average over this time, 0 none; the single readings are kept as <id>.raw',
    's',
    0,
    60,
  ).optional(),
  calibration: z
    .array(point)
    .min(2)
    .optional()
    .describe('Points [measured, true], two or more, for a linear fit of the readings'),
  enabled: yesNo('Whether the channel is in use').default(true),
  pollPeriodMs: whole('Time from one reading to the next, where it differs from the module', 50, 5000, 'ms').optional(),
  manual: yesNo('Whether an engineer may write this output in MANUAL').optional(),
  decimals: whole('Digits after the point on displays', 0, 6).optional(),
  history: z
    .union([z.boolean(), History])
    .default(true)
    .describe('true: every change, at least once a minute; false: live only; or { deadband, atLeastEverySeconds }'),
});
