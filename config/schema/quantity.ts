import { z } from 'zod';

/*
 * The words that all sections are written with. Every leaf has a description that says what it is, in which unit and
 * within which limits: editors show it while typing, and every fault about the leaf quotes it.
 */

/** A number in a unit, within limits. */
export function quantity(what: string, unit: string, low: number, high: number) {
  return z.number().min(low).max(high).describe(`${what}, ${low}…${high} ${unit}`);
}

/** A whole number, within limits; `unit` where it counts something that has one. */
export function whole(what: string, low: number, high: number, unit = '') {
  return z
    .int()
    .min(low)
    .max(high)
    .describe(`${what}, a whole number ${low}…${high}${unit && ` ${unit}`}`);
}

export function text(what: string, longest = 120) {
  return z
    .string()
    .regex(/\S/, { error: 'is empty' })
    .max(longest)
    .describe(`${what}, a text of at most ${longest} characters`);
}

/** A text that no message may repeat. */
export function secret(what: string, shortest = 1) {
  return z
    .string()
    .min(shortest)
    .max(4096)
    .meta({ description: `${what}, a text of at least ${shortest} characters`, writeOnly: true });
}

export function choice<const Options extends readonly [string, ...string[]]>(what: string, options: Options) {
  return z.enum(options).describe(`${what}: ${options.join(', ')}`);
}

export function yesNo(what: string) {
  return z.boolean().describe(`${what}, true or false`);
}

/** A short name such as `zone1`, `main`, `ai1`; alarms bear it in capitals. */
export const shortName = z
  .string()
  .regex(/^[a-z][a-zA-Z0-9]*$/)
  .max(32)
  .describe('a short name of letters and digits that begins with a small letter, such as zone1');

/** The id of a signal, the same in OPC UA, REST and history. */
export const signalId = z
  .string()
  .regex(/^[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)+$/)
  .max(80)
  .describe('the id of a signal: words joined by points, such as temperature.zone1');

/** A reference to a signal by what it is for. */
export function signal(what: string) {
  return signalId.describe(`${what}: the id of a signal, such as temperature.zone1`);
}

/** Channels may be written as numbers where the module numbers them. */
export const channelName = z
  .union([z.string().regex(/^[a-z0-9][a-zA-Z0-9]*$/), z.int().min(0).max(999)])
  .transform(String)
  .describe('a channel of the module, as its profile in config/modules/ names it');
