import { z } from 'zod';

import { qualityCodes, type Quality } from '../../machine/quality.ts';
import { choice, text, whole, yesNo } from './quantity.ts';

/*
 * What a register map can say of one channel. Addresses are zero-based here, whatever notation the file is written in.
 */

type BadQuality = Exclude<Quality, 'Good'>;
const qualities = Object.keys(qualityCodes).filter((name) => name !== 'Good') as [BadQuality, ...BadQuality[]];

export const address = whole('Protocol address', 0, 65_535);
export const area = choice('Where it is read', ['input', 'holding', 'coil', 'discrete']);
export const bit = whole('Bit of the register, 0 the lowest', 0, 15);
export const quality = choice('Quality that the value takes', qualities);

const type = choice('How the registers are read', [
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'float32',
  'float64',
  'bcd4',
  'bcd8',
]);
const order = choice('Order on the wire, A the most significant byte', ['ABCD', 'CDAB', 'BADC', 'DCBA']);
const bits = z
  .tuple([bit, bit])
  .refine(([low, high]) => low <= high, { error: 'begins above its end; write the lower bit first' })
  .describe('First and last bit of a field, both included, such as [4, 7]');

const pair = (what: string) =>
  z
    .tuple([z.number(), z.number()])
    .refine(([from, to]) => from !== to, { error: 'has two ends that are the same, so it says nothing' })
    .describe(what);

export const nominalCounts = whole('Counts that stand for the nominal speed of the motor', 1, 65_535);

const scaling = {
  scale: z
    .number()
    .refine((value) => value !== 0, { error: 'is 0, so every reading would be the same' })
    .describe('Engineering value per count, not 0')
    .optional(),
  offset: z.number().describe('Engineering value at 0 counts').optional(),
  rawRange: pair('Raw values [from, to] that stand for the ends of range, such as [4000, 20000]').optional(),
  range: pair('Engineering values [from, to] at the ends of rawRange, such as [0, 100]').optional(),
};

type Scaled = { readonly [key in keyof typeof scaling]?: unknown };

function isScaledOnce({ scale, offset, rawRange, range }: Scaled): boolean {
  const byLine = rawRange !== undefined || range !== undefined;
  return byLine ? rawRange !== undefined && range !== undefined && scale === undefined && offset === undefined : true;
}
const scaledOnce = { error: 'is scaled in two ways or by half: give scale and offset, or both rawRange and range' };

const ohm = (what: string) => z.number().positive().describe(`${what}, Ω`);

const Thermistor = z
  .strictObject({
    nominalOhm: ohm('Resistance at nominalC').optional(),
    nominalC: z.number().describe('Temperature at which it has nominalOhm, °C').default(25),
    betaK: z.number().positive().describe('B parameter, K').optional(),
    steinhartHart: z
      .tuple([z.number(), z.number(), z.number()])
      .describe('Coefficients a, b and c of 1/T = a + b·ln R + c·(ln R)³, R in Ω, T in K')
      .optional(),
    divider: z
      .strictObject({
        seriesOhm: ohm('Fixed resistor in series'),
        thermistor: choice('Which half of the divider the thermistor is, low being the one measured', ['low', 'high']),
      })
      .describe('The scaled value is the share 0…1 of the reference voltage; without it, ohms')
      .optional(),
    shortAtOrBelowOhm: ohm('A resistance so low is a short circuit'),
    openAtOrAboveOhm: ohm('A resistance so high is a broken wire'),
  })
  .refine(
    ({ nominalOhm, betaK, steinhartHart }) =>
      steinhartHart === undefined
        ? nominalOhm !== undefined && betaK !== undefined
        : nominalOhm === undefined && betaK === undefined,
    { error: 'has no curve, or two: give nominalOhm and betaK, or steinhartHart' },
  )
  .refine((given) => given.shortAtOrBelowOhm < given.openAtOrAboveOhm, {
    error: 'has no room between shortAtOrBelowOhm and openAtOrAboveOhm; exchange them',
  })
  .describe('The value is a thermistor and becomes °C');

const Sentinel = z.strictObject({
  raw: z
    .union([z.number(), z.string().regex(/^0x[0-9a-fA-F]{1,16}$/)])
    .describe('The raw value, or its bit pattern as a quoted text such as "0x8000"'),
  quality,
  meaning: text('What it means', 60),
});

/** What only a number has. */
const numberKeys = [
  'scale',
  'offset',
  'rawRange',
  'range',
  'nominalCounts',
  'sentinels',
  'failure',
  'thermistor',
] as const;

const isBitArea = (input: { area: string }): boolean => input.area === 'coil' || input.area === 'discrete';

export const Input = z
  .strictObject({
    area,
    address,
    type: type.optional(),
    order: order.optional(),
    bit: bit.optional(),
    bits: bits.optional(),
    ...scaling,
    nominalCounts: nominalCounts.optional(),
    sentinels: z.array(Sentinel).optional().describe('Raw values that are codes and no measurements'),
    failure: z
      .strictObject({
        atOrBelow: z.number().describe('A raw value so low comes from no sound sensor').optional(),
        atOrAbove: z.number().describe('A raw value so high comes from no sound sensor').optional(),
      })
      .optional()
      .describe('Raw limits of a sound sensor; a 4–20 mA loop after NAMUR NE 43 fails at 3.6 mA and at 21 mA'),
    thermistor: Thermistor.optional(),
  })
  .refine((input) => isBitArea(input) === ((input.type ?? input.bit ?? input.bits) === undefined), {
    error: 'is not readable: a register needs either type or bit or bits, a coil or discrete input neither',
  })
  .refine((input) => [input.type, input.bit, input.bits].filter((way) => way !== undefined).length <= 1, {
    error: 'has more than one of type, bit and bits: a channel is a whole value, one bit or some bits',
  })
  .refine((input) => input.type !== undefined || input.bits !== undefined || !numberKeys.some((key) => key in input), {
    error: `is a bit, so it can have none of ${numberKeys.join(', ')}; these are for numbers`,
  })
  .refine((input) => input.order === undefined || input.type !== undefined, {
    error: 'has an order, but only a value of a type has one; leave it out',
  })
  .refine(isScaledOnce, scaledOnce)
  .refine((input) => input.nominalCounts === undefined || (input.scale ?? input.rawRange) === undefined, {
    error: 'has nominalCounts and another scale; the nominal speed is scale enough',
  })
  .describe('An input channel: area, address and, for registers, type, bit or bits');

const word = whole('Value of the control word', 0, 65_535);
const statusMask = whole('Bits of the status word that count', 1, 65_535);
const statusValue = whole('Value of these bits', 0, 65_535);

const Reference = z
  .strictObject({
    address: address.describe('Address of the speed reference'),
    type: choice('How the reference is written', ['int16', 'uint16', 'int32', 'uint32', 'float32']),
    order: order.optional(),
    scale: z.number().positive().describe('rpm per count').optional(),
    nominalCounts: nominalCounts.optional(),
  })
  .refine(({ scale, nominalCounts: counts }) => (scale === undefined) !== (counts === undefined), {
    error: 'needs either scale, in rpm per count, or nominalCounts, the counts at the nominal speed of the motor',
  })
  .describe('Where and how the speed is written');

const Start = z
  .strictObject({
    area: choice('Where the status word is read', ['input', 'holding']),
    address: address.describe('Address of the status word'),
    mask: statusMask,
    steps: z
      .array(z.strictObject({ word, until: statusValue.describe('Status to wait for before the next step') }))
      .min(1)
      .max(8)
      .describe('Control words on the way to running, each with the status that it leads to'),
  })
  .describe('What a drive has to be led through before it runs');

const DriveCommand = z
  .strictObject({
    kind: z.literal('drive-command'),
    control: address.describe('Address of the control word'),
    words: z
      .strictObject({
        stop: word.describe('Control word that stops the motor'),
        forward: word.describe('Control word that runs it forward'),
        reverse: word.describe('Control word that runs it backward; without it a signed reference does').optional(),
      })
      .refine(({ stop, forward, reverse }) => new Set([stop, forward, reverse]).size === 3 || reverse === undefined, {
        error: 'has the same word for two commands; each needs its own',
      })
      .refine(({ stop, forward }) => stop !== forward, { error: 'stops and runs by the same word' }),
    reference: Reference,
    start: Start.optional(),
  })
  .describe('A signed speed in rpm as whole control words and a reference');

export const Output = z
  .discriminatedUnion('kind', [
    z
      .strictObject({ kind: z.literal('register'), address, type, order: order.optional(), ...scaling })
      .refine(isScaledOnce, scaledOnce),
    z
      .strictObject({
        kind: z.literal('bit-field'),
        address,
        bits,
        ...scaling,
        keepsOthers: yesNo('Whether bits that no signal decides are written as they were read, not as 0').optional(),
      })
      .refine(isScaledOnce, scaledOnce),
    z.strictObject({ kind: z.literal('coil'), address }),
    z.strictObject({
      kind: z.literal('drive-speed'),
      control: address.describe('Address of the control word'),
      speed: address.describe('Address of the speed, |rpm|'),
      runBit: bit,
      reverseBit: bit,
    }),
    DriveCommand,
    z.strictObject({ kind: z.literal('drive-bit'), control: address.describe('Address of the control word'), bit }),
  ])
  .describe('An output channel. kind: register, bit-field, coil, drive-speed, drive-command or drive-bit');
