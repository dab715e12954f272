import { addressNotations, pduAddress, type AddressVerdict } from '../drivers/codec/address-notation.ts';
import type { ReadArea } from '../drivers/declaration.ts';
import type { FaultPath, Report } from './fault.ts';

type Group = Readonly<Record<string, unknown>>;

const areas: readonly string[] = ['input', 'holding', 'coil', 'discrete'] satisfies ReadArea[];
/** Keys that hold an address, with the area that they say by themselves; null: the group says it. */
const addressKeys: Readonly<Record<string, ReadArea | null>> = {
  address: null,
  control: 'holding',
  speed: 'holding',
  safeStateAddress: 'holding',
  register: 'holding',
  coil: 'coil',
};

/**
 * A register map as it was written, with every address as it is on the wire: zero-based. What is no address in the
 * notation that the map declares, or could be one in several, is a fault.
 */
export function withWireAddresses(content: unknown, sourceOf: SourceOf, report: Report): unknown {
  if (!isGroup(content)) return content;
  const notation = addressNotations.find((known) => known === content['addresses']) ?? null;
  return translated(content, [], (written, area, path) => {
    const source = sourceOf(path);
    const verdict: AddressVerdict =
      notation === null && source !== undefined && leadingZeros.test(source) && typeof written === 'number'
        ? { ok: false, fault: zerosFault(source, written) }
        : pduAddress(written, area, notation);
    if (!verdict.ok) report(path, verdict.fault);
    // an address that is in doubt was reported and is none to complain of twice
    return verdict.ok ? verdict.address : 0;
  });
}

/** What was written for the value at a path. */
type SourceOf = (path: FaultPath) => string | undefined;
type Translate = (written: number | string, area: ReadArea, path: FaultPath) => number;

/** YAML reads 00001 as the number 1, which would be the second coil, where a manual means the first. */
const leadingZeros = /^0\d/;

function zerosFault(source: string, value: number): string {
  return (
    `is ${source}, whose leading zeros look like Modicon notation; ` +
    `declare addresses: modicon-5 or modicon-6, or write ${value} if that is the address on the wire`
  );
}

function translated(value: unknown, at: FaultPath, translate: Translate): unknown {
  if (Array.isArray(value)) return value.map((item, index) => translated(item, [...at, index], translate));
  if (!isGroup(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const path = [...at, key];
      const isAddress = Object.hasOwn(addressKeys, key) && (typeof inner === 'number' || typeof inner === 'string');
      if (!isAddress) return [key, translated(inner, path, translate)];
      return [key, translate(inner, addressKeys[key] ?? areaOf(value), path)];
    }),
  );
}

/** What a group says of its area; outputs and watchdogs are holding registers unless they say that they are coils. */
function areaOf(group: Group): ReadArea {
  const { area, kind } = group;
  if (typeof area === 'string' && areas.includes(area)) return area as ReadArea;
  return kind === 'coil' ? 'coil' : 'holding';
}

function isGroup(value: unknown): value is Group {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
