import type { Channel } from '../acquisition/channel.ts';
import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import { explainingLoss } from './comms-lost.ts';
import type { Guard, GuardGround } from './guard.ts';

/**
 * An input that has no rule of its own is not Good although its module answers: its register is refused, or no longer
 * delivered. Without it the machine is partly blind: a stop button that is not heard, a power that shows no stuck relay.
 * Trips `staleTripSeconds` after it left Good. An input that the machine is to run without is disabled in the configuration.
 */
export function guardSignals({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.signalLost);
  const tripMs = declaration.guards.staleTripSeconds * 1_000;
  let missed: Channel | null = null;
  point.explain = () => {
    if (missed === null) return 'An input is not delivered.';
    const { title } = missed.cell.declaration;
    const { quality } = missed.cell.sample;
    return `${title} is not known (${quality}) although module ${missed.module.id} answers; after ${numberText(tripMs / 1_000)} s the machine stops.`;
  };
  return ({ nowMs }) => {
    const lost = longestLost(equipment.otherInputs);
    missed = lost.channel;
    const trips = lost.channel !== null && nowMs - (lost.channel.notGoodSinceMs ?? nowMs) >= tripMs;
    const { id } = lost.channel?.cell.declaration ?? { id: null };
    point.report(
      lost.channel !== null ? true : lost.known ? false : null,
      trips,
      id,
      lost.channel?.cell.sample.quality,
      lost.channel === null ? null : explainingLoss(lost.channel.module, alarms),
    );
  };
}

/**
 * The channel that has not been Good for the longest time while its module answers. What is gone with its module, or may
 * be, is not counted: then `known` is false, and the loss of the module is the alarm.
 */
export function longestLost(channels: readonly Channel[]): {
  readonly channel: Channel | null;
  readonly known: boolean;
} {
  let longest: Channel | null = null;
  let known = true;
  for (const channel of channels) {
    if (channel.isGood || channel.isDisabled) continue;
    const { notGoodSinceMs } = channel;
    if (notGoodSinceMs === null || channel.module.lost || (channel.isStale && fellSilentWithModule(channel)))
      known = false;
    else if (longest === null || notGoodSinceMs < (longest.notGoodSinceMs ?? 0)) longest = channel;
  }
  return { channel: longest, known };
}

/**
 * The module fell silent together with this signal, and may be about to count as lost: then its loss is the alarm. Decided
 * half a freshness limit later at the latest.
 */
export function fellSilentWithModule({ module, lastAtMs }: Channel): boolean {
  return lastAtMs !== null && (module.lastAnswerAtMs ?? 0) <= lastAtMs + module.limitMs / 2;
}
