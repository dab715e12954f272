import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { OutputImage } from '../../machine/field.ts';

/**
 * The outputs with which the server leaves the machine: everything off, but for what the emergency sequence keeps or
 * switches on, since the barrel may be hot.
 *
 * @param present the outputs as last commanded
 */
export function safeOutputs(declaration: MachineDeclaration, present: OutputImage): OutputImage {
  const safe = new Map<string, number | boolean>();
  for (const signal of declaration.signals.values()) {
    if (signal.direction === 'output') safe.set(signal.id, signal.type === 'Boolean' ? false : 0);
  }
  for (const { output, action } of declaration.sequences.emergency) {
    const boolean = declaration.signals.get(output)?.type === 'Boolean';
    if (action === 'on') safe.set(output, boolean ? true : 100);
    else if (action === 'keep') safe.set(output, present.get(output) ?? (boolean ? false : 0));
  }
  return safe;
}
