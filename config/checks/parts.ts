import { pathText, type FaultPath } from '../fault.ts';
import type { Entry } from '../schema/document.ts';
import { signalNamed, type Context, type Wanted } from './context.ts';

export const bitIn: Wanted = { direction: 'input', type: 'Boolean' };
export const bitOut: Wanted = { direction: 'output', type: 'Boolean' };
export const percentOut: Wanted = { direction: 'output', type: 'Double', unit: '%' };
export const celsiusIn: Wanted = { direction: 'input', type: 'Double', unit: '°C' };

/** Which part of the machine a signal belongs to already. */
export type Owners = Map<string, string>;

/** The signal that a part of the machine has for itself; null, with a fault, when it is not there, unfit or taken. */
export function ownSignal(
  context: Context,
  owners: Owners,
  id: string,
  wanted: Wanted,
  path: FaultPath,
): Entry<'signals'> | null {
  const signal = signalNamed(context, id, wanted, path);
  if (!signal) return null;
  const owner = owners.get(id);
  if (owner !== undefined) {
    context.report(path, `is ${id}, which is ${owner} already; each needs a signal of its own`);
    return null;
  }
  owners.set(id, pathText(path));
  return signal;
}

/** A limit lies within the span of the signal that it is about. */
export function checkWithin(context: Context, id: string, value: number, path: FaultPath): void {
  const signal = context.draft.signals.get(id);
  if (!signal?.span) return;
  const [low, high] = signal.span;
  const unit = signal.unit === undefined ? '' : ` ${signal.unit}`;
  if (value < low || value > high) {
    context.report(path, `is ${value}${unit}, outside the span ${low}…${high}${unit} of ${id}; choose a value within`);
  }
}
