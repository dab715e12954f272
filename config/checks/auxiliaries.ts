import { entryNamed, signalNamed, type Context } from './context.ts';
import { bitIn, bitOut, ownSignal, percentOut, type Owners } from './parts.ts';

/** E-stop chain, panel, cooling and lights. */
export function checkAuxiliaries(context: Context, owners: Owners): void {
  const { safety, panel, auxiliaries } = context.draft;
  if (safety) ownSignal(context, owners, safety.estopClosed, bitIn, ['safety', 'estopClosed']);
  if (panel) {
    for (const key of ['start', 'stop'] as const) ownSignal(context, owners, panel[key], bitIn, ['panel', key]);
  }
  if (!auxiliaries) return;
  for (const key of ['fan', 'pump', 'red', 'yellow', 'green'] as const) {
    ownSignal(context, owners, auxiliaries[key], bitOut, ['auxiliaries', key]);
  }
  ownSignal(context, owners, auxiliaries.nozzleFan, percentOut, ['auxiliaries', 'nozzleFan']);
  entryNamed(context, 'zones', auxiliaries.nozzleZone, ['auxiliaries', 'nozzleZone']);
  for (const [index, output] of auxiliaries.debounced.entries()) {
    signalNamed(context, output, bitOut, ['auxiliaries', 'debounced', index]);
  }
}
