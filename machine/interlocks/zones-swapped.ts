import type { AlarmPoint } from '../alarms/alarm-point.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Zone } from '../equipment.ts';
import { isCellGood } from '../image.ts';
import type { Guard, GuardGround } from './guard.ts';
import type { SwapWatch } from './swap-watch.ts';

/** Where the heaters or sensors of two zones are connected crosswise, one runs away while the other stays cold: trips. */
export function guardZonesSwapped({ equipment, alarms }: GuardGround, swaps: SwapWatch): Guard {
  if (equipment.zones.length < 2) return () => undefined;
  const point = alarms.point(alarmNames.zonesSwapped);
  return () => {
    const { found } = swaps;
    if (found !== null) {
      reportSwap(point, found.one, found.other);
      return;
    }
    const known = equipment.zones.every(({ sensor }) => isCellGood(sensor.channel.raw));
    point.report(known ? false : null, false);
  };
}

/** Two zones are connected crosswise beyond doubt: trips. */
export function reportSwap(point: AlarmPoint, { declaration: one }: Zone, { declaration: other }: Zone): void {
  point.explain = () =>
    `${one.title} follows the heater duty of ${other.title}, and ${other.title} that of ${one.title}.`;
  point.report(true, true, `${one.id}, ${other.id}`);
}
