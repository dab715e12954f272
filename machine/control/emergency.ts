import type { MachineDeclaration } from '../declaration.ts';
import type { OutputImage } from '../field.ts';

/** Drives, heaters and their contactor: an emergency switches them off, whatever its sequence says. */
export function machineOutputs(declaration: MachineDeclaration): ReadonlySet<string> {
  return new Set([
    declaration.heating.contactor,
    ...declaration.zones.map(({ output }) => output),
    ...declaration.drives.flatMap(({ command, reset }) => [command, reset]),
  ]);
}

/**
 * What the emergency sequence holds, per output: cooling goes on, since the barrel is hot.
 *
 * @param present the output as last commanded; undefined when it never was
 */
export function emergencyOutputs(
  declaration: MachineDeclaration,
  present: (output: string) => number | boolean | undefined,
): OutputImage {
  const switchedOff = machineOutputs(declaration);
  const held = new Map<string, number | boolean>();
  for (const { output, action } of declaration.sequences.emergency) {
    if (switchedOff.has(output)) continue;
    const isSwitch = declaration.signals.get(output)?.type === 'Boolean';
    const value =
      action === 'on' ? (isSwitch ? true : 100) : action === 'off' ? (isSwitch ? false : 0) : present(output);
    if (value !== undefined) held.set(output, value);
  }
  return held;
}

/**
 * The outputs with which the server leaves the machine: everything off, but for what the emergency sequence keeps or
 * switches on.
 */
export function safeOutputs(declaration: MachineDeclaration, present: OutputImage): OutputImage {
  const safe = new Map<string, number | boolean>();
  for (const { id, direction, type } of declaration.signals.values()) {
    if (direction === 'output') safe.set(id, type === 'Boolean' ? false : 0);
  }
  for (const [output, value] of emergencyOutputs(declaration, (id) => present.get(id))) safe.set(output, value);
  return safe;
}
