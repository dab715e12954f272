import type { Actor } from '../alarms/alarm.ts';
import type { AlarmPoint } from '../alarms/alarm-point.ts';
import type { AlarmEngine } from '../alarms/engine.ts';
import { isLatchedTrip } from '../alarms/occurrence.ts';
import { numberText } from '../control/reason-text.ts';
import type { Now } from '../signal.ts';
import { otherOccurrence, unknownAlarm } from './acknowledge.ts';
import { actorOf } from './actor.ts';
import type { Command, CommandAction, Principal, Reason } from './command.ts';
import { noted, refused, type Verdict } from './decision.ts';
import { includesRole } from './role.ts';

type Shelve = Extract<CommandAction, { name: 'shelve' }>;
type Unshelve = Extract<CommandAction, { name: 'unshelve' }>;
type SetInService = Extract<CommandAction, { name: 'setInService' }>;

interface ShelvingGround {
  readonly by: Pick<Command, 'principal' | 'station'>;
  readonly longestMinutes: number;
}

/** Puts an alarm aside for a while, whether it stands or comes and goes. Longer than that, it is a matter of mending it. */
export function shelve(alarms: AlarmEngine, action: Shelve, { by, longestMinutes }: ShelvingGround, now: Now): Verdict {
  const { alarm, occurrenceId, minutes, once = false, reason } = action;
  const point = alarms.find(alarm);
  if (point === undefined) return unknownAlarm(alarm);
  const forbidden = priorityReason(point, by.principal);
  if (forbidden !== null) return refused('permission', forbidden);
  const faults = [...reasonFault(reason, 'Shelving an alarm'), ...minutesFault(minutes, longestMinutes)];
  if (faults.length > 0) return refused('invalid', ...faults);
  const other = objectionToOccurrence(point, occurrenceId);
  if (other !== null) return other;
  const { occurrence } = point;
  if (occurrence?.shelf?.kind === 'out-of-service') return refused('state', outOfServiceReason(alarm));
  if (isLatchedTrip(occurrence)) {
    const text = `${alarm} has stopped the machine and stays in sight. Mend its cause and clear the alarms.`;
    return refused('state', { code: 'TRIP_LATCHED', text });
  }
  const aside = { kind: 'shelved', minutes, once, reason: reason.trim() } as const;
  return changed(point, () => point.putAside(aside, now, actorOf(by)));
}

/** Ends a shelf before its time. */
export function unshelve(alarms: AlarmEngine, action: Unshelve, by: Actor, now: Now): Verdict {
  const { alarm, occurrenceId } = action;
  const point = alarms.find(alarm);
  if (point === undefined) return unknownAlarm(alarm);
  const other = objectionToOccurrence(point, occurrenceId);
  if (other !== null) return other;
  const kind = point.occurrence?.shelf?.kind;
  if (kind === 'out-of-service') return refused('state', outOfServiceReason(alarm));
  if (kind === undefined) return noted(`${alarm} is not shelved; nothing changed.`);
  return changed(point, () => point.takeBack(now, by));
}

/** Takes an alarm out of service until it is put back by hand. What stops the machine can't be. */
export function setInService(alarms: AlarmEngine, action: SetInService, by: Actor, now: Now): Verdict {
  const { alarm, occurrenceId, inService } = action;
  const point = alarms.find(alarm);
  if (point === undefined) return unknownAlarm(alarm);
  const reason = action.reason.trim();
  const deed = inService ? 'Putting an alarm back into service' : 'Taking an alarm out of service';
  const faults = reasonFault(reason, deed);
  if (faults.length > 0) return refused('invalid', ...faults);
  const other = objectionToOccurrence(point, occurrenceId);
  if (other !== null) return other;
  const isOut = point.occurrence?.shelf?.kind === 'out-of-service';
  if (inService) {
    if (!isOut) return noted(`${alarm} is in service already; nothing changed.`);
    return changed(point, () => point.takeBack(now, by, reason));
  }
  if (isOut) return noted(`${alarm} is out of service already; nothing changed.`);
  if (point.isInterlock) {
    const text = `${alarm} belongs to an interlock that stops the machine: it can't be taken out of service. Mend its cause.`;
    return refused('state', { code: 'STOPS_THE_MACHINE', text });
  }
  return changed(point, () => point.putAside({ kind: 'out-of-service', minutes: null, reason }, now, by));
}

/** Does it, and tells the audit the alarm's state before and after. */
function changed(point: AlarmPoint, deed: () => void): Verdict {
  const before = point.occurrence?.state ?? 'normal';
  deed();
  return { accepted: true, before, after: point.occurrence?.state ?? 'normal' };
}

/** Priority 1 is put aside by engineers only. */
function priorityReason({ declaration }: AlarmPoint, { role }: Principal): Reason | null {
  if (declaration.priority !== 1 || includesRole(role, 'engineer')) return null;
  const text = `${declaration.id} has priority 1: only an engineer may shelve it. Mend its cause, or ask one.`;
  return { code: 'NOT_PERMITTED', text, actual: role, required: 'engineer' };
}

function reasonFault(reason: string, deed: string): Reason[] {
  if (reason.trim() !== '') return [];
  return [{ code: 'REASON_REQUIRED', text: `${deed} needs a reason. Say why in some words.` }];
}

function minutesFault(minutes: number, longest: number): Reason[] {
  if (minutes > 0 && minutes <= longest) return [];
  const text = `An alarm is shelved for more than 0 and at most ${longest} min; ${numberText(minutes)} min were asked for.`;
  return [{ code: 'OUT_OF_RANGE', text, actual: minutes, required: minutes > longest ? longest : 0, unit: 'min' }];
}

function outOfServiceReason(alarm: string): Reason {
  const text = `${alarm} is out of service. An engineer puts it back into service when it is mended.`;
  return { code: 'OUT_OF_SERVICE', text };
}

/** Who names an occurrence has looked at it, and means no other that may have taken its place. */
function objectionToOccurrence(point: AlarmPoint, occurrenceId: string | undefined): Verdict | null {
  const { occurrence } = point;
  if (occurrenceId === undefined || occurrence?.occurrenceId === occurrenceId) return null;
  const alarm = point.declaration.id;
  if (occurrence !== null) return otherOccurrence(alarm);
  const text = `${alarm} does not stand. Name no occurrence if the alarm is meant, whether it stands or comes and goes.`;
  return refused('state', { code: 'ALARM_NOT_STANDING', text });
}
