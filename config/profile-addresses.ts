import { addressNotations, pduAddress, type AddressNotation } from '../drivers/codec/address-notation.ts';
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
export function withWireAddresses(content: unknown, report: Report): unknown {
  if (!isGroup(content)) return content;
  const notation = addressNotations.find((known) => known === content['addresses']) ?? null;
  return translated(content, notation, [], report);
}

function translated(value: unknown, notation: AddressNotation | null, at: FaultPath, report: Report): unknown {
  if (Array.isArray(value)) return value.map((item, index) => translated(item, notation, [...at, index], report));
  if (!isGroup(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      const path = [...at, key];
      const isAddress = Object.hasOwn(addressKeys, key) && (typeof inner === 'number' || typeof inner === 'string');
      if (!isAddress) return [key, translated(inner, notation, path, report)];
      const verdict = pduAddress(inner, addressKeys[key] ?? areaOf(value), notation);
      if (!verdict.ok) report(path, verdict.fault);
      // an address that is in doubt was reported and is none to complain of twice
      return [key, verdict.ok ? verdict.address : 0];
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
