import type { MachineDeclaration } from '../declaration.ts';
import { numberOf, type Cell, type Image } from '../image.ts';
import { numberText } from '../control/reason-text.ts';
import { Held } from '../interlocks/held.ts';
import type { SignalValue } from '../signal.ts';
import type { Situation } from '../situation.ts';
import type { AlarmDeclaration } from './alarm.ts';
import type { AlarmPoint } from './alarm-point.ts';
import type { AlarmEngine } from './engine.ts';
import { guardAlarmIds } from './guard-alarms.ts';

type Limit = NonNullable<AlarmDeclaration['limit']>;

interface Watch {
  readonly declaration: AlarmDeclaration;
  readonly limit: Limit;
  readonly cell: Cell;
  readonly point: AlarmPoint;
  readonly held: Held;
  beyond: boolean;
}

/**
 * The alarms that watch one signal against a limit. At the limit counts as beyond it; back inside by more than the deadband
 * ends it. A reading that is not Good changes nothing.
 */
export function limitAlarms(declaration: MachineDeclaration, image: Image, alarms: AlarmEngine) {
  const guarded = new Set(guardAlarmIds(declaration));
  const watches = declaration.alarms.flatMap((alarm): Watch[] => {
    if (alarm.limit === undefined || guarded.has(alarm.id)) return [];
    const { limit } = alarm;
    const point = alarms.point(alarm.id);
    const beyond = point.occurrence?.active === true;
    const cell = image.cell(limit.signal);
    const { unit, rawOf = '', title: ownTitle } = cell.declaration;
    const title = image.find(rawOf)?.declaration.title ?? ownTitle;
    point.explain = () => explanation(alarm, limit, { title, unit, value: point.value });
    return [{ declaration: alarm, limit, cell, point, held: new Held(), beyond }];
  });
  return ({ nowMs }: Readonly<Situation>): void => {
    for (const watch of watches) {
      const { value, quality } = watch.cell.sample;
      if (quality !== 'Good') {
        watch.point.report(null, false);
        continue;
      }
      watch.beyond = isBeyond(watch, numberOf(watch.cell));
      const forMs = watch.held.forMs(watch.beyond, nowMs);
      const { trip, onDelaySeconds } = watch.declaration;
      const tripsAfterMs = Math.max(trip?.afterSeconds ?? 0, onDelaySeconds) * 1_000;
      watch.point.report(watch.beyond, trip !== undefined && forMs >= tripsAfterMs, value, quality);
    }
  };
}

function isBeyond({ limit: { above, below, deadband }, beyond }: Watch, value: number): boolean {
  if (above !== undefined && (value >= above || (beyond && value >= above - deadband))) return true;
  return below !== undefined && (value <= below || (beyond && value <= below + deadband));
}

interface Reading {
  readonly title: string;
  readonly unit: string | undefined;
  readonly value: SignalValue;
}

/** What the signal reads, and the limit that it has reached. */
function explanation(
  { trip }: AlarmDeclaration,
  { above, below, deadband }: Limit,
  { title, unit, value }: Reading,
): string {
  const read = typeof value === 'number' ? value : NaN;
  const inUnit = unit === undefined ? '' : ` ${unit}`;
  const isAbove = above !== undefined && read >= above - deadband;
  const limit = numberText((isAbove ? above : below) ?? above ?? null);
  const kind = trip === undefined ? 'alarm' : 'trip';
  return `${title} reads ${numberText(read)}${inUnit}; the ${kind} limit is ${limit}${inUnit}.`;
}
