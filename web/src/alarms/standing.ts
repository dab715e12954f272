import { computed } from '@preact/signals';
import type { AlarmReply } from '../contract/replies.ts';
import { alarms } from '../live/plant.ts';
import { concerns } from '../signals/arrangement.ts';

/** These are listed elsewhere, on purpose of somebody or of the design. */
const apart = new Set(['normal', 'shelved', 'suppressed', 'out-of-service']);

/** Alarms an operator has to see: what nobody acknowledged first, then by priority, the cause first, the newest first. */
export const standingAlarms = computed<readonly AlarmReply[]>(() =>
  [...alarms.value.values()]
    .filter((alarm) => !apart.has(alarm.state))
    .toSorted(
      (a, b) =>
        Number(a.acknowledged) - Number(b.acknowledged) ||
        a.priority - b.priority ||
        Number(b.firstOut) - Number(a.firstOut) ||
        Date.parse(b.raisedAt) - Date.parse(a.raisedAt),
    ),
);

/** How many alarms somebody has put aside for a while, or out of service. */
export const alarmsPutAside = computed<number>(
  () => [...alarms.value.values()].filter(({ state }) => state === 'shelved' || state === 'out-of-service').length,
);

/** The gravest alarm of one point or drive of the machine, to be marked there. */
export function alarmOf(kind: 'point' | 'drive', name: string): AlarmReply | undefined {
  return standingAlarms.value
    .filter((alarm) => concerns(alarm.id, kind, name))
    .reduce<AlarmReply | undefined>(
      (worst, alarm) => (worst && worst.priority <= alarm.priority ? worst : alarm),
      undefined,
    );
}
