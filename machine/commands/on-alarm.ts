import type { AlarmEngine } from '../alarms/engine.ts';
import type { AnnunciationDeclaration } from '../declaration.ts';
import type { Now } from '../signal.ts';
import { acknowledge } from './acknowledge.ts';
import { actorOf } from './actor.ts';
import type { Command, CommandAction } from './command.ts';
import type { Verdict } from './decision.ts';
import { comment } from './comment.ts';
import { setInService, shelve, unshelve } from './shelving.ts';

/** What is asked of one alarm. The control process decides on the machine's alarms, the gateway on its own, both by this. */
export type AlarmAction = Extract<
  CommandAction,
  { name: 'acknowledge' | 'comment' | 'shelve' | 'unshelve' | 'setInService' }
>;

const names: ReadonlySet<CommandAction['name']> = new Set<AlarmAction['name']>([
  'acknowledge',
  'comment',
  'shelve',
  'unshelve',
  'setInService',
]);

export function isAlarmAction(action: CommandAction): action is AlarmAction {
  return names.has(action.name);
}

export interface AlarmGround {
  readonly alarms: AlarmEngine;
  readonly annunciation: AnnunciationDeclaration;
}

/** @param action whose role has been looked at already; what depends on the alarm is looked at here */
export function onAlarm(
  { alarms, annunciation }: AlarmGround,
  action: AlarmAction,
  by: Pick<Command, 'principal' | 'station'>,
  now: Now,
): Verdict {
  switch (action.name) {
    case 'acknowledge':
      return acknowledge(alarms, action, actorOf(by), now);
    case 'comment':
      return comment(alarms, action, actorOf(by), now);
    case 'shelve':
      return shelve(alarms, action, { by, longestMinutes: annunciation.shelveMaximumMinutes }, now);
    case 'unshelve':
      return unshelve(alarms, action, actorOf(by), now);
    case 'setInService':
      break;
  }
  return setInService(alarms, action, actorOf(by), now);
}
