import type { AnnunciationDeclaration } from '../declaration.ts';
import type { AlarmEvent, AlarmOccurrence, AlarmPriority } from './alarm.ts';
import { floodsOf, mostWithin, periodsAbove, type Flood } from './alarm-rate.ts';
import { figure, goals, overloaded, type Figure, type Goal } from './figure.ts';
import { isAnnounced } from './occurrence.ts';

const tenMinutesMs = 600_000;
const hourMs = 3_600_000;

export interface StatisticsGround {
  /** In the order of time; what lies outside the span, or called nobody, is left out. */
  readonly events: Iterable<AlarmEvent>;
  /** What stands now, at `nowMs`. */
  readonly standing: readonly AlarmOccurrence[];
  /**
   * The span is from `fromMs` to before `toMs`, and judged by what happened in it alone. ms since 1970. There must be records
   * of all of it: time that nobody kept would count as time without alarms.
   */
  readonly fromMs: number;
  readonly toMs: number;
  readonly nowMs: number;
}

/** One alarm and how often it called the operator. */
export interface AlarmTally {
  readonly id: string;
  readonly text: string;
  readonly count: number;
}

/** How an alarm system does by ISA-18.2. Shares are in percent. */
export interface AlarmStatistics {
  readonly fromMs: number;
  readonly toMs: number;
  /** How often the operator was called. */
  readonly annunciated: number;
  readonly tenMinutesMean: Figure;
  readonly tenMinutesMaximum: Figure;
  readonly hourMean: Figure;
  readonly hourMaximum: Figure;
  /** Share of the hours with more than 30 alarms. */
  readonly hoursAbove30: Figure;
  /** Share of the periods of 10 minutes with more than 10. */
  readonly tenMinutesAbove10: Figure;
  readonly timeInFlood: Figure;
  readonly floods: readonly Flood[];
  /** Announced and active now. */
  readonly standing: number;
  /** Put aside or explained by a cause now. */
  readonly shelved: number;
  readonly outOfService: number;
  readonly suppressed: number;
  /** Announced and active for too long. */
  readonly stale: Figure;
  readonly staleAlarms: readonly { readonly id: string; readonly text: string; readonly raisedAtMs: number }[];
  /** Alarms that came again and again; `count` is the most within the chatter time. */
  readonly chattering: Figure;
  readonly chatteringAlarms: readonly AlarmTally[];
  /** Share of the ten most frequent alarms. */
  readonly topTenShare: Figure;
  readonly topTen: readonly (AlarmTally & { readonly sharePercent: number })[];
  readonly priorities: readonly { readonly priority: AlarmPriority; readonly count: number; readonly share: Figure }[];
}

/**
 * Whether the operator was called: an occurrence rang that is neither suppressed nor put aside, or what had been put aside
 * came back while it stands. Every ring of a chatter counts, although it is one occurrence.
 */
export function isAnnunciation({ transition, occurrence }: AlarmEvent): boolean {
  const calls = transition === 'raised' || transition === 'unshelved' || transition === 'in-service';
  return calls && occurrence.active && !occurrence.acknowledged && isAnnounced(occurrence);
}

export function alarmStatistics(ground: StatisticsGround, limits: AnnunciationDeclaration): AlarmStatistics {
  const { fromMs, toMs, standing } = ground;
  const calls: AlarmEvent[] = [];
  for (const event of ground.events) {
    if (event.atMs >= fromMs && event.atMs < toMs && isAnnunciation(event)) calls.push(event);
  }
  const timesMs = calls.map(({ atMs }) => atMs);
  return {
    fromMs,
    toMs,
    annunciated: calls.length,
    ...rates(timesMs, ground),
    ...floods(timesMs, ground, limits),
    standing: standing.filter((occurrence) => occurrence.active && isAnnounced(occurrence)).length,
    shelved: standing.filter(({ state }) => state === 'shelved').length,
    outOfService: standing.filter(({ state }) => state === 'out-of-service').length,
    suppressed: standing.filter(({ state }) => state === 'suppressed').length,
    ...stale(ground, limits),
    ...frequent(calls, ground, limits),
    priorities: mix(calls),
  };
}

type Part<Name extends keyof AlarmStatistics> = Pick<AlarmStatistics, Name>;

type Rates = 'tenMinutesMean' | 'tenMinutesMaximum' | 'hourMean' | 'hourMaximum' | 'hoursAbove30' | 'tenMinutesAbove10';

function rates(timesMs: readonly number[], span: StatisticsGround): Part<Rates> {
  const mean = (periodMs: number): number | null =>
    lasts(span, periodMs) ? (timesMs.length * periodMs) / (span.toMs - span.fromMs) : null;
  const shareAbove = (periodMs: number, most: number): number | null => {
    const { beyond, periods } = periodsAbove(timesMs, span, periodMs, most);
    return lasts(span, periodMs) ? percent(beyond, periods) : null;
  };
  const within = (periodMs: number): number => mostWithin(timesMs, periodMs);
  return {
    tenMinutesMean: figure(mean(tenMinutesMs), goals.tenMinutesMean),
    tenMinutesMaximum: maximum(within(tenMinutesMs), goals.tenMinutesMaximum, lasts(span, tenMinutesMs)),
    hourMean: figure(mean(hourMs), goals.hourMean),
    hourMaximum: maximum(within(hourMs), goals.hourMaximum, lasts(span, hourMs)),
    hoursAbove30: figure(shareAbove(hourMs, overloaded.hour), goals.hoursAbove30),
    tenMinutesAbove10: figure(shareAbove(tenMinutesMs, overloaded.tenMinutes), goals.tenMinutesAbove10),
  };
}

/** Whether the span holds one whole period: what comes in less of it says nothing of how many come in a whole one. */
function lasts({ fromMs, toMs }: StatisticsGround, periodMs: number): boolean {
  return toMs - fromMs >= periodMs;
}

/** The most of anything only grows with the time that is looked at: a short span shows what is bad already, nothing good. */
function maximum(most: number, goal: Goal, isLongEnough: boolean): Figure {
  const known = figure(most, goal);
  return isLongEnough || known.met === false ? known : figure(null, goal);
}

function floods(
  timesMs: readonly number[],
  span: StatisticsGround,
  { floodBeginsAbove, floodEndsBelow }: AnnunciationDeclaration,
): Part<'floods' | 'timeInFlood'> {
  const { fromMs, toMs } = span;
  const rule = { windowMs: tenMinutesMs, beginsAbove: floodBeginsAbove, endsBelow: floodEndsBelow };
  const list = floodsOf(timesMs, toMs, rule);
  const inFloodMs = list.reduce((sum, flood) => sum + (flood.toMs ?? toMs) - flood.fromMs, 0);
  const share = lasts(span, tenMinutesMs) ? percent(inFloodMs, toMs - fromMs) : null;
  return { floods: list, timeInFlood: figure(share, goals.timeInFlood) };
}

function stale(
  { standing, nowMs }: StatisticsGround,
  { staleHours }: AnnunciationDeclaration,
): Part<'stale' | 'staleAlarms'> {
  const staleAlarms = standing
    .filter((one) => one.active && isAnnounced(one) && nowMs - one.raisedAtMs > staleHours * hourMs)
    .map(({ id, text, raisedAtMs }) => ({ id, text, raisedAtMs }));
  return { stale: figure(staleAlarms.length, goals.stale), staleAlarms };
}

type Frequent = 'chattering' | 'chatteringAlarms' | 'topTenShare' | 'topTen';

function frequent(
  calls: readonly AlarmEvent[],
  span: StatisticsGround,
  { chatterSeconds, chatterCount }: AnnunciationDeclaration,
): Part<Frequent> {
  const alarms = [...Map.groupBy(calls, ({ occurrence }) => occurrence.id)].map(([id, rings]) => ({
    id,
    text: rings.at(-1)?.occurrence.text ?? id,
    count: rings.length,
    mostTogether: mostWithin(
      rings.map(({ atMs }) => atMs),
      chatterSeconds * 1_000,
    ),
  }));
  const chatteringAlarms = alarms
    .filter(({ mostTogether }) => mostTogether >= chatterCount)
    .map(({ id, text, mostTogether }) => ({ id, text, count: mostTogether }))
    .toSorted(oftenFirst);
  const first = alarms.toSorted(oftenFirst).slice(0, 10);
  const topTen = first.map(({ id, text, count }) => ({ id, text, count, sharePercent: (count / calls.length) * 100 }));
  const theirs = first.reduce((sum, { count }) => sum + count, 0);
  return {
    chattering: maximum(chatteringAlarms.length, goals.chattering, lasts(span, chatterSeconds * 1_000)),
    chatteringAlarms,
    topTenShare: figure(percent(theirs, calls.length), goals.topTen),
    topTen,
  };
}

function oftenFirst(one: AlarmTally, other: AlarmTally): number {
  return other.count - one.count || (one.id < other.id ? -1 : 1);
}

function mix(calls: readonly AlarmEvent[]): AlarmStatistics['priorities'] {
  return ([1, 2, 3, 4] as const).map((priority) => {
    const count = calls.filter(({ occurrence }) => occurrence.priority === priority).length;
    return { priority, count, share: figure(percent(count, calls.length), goals.priorities[priority]) };
  });
}

function percent(part: number, whole: number): number | null {
  return whole > 0 ? (part / whole) * 100 : null;
}
