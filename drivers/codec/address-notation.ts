import type { ReadArea } from '../declaration.ts';

/**
 * How a manual writes addresses. The only address within this house is the one on the wire: zero-based, per area. In the
 * Modicon notations the first digit is the area (0 coil, 1 discrete input, 3 input register, 4 holding register) and the
 * rest counts from 1: 40001, or with six digits 400001, is holding register 0.
 */
export const addressNotations = ['zero-based', 'one-based', 'modicon-5', 'modicon-6'] as const;
export type AddressNotation = (typeof addressNotations)[number];

/** The address on the wire, or what is wrong with the written one and what would be right. */
export type AddressVerdict =
  { readonly ok: true; readonly address: number } | { readonly ok: false; readonly fault: string };

const highest = 65_535;
const areaDigit: Readonly<Record<ReadArea, number>> = { coil: 0, discrete: 1, input: 3, holding: 4 };
const areaNames: Readonly<Record<ReadArea, string>> = {
  coil: 'coil',
  discrete: 'discrete input',
  input: 'input register',
  holding: 'holding register',
};
const places = { 'modicon-5': 10_000, 'modicon-6': 100_000 } as const;

/**
 * The address on the wire of an address as a manual writes it.
 *
 * @param written   a number, or in a Modicon notation also its digits as a text: 00001 loses its zeros as a number
 * @param notation  null: none was declared. Then it is zero-based, unless it looks like Modicon notation: that is a fault,
 *                  since nobody can know
 */
export function pduAddress(written: number | string, area: ReadArea, notation: AddressNotation | null): AddressVerdict {
  if (typeof written === 'string' && !/^\d+$/.test(written)) return fault(`is "${written}"; write digits only`);
  if (typeof written === 'number' && !(Number.isInteger(written) && written >= 0)) {
    return fault(`is ${written}; an address is a whole number from 0`);
  }
  const value = Number(written);
  if (notation === null) return undeclared(written, value);
  if (notation === 'zero-based') return plain(written, value, 0);
  if (notation === 'one-based') return plain(written, value, 1);
  return modicon(written, value, area, notation);
}

function undeclared(written: number | string, value: number): AddressVerdict {
  const readings = (['modicon-5', 'modicon-6'] as const).flatMap((notation) => {
    const area = areaOf(value, notation);
    const isLikely = typeof written === 'string' ? written.length === digitsOf(notation) : area !== 'coil';
    const read = area === null || !isLikely ? null : modicon(written, value, area, notation);
    return read?.ok === true && area !== null ? [`${notation} (${areaNames[area]} ${read.address})`] : [];
  });
  if (readings.length === 0) return plain(written, value, 0);
  const zeroBased =
    value <= highest && typeof written === 'number' ? [`zero-based (address ${value} on the wire)`] : [];
  return fault(`is ${written}, which is ambiguous; declare addresses: ${[...zeroBased, ...readings].join(' or ')}`);
}

function plain(written: number | string, value: number, first: 0 | 1): AddressVerdict {
  if (typeof written === 'string') return fault(`is the text "${written}"; write ${value} without quotes`);
  if (value < first || value > highest + first)
    return fault(`is ${value}; addresses go from ${first} to ${highest + first}`);
  return { ok: true, address: value - first };
}

function modicon(
  written: number | string,
  value: number,
  area: ReadArea,
  notation: 'modicon-5' | 'modicon-6',
): AddressVerdict {
  const place = places[notation];
  const digits = digitsOf(notation);
  const first = `the first ${areaNames[area]} is ${shown(area, 0, notation)}`;
  if (typeof written === 'string' && written.length !== digits) {
    return fault(`is "${written}" of ${written.length} digits, but addresses are ${notation}; ${first}`);
  }
  if (Math.floor(value / place) !== areaDigit[area]) {
    const other = areaOf(value, notation);
    const is = other === null ? `no address in ${notation}` : `in ${notation} ${article(other)}`;
    return fault(`is ${written}, ${is}, where ${article(area)} is wanted; ${first}`);
  }
  const address = (value % place) - 1;
  if (address < 0 || address > highest) return fault(`is ${written}, no address in ${notation}; ${first}`);
  return { ok: true, address };
}

/** One address in all notations, side by side; null: this notation has none for it. */
export function notationsOf(
  area: ReadArea,
  address: number,
): { readonly pdu: number; readonly modicon5: string | null; readonly modicon6: string } {
  const modicon5 = address + 1 < places['modicon-5'] ? shown(area, address, 'modicon-5') : null;
  return { pdu: address, modicon5, modicon6: shown(area, address, 'modicon-6') };
}

function shown(area: ReadArea, address: number, notation: 'modicon-5' | 'modicon-6'): string {
  return String(areaDigit[area] * places[notation] + address + 1).padStart(digitsOf(notation), '0');
}

function article(area: ReadArea): string {
  return `${area === 'input' ? 'an' : 'a'} ${areaNames[area]}`;
}

function areaOf(value: number, notation: 'modicon-5' | 'modicon-6'): ReadArea | null {
  const digit = Math.floor(value / places[notation]);
  const areas: readonly ReadArea[] = ['coil', 'discrete', 'input', 'holding'];
  return areas.find((area) => areaDigit[area] === digit) ?? null;
}

function digitsOf(notation: 'modicon-5' | 'modicon-6'): number {
  return notation === 'modicon-5' ? 5 : 6;
}

function fault(message: string): AddressVerdict {
  return { ok: false, fault: message };
}
