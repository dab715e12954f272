import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Guard, GuardGround } from './guard.ts';

/** A written output does not read back: an alarm, and a trip after `outputTries`. */
export function guardOutputs({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.outputMismatch);
  const { outputTries } = declaration.guards;
  return () => {
    let signal: string | null = null;
    let tries = 0;
    let known = true;
    for (const { status, lost } of equipment.modules) {
      for (const mismatch of status?.mismatches ?? []) {
        // what a lost module holds is unknown; its own alarm says so
        if (lost) known = false;
        else if (mismatch.tries > tries) ({ signal, tries } = mismatch);
      }
    }
    point.report(signal !== null ? true : known ? false : null, tries >= outputTries, signal);
  };
}
