import type { Single } from '../schema/document.ts';
import type { Context } from './context.ts';

const minutesPerDay = 24 * 60;

/** The shift calendar: a known time zone, names apart, no minute of the day in two shifts. */
export function checkShifts({ draft, report }: Context): void {
  const { shifts } = draft;
  if (!shifts) return;
  if (!isTimeZone(shifts.timeZone)) {
    report(
      ['shifts', 'timeZone'],
      `is ${shifts.timeZone}, which is no known time zone; write its IANA name, such as Europe/Vienna`,
    );
  }
  const names = new Set<string>();
  const taken = new Map<number, string>();
  for (const [index, shift] of shifts.shifts.entries()) {
    const path = ['shifts', 'shifts', index];
    if (names.has(shift.name))
      report([...path, 'name'], `is ${shift.name}, as another shift's; name each shift differently`);
    names.add(shift.name);
    if (shift.from === shift.to) {
      report([...path, 'to'], `is ${shift.to}, the same as from; a shift lasts at least a minute and less than a day`);
      continue;
    }
    const other = minutesOf(shift)
      .map((minute) => taken.get(minute))
      .find((name) => name !== undefined);
    if (other !== undefined)
      report(
        path,
        `(${shift.name}, ${shift.from} to ${shift.to}) overlaps ${other}; let one end where the other begins`,
      );
    for (const minute of minutesOf(shift)) taken.set(minute, shift.name);
  }
}

function isTimeZone(name: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: name }) !== null;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

/** The minutes of the day that a shift covers, over midnight where it ends before it begins. */
function minutesOf({ from, to }: Single<'shifts'>['shifts'][number]): number[] {
  const begin = minuteOfDay(from);
  const length = (minuteOfDay(to) - begin + minutesPerDay) % minutesPerDay;
  return Array.from({ length }, (_, minute) => (begin + minute) % minutesPerDay);
}

function minuteOfDay(clock: string): number {
  const [hours = '0', minutes = '0'] = clock.split(':');
  return Number(hours) * 60 + Number(minutes);
}
