import type { SignalValue } from '../signal.ts';
import type { Reason, RefusalKind } from './command.ts';

/** What is said about a command, before it is put into an outcome. */
export type Verdict =
  | { readonly accepted: true; readonly before?: SignalValue; readonly after?: SignalValue; readonly note?: string }
  | { readonly accepted: false; readonly kind: RefusalKind; readonly reasons: readonly Reason[] };

/** What the gate says. `later`: the answer comes in a later scan. */
export type Decision = Verdict | 'later';

export const done: Verdict = { accepted: true };

export function noted(note: string): Verdict {
  return { accepted: true, note };
}

/** @param reasons at least one */
export function refused(kind: RefusalKind, ...reasons: readonly Reason[]): Verdict {
  return { accepted: false, kind, reasons };
}
