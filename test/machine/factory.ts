import path from 'node:path';

import { describeFaults, loadConfiguration } from '../../config/load.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';

const file = path.resolve(import.meta.dirname, '../../config/tvemicro.yaml');

let loaded: MachineDeclaration | null = null;

/** The factory machine as its configuration declares it. */
export function factoryMachine(): MachineDeclaration {
  loaded ??= load();
  return loaded;
}

function load(): MachineDeclaration {
  const result = loadConfiguration(file, {});
  if (!result.ok) throw new Error(describeFaults(result.faults, file));
  return result.configuration.machine;
}
