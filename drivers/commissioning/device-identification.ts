import { BadReplyError, ModbusExceptionError, ModuleSilentError } from '../wire/errors.ts';
import { readIdentification } from '../wire/identification.ts';
import type { Questioner } from './questioner.ts';

/** What a device says of itself: MODBUS Application Protocol V1.1b3, 6.21, objects 0 to 6. */
export interface DeviceIdentification {
  readonly vendorName?: string;
  readonly productCode?: string;
  readonly revision?: string;
  readonly vendorUrl?: string;
  readonly productName?: string;
  readonly modelName?: string;
  readonly applicationName?: string;
}

const objectNames = [
  'vendorName',
  'productCode',
  'revision',
  'vendorUrl',
  'productName',
  'modelName',
  'applicationName',
] as const satisfies readonly (keyof DeviceIdentification)[];

/** Objects 0 to 6, then 0 to 2: a device that has less should answer what it has, and some refuse the question instead. */
const levels = [2, 1] as const;

/**
 * Asks a unit what it is, by function 43/14.
 *
 * @returns null when it says nothing about itself; most modules do not know the function
 * @throws LineClosedError when the line can't be opened any more
 */
export async function identify(questioner: Questioner, unit: number): Promise<DeviceIdentification | null> {
  for (const level of levels) {
    try {
      const { objects } = await readIdentification((request) => questioner.ask(unit, request), level);
      return named(objects);
    } catch (error) {
      if (error instanceof ModbusExceptionError) continue;
      if (error instanceof ModuleSilentError || error instanceof BadReplyError) return null;
      throw error;
    }
  }
  return null;
}

function named(objects: ReadonlyMap<number, string>): DeviceIdentification | null {
  const texts = objectNames.flatMap((name, id) => {
    const text = printable(objects.get(id) ?? '');
    return text === '' ? [] : [[name, text] as const];
  });
  return texts.length === 0 ? null : Object.fromEntries(texts);
}

function printable(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e\u00a0-\u00ff]+/g, ' ').trim();
}
