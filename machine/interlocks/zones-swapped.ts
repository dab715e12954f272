import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Zone } from '../equipment.ts';
import { isCellGood } from '../image.ts';
import type { Guard, GuardGround } from './guard.ts';
import type { Pair, SwapWatch } from './swap-watch.ts';

/** Where the heaters or sensors of two zones are connected crosswise, one runs away while the other stays cold: trips. */
export function guardZonesSwapped({ equipment, alarms }: GuardGround, swaps: SwapWatch): Guard {
  if (equipment.zones.length < 2) return () => undefined;
  const point = alarms.point(alarmNames.zonesSwapped);
  let found: Pair | null = null;
  point.explain = () => (found === null ? `${point.declaration.text}.` : swapText(found.one, found.other));
  return () => {
    found = swaps.found ?? found;
    const swapped = swaps.found !== null;
    const known = equipment.zones.every(({ sensor }) => isCellGood(sensor.channel.raw));
    const names = found === null ? null : `${found.one.declaration.id}, ${found.other.declaration.id}`;
    point.report(swapped ? true : known ? false : null, swapped, names);
  };
}

export function swapText({ declaration: one }: Zone, { declaration: other }: Zone): string {
  return `${one.title} follows the heater duty of ${other.title}, and ${other.title} that of ${one.title}.`;
}
