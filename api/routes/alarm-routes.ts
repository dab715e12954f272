import { z } from 'zod';
import type { AlarmOccurrence } from '../../machine/alarms/alarm.ts';
import type { CommandGate, MachineView } from '../../machine/ports.ts';
import type { AlarmJournal } from '../../operations/ports/journal.ts';
import { presentAlarm, timeOf } from '../present.ts';
import { AlarmJournalReply, AlarmReply } from '../replies.ts';
import { route, type Route } from '../route.ts';
import { alarmCommandRoutes } from './alarm-command-routes.ts';
import { alarmStatisticsRoute } from './alarm-statistics-route.ts';
import { filterOf, inOrder, notInOrder, paging } from './ranges.ts';

const hiddenStates = ['suppressed', 'shelved', 'out-of-service'] as const;

export function alarmRoutes(
  view: MachineView,
  gate: CommandGate,
  journal: AlarmJournal,
  now: () => number,
): readonly Route[] {
  return [
    listAlarms(view),
    readJournal(view, journal),
    alarmStatisticsRoute(view, journal, now),
    ...alarmCommandRoutes(view, gate),
  ];
}

/** The most urgent first, of the same priority the newest. */
function byUrgency(a: AlarmOccurrence, b: AlarmOccurrence): number {
  return a.priority - b.priority || b.raisedAtMs - a.raisedAtMs;
}

function listAlarms(view: MachineView): Route {
  const include = z
    .string()
    .transform((text) => text.split(','))
    .pipe(z.array(z.enum(hiddenStates)))
    .optional();
  return route({
    method: 'get',
    path: '/alarms',
    tag: 'alarms',
    summary: 'The alarms that stand',
    description: 'Suppressed, shelved and out-of-service ones only with `?include=suppressed,shelved,out-of-service`.',
    role: 'observer',
    query: z.strictObject({ include }),
    reply: z.array(AlarmReply),
    handle({ query }) {
      const hidden = new Set<string>(hiddenStates.filter((state) => query.include?.includes(state) !== true));
      return view.alarms
        .filter((alarm) => alarm.state !== 'normal' && !hidden.has(alarm.state))
        .toSorted(byUrgency)
        .map((alarm) => presentAlarm(view.declaration, alarm));
    },
  });
}

function readJournal(view: MachineView, journal: AlarmJournal): Route {
  return route({
    method: 'get',
    path: '/alarms/journal',
    tag: 'alarms',
    summary: 'Every state change of every alarm, newest first',
    role: 'observer',
    query: z.strictObject({ ...paging, id: z.string().max(128).optional() }).refine(inOrder, notInOrder),
    reply: AlarmJournalReply,
    problems: ['STORE_UNAVAILABLE'],
    async handle({ query }) {
      const alarm = query.id === undefined ? {} : { alarm: query.id };
      const page = await journal.list({ ...filterOf(query), ...alarm });
      const items = page.items.map(({ entry, atMs, transition, actor, station, comment, occurrence }) => ({
        ...presentAlarm(view.declaration, occurrence),
        entry,
        at: timeOf(atMs),
        transition,
        actor,
        station: station ?? null,
        comment: comment ?? null,
      }));
      return { items, next: page.next };
    },
  });
}
