import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { OutputMismatch } from '../field.ts';
import { explainingLoss } from './comms-lost.ts';
import type { Guard, GuardGround } from './guard.ts';
import { longestLost } from './signal-lost.ts';

/**
 * A written output does not read back: an alarm, and a trip after `outputTries`. One that can't be read back at all, although
 * its module answers, does what nobody knows: it trips `staleTripSeconds` after it was last read.
 */
export function guardOutputs({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.outputMismatch);
  const { outputTries, staleTripSeconds } = declaration.guards;
  let worst: OutputMismatch | null = null;
  let unread: string | null = null;
  point.explain = () => {
    if (worst === null) {
      return `${title(declaration, unread ?? '')} has not been read back for ${numberText(staleTripSeconds)} s: what it does is not known.`;
    }
    const { signal, commanded, readBack, tries } = worst;
    return `${title(declaration, signal)} was commanded ${inWords(declaration, signal, commanded)} and reads back ${inWords(declaration, signal, readBack)} after ${tries} of ${outputTries} tries.`;
  };
  return ({ nowMs }) => {
    const lost = longestLost(equipment.outputs);
    let signal = lost.channel?.cell.declaration.id ?? null;
    unread = signal;
    worst = null;
    let tries = 0;
    let known = lost.known;
    for (const { status, lost } of equipment.modules) {
      for (const mismatch of status?.mismatches ?? []) {
        // what a lost module holds is unknown; its own alarm says so
        if (lost) known = false;
        else if (mismatch.tries > tries) {
          ({ signal, tries } = mismatch);
          worst = mismatch;
        }
      }
    }
    const unreadMs = lost.channel === null ? 0 : nowMs - (lost.channel.notGoodSinceMs ?? nowMs);
    const trips = tries >= outputTries || unreadMs >= staleTripSeconds * 1_000;
    // what does not read back as written is a fault of its own, whatever was lost before
    const cause = tries > 0 || lost.channel === null ? null : explainingLoss(lost.channel.module, alarms);
    point.report(signal !== null ? true : known ? false : null, trips, signal, null, cause);
  };
}

function title({ signals }: MachineDeclaration, id: string): string {
  return signals.get(id)?.title ?? id;
}

function inWords({ signals }: MachineDeclaration, id: string, value: number | boolean): string {
  const signal = signals.get(id);
  if (typeof value === 'boolean') return signal?.states?.[value ? 1 : 0] ?? (value ? 'on' : 'off');
  return signal?.unit === undefined ? numberText(value) : `${numberText(value)} ${signal.unit}`;
}
