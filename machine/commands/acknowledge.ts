import type { AlarmEngine } from '../alarms/engine.ts';
import type { Now } from '../signal.ts';
import type { CommandAction } from './command.ts';
import { done, noted, refused, type Decision } from './decision.ts';

type Acknowledge = Extract<CommandAction, { name: 'acknowledge' }>;

/** Acknowledges one occurrence, and no other that may have taken its place meanwhile. */
export function acknowledge(alarms: AlarmEngine, action: Acknowledge, actor: string, now: Now): Decision {
  const { alarm, occurrenceId, comment } = action;
  const code = alarms.acknowledge(alarm, occurrenceId, { actor, comment }, now);
  if (code === null) return done;
  if (code === 'ALREADY_ACKNOWLEDGED') return noted(`${alarm} has been acknowledged already.`);
  return refused(code === 'UNKNOWN_ALARM' ? 'unknown' : 'state', { code, text: explanations[code](alarm) });
}

const explanations = {
  UNKNOWN_ALARM: (alarm: string) => `There is no alarm ${alarm}.`,
  ALARM_NOT_STANDING: (alarm: string) => `${alarm} does not stand; there is nothing to acknowledge.`,
  OTHER_OCCURRENCE: (alarm: string) => `${alarm} has occurred again since. Look at the new occurrence first.`,
};
