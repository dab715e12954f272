import { z } from 'zod';
import { count, Priority, Time } from './replies.ts';

const share = z.number().min(0).max(100).describe('%');

const FigureReply = z.strictObject({
  value: z
    .number()
    .nullable()
    .describe(
      'Null: there is nothing to judge by, for example no alarm to take a share of, or less than one whole hour (10 minutes) was counted',
    ),
  unit: z.string(),
  target: z.number(),
  comparison: z.enum(['atMost', 'below', 'atLeast']).describe('How the value should lie to the target'),
  limit: z.number().nullable().describe('Beyond it something has to be done; null: the standard names none'),
  met: z.boolean().nullable(),
});

const TallyReply = z.strictObject({ id: z.string(), text: z.string(), count });

/** The figures of ISA-18.2, each with its target. */
export const AlarmStatisticsReply = z.strictObject({
  from: Time.describe(
    'From when records were counted: later than asked for when the journal begins later (one that is empty yet: as `to`), or holds more than one reply counts',
  ),
  to: Time,
  truncated: z
    .boolean()
    .describe('The journal holds more between the two times than was counted: the oldest is left out'),
  annunciated: count.describe(
    'How often the operator was called: neither suppressed nor put aside; each ring of a chatter',
  ),
  tenMinutesMean: FigureReply,
  tenMinutesMaximum: FigureReply,
  hourMean: FigureReply,
  hourMaximum: FigureReply,
  hoursAbove30: FigureReply.describe('Share of the hours with more than 30 alarms'),
  tenMinutesAbove10: FigureReply.describe('Share of the periods of 10 minutes with more than 10 alarms'),
  timeInFlood: FigureReply,
  floods: z.array(z.strictObject({ from: Time, to: Time.nullable().describe('Null: it lasts still'), alarms: count })),
  standing: count.describe('Announced and active now'),
  shelved: count.describe('Now'),
  outOfService: count.describe('Now'),
  suppressed: count.describe('Now'),
  stale: FigureReply.describe('Alarms that have been active for too long, now'),
  staleAlarms: z.array(z.strictObject({ id: z.string(), text: z.string(), raisedAt: Time })),
  chattering: FigureReply,
  chatteringAlarms: z.array(TallyReply).describe('With the most rings within the chatter time'),
  topTenShare: FigureReply,
  topTen: z.array(TallyReply.extend({ sharePercent: share })),
  priorities: z.array(z.strictObject({ priority: Priority, count, share: FigureReply })),
});
