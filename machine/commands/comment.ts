import type { Actor } from '../alarms/alarm.ts';
import type { AlarmEngine } from '../alarms/engine.ts';
import type { Now } from '../signal.ts';
import { otherOccurrence, unknownAlarm } from './acknowledge.ts';
import type { CommandAction } from './command.ts';
import { done, refused, type Verdict } from './decision.ts';

type Comment = Extract<CommandAction, { name: 'comment' }>;

/** Adds what somebody says to the journal of the occurrence that stands; nothing else changes. */
export function comment(alarms: AlarmEngine, action: Comment, by: Actor, now: Now): Verdict {
  const { alarm, occurrenceId } = action;
  const words = action.comment.trim();
  if (words === '') {
    return refused('invalid', { code: 'COMMENT_REQUIRED', text: 'The comment is empty. Say something, or leave it.' });
  }
  const code = alarms.comment(alarm, occurrenceId, { ...by, comment: words }, now);
  switch (code) {
    case null:
      return done;
    case 'UNKNOWN_ALARM':
      return unknownAlarm(alarm);
    case 'OTHER_OCCURRENCE':
      return otherOccurrence(alarm);
    case 'ALARM_NOT_STANDING':
      break;
  }
  return refused('state', { code, text: `${alarm} does not stand; there is nothing to comment on.` });
}
