import type { Actor } from '../alarms/alarm.ts';
import type { AlarmEngine } from '../alarms/engine.ts';
import type { Now } from '../signal.ts';
import type { CommandAction } from './command.ts';
import { done, noted, refused, type Verdict } from './decision.ts';

type Acknowledge = Extract<CommandAction, { name: 'acknowledge' }>;

/** Acknowledges one occurrence, and no other that may have taken its place meanwhile. */
export function acknowledge(alarms: AlarmEngine, action: Acknowledge, by: Actor, now: Now): Verdict {
  const { alarm, occurrenceId, comment } = action;
  const code = alarms.acknowledge(alarm, occurrenceId, { ...by, comment }, now);
  switch (code) {
    case null:
      return done;
    case 'ALREADY_ACKNOWLEDGED':
      return noted(`${alarm} has been acknowledged already.`);
    case 'UNKNOWN_ALARM':
      return unknownAlarm(alarm);
    case 'OTHER_OCCURRENCE':
      return otherOccurrence(alarm);
    case 'ALARM_NOT_STANDING':
      break;
  }
  const text = `${alarm} does not stand; there is nothing to acknowledge.`;
  return refused('state', { code, text });
}

export function unknownAlarm(alarm: string): Verdict {
  return refused('unknown', { code: 'UNKNOWN_ALARM', text: `There is no alarm ${alarm}.` });
}

export function otherOccurrence(alarm: string): Verdict {
  const text = `What was named is not the occurrence of ${alarm} that stands now; look at it first.`;
  return refused('state', { code: 'OTHER_OCCURRENCE', text });
}
