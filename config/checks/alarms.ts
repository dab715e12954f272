import { alarmNames, gatewayAlarmIds, guardAlarmIds } from '../../machine/alarms/guard-alarms.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import { expandAlarms, familyOf, type ExpandedAlarm } from '../build/alarms.ts';
import { didYouMean } from '../did-you-mean.ts';
import { sound } from '../draft.ts';
import { entryNamed, type Context } from './context.ts';
import { checkQuotations } from './quotations.ts';

/** Alarms: every one is raised by somebody, every guard has its alarm, each id is there once, limits fit their signal. */
export function checkAlarms(context: Context): void {
  const { draft, report } = context;
  for (const [key, alarm] of sound(draft.alarms)) {
    checkQuotations(context, key, [alarm.text, alarm.consequence, alarm.response]);
    if (alarm.trip && alarm.latches === false) {
      report(['alarms', key, 'latches'], 'is false, but the alarm trips, and every trip latches; remove it');
    }
  }
  const expanded = expandAlarms(draft);
  const keys = new Map<string, string>();
  for (const { key, alarm } of expanded) {
    const other = keys.get(alarm.id);
    if (other !== undefined) {
      report(
        ['alarms', key],
        `gives ${alarm.id}, and so does ${other}; rename one, or write out ${alarm.id} by itself`,
      );
    }
    keys.set(alarm.id, other ?? key);
    checkLimit(context, key, alarm);
  }
  checkOwners(context, expanded);
  checkTripTimes(context, expanded);
}

function checkLimit(context: Context, key: string, { limit }: ExpandedAlarm['alarm']): void {
  if (!limit) return;
  const path = ['alarms', key, 'limit'];
  const signal = entryNamed(context, 'signals', limit.signal, [...path, 'signal']);
  if (!signal) return;
  if (context.natureOf(limit.signal)?.type === 'Boolean') {
    context.report([...path, 'signal'], `is ${limit.signal}, a Boolean; a limit needs a number`);
    return;
  }
  for (const side of ['above', 'below'] as const) {
    const value = limit[side];
    if (value === undefined || !signal.span) continue;
    const [low, high] = signal.span;
    if (value < low || value > high) {
      context.report(
        [...path, side],
        `is ${value}, outside the span ${low}…${high} of ${limit.signal}; it could never ring`,
      );
    }
  }
  if (limit.above !== undefined && limit.below !== undefined && limit.above <= limit.below) {
    context.report([...path, 'above'], `is ${limit.above}, not above below (${limit.below}); it would always ring`);
  }
}

/** Who raises an alarm is known, and what it says of its trip is what that one does. */
function checkOwners({ draft, report }: Context, expanded: readonly ExpandedAlarm[]): void {
  if (draft.unreadable.size > 0) return; // who raises what can't be told while a section is missing
  const guarded = new Set(guardAlarmIds(outline(draft)));
  const raised = new Set([...guarded, ...gatewayAlarmIds]);
  const warnings = warningsOf(draft);
  for (const { key, alarm } of firstOfEach(expanded, ({ alarm: { id, limit } }) => !raised.has(id) && !limit)) {
    const guess = didYouMean(alarm.id, raised);
    report(['alarms', key], `has no limit, and no guard raises ${alarm.id}${guess || '; add a limit or remove it'}`);
  }
  for (const { key, alarm } of firstOfEach(expanded, ({ alarm: { id, limit } }) => raised.has(id) && !!limit)) {
    report(['alarms', key, 'limit'], `is not used: ${alarm.id} is raised by its guard; remove it`);
  }
  for (const { key, alarm } of firstOfEach(expanded, ({ alarm: { id, trip } }) => warnings.has(id) && !!trip)) {
    report(['alarms', key, 'trip'], `is not done: what raises ${alarm.id} only warns; remove it`);
  }
  for (const { key, alarm } of firstOfEach(
    expanded,
    ({ alarm: { id, trip } }) => guarded.has(id) && !warnings.has(id) && !trip,
  )) {
    report(
      ['alarms', key, 'trip'],
      `is missing; ${alarm.id} is an interlock and must trip: add trip: { afterSeconds: 0 }`,
    );
  }
  const malformed = [...draft.alarms].filter(([, alarm]) => alarm === null).flatMap(([key]) => idsOf(draft, key));
  const declared = new Set([...expanded.map(({ alarm }) => alarm.id), ...malformed]);
  for (const id of raised) {
    if (declared.has(id)) continue;
    report(['alarms', id], 'is missing; the machine raises it: add it, or the family that gives it');
  }
}

/** One alarm per key of the file: what is wrong with a family is said once. */
function firstOfEach(alarms: readonly ExpandedAlarm[], isWrong: (alarm: ExpandedAlarm) => boolean): ExpandedAlarm[] {
  const first = new Map<string, ExpandedAlarm>();
  for (const alarm of alarms) if (isWrong(alarm) && !first.has(alarm.key)) first.set(alarm.key, alarm);
  return [...first.values()];
}

/** What an alarm says of its trip is what its guard does: 3 s after the values went stale, if so declared. */
function checkTripTimes({ draft, report }: Context, expanded: readonly ExpandedAlarm[]): void {
  const { guards } = draft;
  if (!guards) return;
  const delayed = new Set([
    alarmNames.temperatureStale,
    ...[...draft.lines.keys(), ...draft.modules.keys()].map(alarmNames.commsLost),
    ...[...draft.sensors.keys()].map(alarmNames.sensorFailed),
  ]);
  for (const { key, alarm } of expanded) {
    if (!alarm.trip || alarm.limit || !delayed.has(alarm.id)) continue;
    if (alarm.trip.afterSeconds !== guards.staleTripSeconds) {
      report(
        ['alarms', key, 'trip', 'afterSeconds'],
        `is ${alarm.trip.afterSeconds} s, but its guard trips after guards.staleTripSeconds (${guards.staleTripSeconds} s); write that`,
      );
    }
  }
}

type Sections = Context['draft'];

function idsOf(draft: Sections, key: string): string[] {
  const family = familyOf(key);
  return family ? [...draft[family.section].keys()].map(family.idFor) : [key];
}

/** What only warns. All other guards are interlocks. */
function warningsOf(draft: Sections): ReadonlySet<string> {
  const isVital = (sensor: string): boolean => draft.zones.has(sensor) || draft.motor?.sensor === sensor;
  return new Set([
    ...gatewayAlarmIds,
    alarmNames.heaterPowerMismatch,
    alarmNames.configurationUnconfirmed,
    alarmNames.clockStepped,
    ...[...draft.zones.keys()].map(alarmNames.deviation),
    ...[...sound(draft.sensors)]
      .filter(([id, sensor]) => !sensor.trips && !isVital(id))
      .map(([id]) => alarmNames.sensorFailed(id)),
  ]);
}

/** As much of the machine as the names of its alarms follow from, even while other parts of the file are faulty. */
function outline(draft: Sections): MachineDeclaration {
  return {
    lines: named(draft.lines),
    modules: named(draft.modules),
    zones: named(draft.zones),
    drives: named(draft.drives),
    sensors: named(draft.sensors),
  } as unknown as MachineDeclaration;
}

function named(section: ReadonlyMap<string, unknown>): { readonly id: string }[] {
  return [...section.keys()].map((id) => ({ id }));
}
