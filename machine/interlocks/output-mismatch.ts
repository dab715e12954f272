import { alarmNames } from '../alarms/guard-alarms.ts';
import { numberText } from '../control/reason-text.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { OutputMismatch } from '../field.ts';
import type { Guard, GuardGround } from './guard.ts';

/** A written output does not read back: an alarm, and a trip after `outputTries`. */
export function guardOutputs({ declaration, equipment, alarms }: GuardGround): Guard {
  const point = alarms.point(alarmNames.outputMismatch);
  const { outputTries } = declaration.guards;
  let worst: OutputMismatch | null = null;
  point.explain = () => {
    if (worst === null) return 'An output does not read back as written.';
    const { signal, commanded, readBack, tries } = worst;
    return `${title(declaration, signal)} was commanded ${inWords(declaration, signal, commanded)} and reads back ${inWords(declaration, signal, readBack)} after ${tries} of ${outputTries} tries.`;
  };
  return () => {
    let signal: string | null = null;
    let tries = 0;
    let known = true;
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
    point.report(signal !== null ? true : known ? false : null, tries >= outputTries, signal);
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
