import { z } from 'zod';
import type { AlarmEvent } from '../../machine/alarms/alarm.ts';
import { alarmStatistics, isAnnunciation, type AlarmStatistics } from '../../machine/alarms/statistics.ts';
import type { MachineView } from '../../machine/ports.ts';
import type { AlarmJournal } from '../../operations/ports/journal.ts';
import { AlarmStatisticsReply } from '../alarm-statistics-reply.ts';
import { timeOf } from '../present.ts';
import { route, type Route } from '../route.ts';
import { inOrder, instant, notInOrder } from './ranges.ts';

/** Entries of the journal that one reply counts: what more there is in the span is older, and left out. */
const pageSize = 1_000;
const mostPages = 20;

const dayMs = 24 * 3_600_000;

export function alarmStatisticsRoute(view: MachineView, journal: AlarmJournal, now: () => number): Route {
  return route({
    method: 'get',
    path: '/alarms/statistics',
    tag: 'alarms',
    summary: 'How the alarm system does, by ISA-18.2',
    description: `The last 24 hours unless told otherwise, and never more than the journal knows of: \`from\` says what was counted. At most the newest ${pageSize * mostPages} entries of the journal are counted; \`truncated\` says when there are more.`,
    role: 'observer',
    query: z.strictObject({ from: instant.optional(), to: instant.optional() }).refine(inOrder, notInOrder),
    reply: AlarmStatisticsReply,
    problems: ['STORE_UNAVAILABLE'],
    async handle({ query }) {
      const nowMs = now();
      // what has not been yet would count as time without alarms
      const toMs = Math.min(query.to ?? nowMs, nowMs);
      // and so would what was before anything was kept
      const beginMs = (await journal.beginMs()) ?? toMs;
      const fromMs = Math.min(Math.max(query.from ?? toMs - dayMs, beginMs), toMs);
      const { calls, completeFromMs } = await callsOf(journal, fromMs, toMs);
      const span = { fromMs: completeFromMs, toMs, nowMs };
      const statistics = alarmStatistics(
        { events: calls, standing: view.alarms, ...span },
        view.declaration.annunciation,
      );
      return present(statistics, completeFromMs > fromMs);
    },
  });
}

/** Those who called the operator in a span, in the order of time, read from the newest back. */
async function callsOf(
  journal: AlarmJournal,
  fromMs: number,
  toMs: number,
): Promise<{ readonly calls: readonly AlarmEvent[]; readonly completeFromMs: number }> {
  const calls: AlarmEvent[] = [];
  let cursor: string | null = null;
  let readFromMs = toMs;
  for (let page = 0; page < mostPages; page++) {
    const asked = cursor === null ? {} : { cursor };
    const { items, next } = await journal.list({ fromMs, toMs, limit: pageSize, ...asked });
    for (const event of items) if (isAnnunciation(event)) calls.push(event);
    readFromMs = items.at(-1)?.atMs ?? readFromMs;
    cursor = next;
    if (cursor === null) break;
  }
  calls.sort((one, other) => one.atMs - other.atMs);
  return { calls, completeFromMs: cursor === null ? fromMs : readFromMs };
}

function present(statistics: AlarmStatistics, truncated: boolean): z.input<typeof AlarmStatisticsReply> {
  const { fromMs, toMs, floods, staleAlarms, ...same } = statistics;
  return {
    ...same,
    from: timeOf(fromMs),
    to: timeOf(toMs),
    truncated,
    floods: floods.map((flood) => ({
      from: timeOf(flood.fromMs),
      to: flood.toMs === null ? null : timeOf(flood.toMs),
      alarms: flood.alarms,
    })),
    staleAlarms: staleAlarms.map(({ id, text, raisedAtMs }) => ({ id, text, raisedAt: timeOf(raisedAtMs) })),
    chatteringAlarms: [...same.chatteringAlarms],
    topTen: [...same.topTen],
    priorities: [...same.priorities],
  };
}
