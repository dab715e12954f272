import { createHash } from 'node:crypto';
import type { AlarmEvent } from '../machine/alarms/alarm.ts';

/**
 * EventId of an alarm's transition. It follows from the event alone, so that the live event and its entry in history have
 * the same one, over restarts too. 16 bytes.
 */
export function eventIdOf({
  occurrence,
  transition,
  atMs,
}: Pick<AlarmEvent, 'occurrence' | 'transition' | 'atMs'>): Buffer {
  return createHash('sha256').update(`${occurrence.occurrenceId}\n${transition}\n${atMs}`).digest().subarray(0, 16);
}
