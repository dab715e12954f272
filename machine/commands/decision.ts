import type { SignalValue } from '../signal.ts';
import type { Reason, RefusalKind } from './command.ts';

/** What the gate says about a command, before it is put into an outcome. `later`: the answer comes in a later scan. */
export type Decision =
  | { readonly accepted: true; readonly before?: SignalValue; readonly after?: SignalValue; readonly note?: string }
  | { readonly accepted: false; readonly kind: RefusalKind; readonly reasons: readonly Reason[] }
  | 'later';

export const done: Decision = { accepted: true };

export function noted(note: string): Decision {
  return { accepted: true, note };
}

/** @param reasons at least one */
export function refused(kind: RefusalKind, ...reasons: readonly Reason[]): Decision {
  return { accepted: false, kind, reasons };
}
