import type { Actor } from '../alarms/alarm.ts';
import type { Command } from './command.ts';

/** Who stands behind a command in the alarm journal. */
export function actorOf({ principal, station }: Pick<Command, 'principal' | 'station'>): Actor {
  return { name: principal.name, station };
}
