import type { Channel } from '../acquisition/channel.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import { explainingLoss } from './comms-lost.ts';
import type { Guard, GuardGround } from './guard.ts';

/**
 * A zone or motor temperature older than its limit. Heaters are off and no new drive command is taken at once; trips
 * `staleTripSeconds` after it left Good. When the modules of all stale temperatures are lost, that is the alarm to show.
 */
export function guardStaleTemperatures({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.temperatureStale);
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  return ({ nowMs }) => {
    let cause: string | null = null;
    let stale = false;
    let known = true;
    let explained = true;
    let trips = false;
    for (const { channel } of equipment.vital) {
      if (!channel.isStale) continue;
      if (channel.notGoodSinceMs === null || isUndecided(channel)) known = false;
      else stale = true;
      trips ||= channel.notGoodSinceMs !== null && nowMs - channel.notGoodSinceMs >= tripMs;
      const loss = explainingLoss(channel.module, alarms);
      if (loss === null) explained = false;
      else cause = loss;
    }
    point.report(stale || trips ? true : known ? false : null, trips, null, null, explained ? cause : null);
  };
}

/**
 * The module fell silent together with this signal, and may be about to count as lost: then its loss is the alarm. Decided
 * half a freshness limit later at the latest.
 */
function isUndecided({ module, lastAtMs }: Channel): boolean {
  if (module.lost) return module.lossIsUndecided;
  return lastAtMs !== null && (module.lastAnswerAtMs ?? 0) <= lastAtMs + module.limitMs / 2;
}
