import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Guard, GuardGround } from './guard.ts';
import { longestLost } from './signal-lost.ts';

/**
 * A written output does not read back: an alarm, and a trip after `outputTries`. One that can't be read back at all, although
 * its module answers, does what nobody knows: it trips `staleTripSeconds` after it was last read.
 */
export function guardOutputs({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.outputMismatch);
  const { outputTries, staleTripSeconds } = declaration.guards;
  return ({ nowMs }) => {
    const lost = longestLost(equipment.outputs);
    let signal = lost.channel?.cell.declaration.id ?? null;
    let tries = 0;
    let known = lost.known;
    for (const { status, lost } of equipment.modules) {
      for (const mismatch of status?.mismatches ?? []) {
        // what a lost module holds is unknown; its own alarm says so
        if (lost) known = false;
        else if (mismatch.tries > tries) ({ signal, tries } = mismatch);
      }
    }
    const unreadMs = lost.channel === null ? 0 : nowMs - (lost.channel.notGoodSinceMs ?? nowMs);
    const trips = tries >= outputTries || unreadMs >= staleTripSeconds * 1_000;
    point.report(signal !== null ? true : known ? false : null, trips, signal);
  };
}
