import { createCore } from '../../machine/create-core.ts';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import { machineModes, machineStates, type MachineMode, type MachineState } from '../../machine/control/state.ts';
import type { SignalDeclaration, SignalValue } from '../../machine/signal.ts';
import type { Plant } from './plant.ts';

/** Every signal of the plant reads something sound, and zones and drives say what the core says of them. */
export function bringToLife(plant: Plant, atMs = Date.now()): void {
  const { declaration } = plant;
  const core = createCore(declaration, null, { monotonicMs: 0, wallMs: atMs });
  plant.zones = core.zones();
  plant.drives = core.drives();
  for (const signal of declaration.signals.values()) plant.measure(signal.id, soundValue(signal), 'Good', atMs);
  for (const { temperature, setpoint } of declaration.zones) {
    plant.measure(temperature, 199, 'Good', atMs);
    plant.measure(setpoint, 200, 'Good', atMs);
  }
  setState(plant, 'IDLE');
}

function soundValue({ type }: SignalDeclaration): SignalValue {
  if (type === 'Boolean') return false;
  if (type === 'String') return '';
  return type === 'Double' ? 12.5 : 0;
}

export function setState(plant: Plant, state: MachineState, mode: MachineMode = 'AUTO'): void {
  plant.measure('machine.mode', machineModes.indexOf(mode));
  plant.measure('machine.state', machineStates.indexOf(state));
}

/** The signal of a declared drive. */
export function driveSignal({ drives }: MachineDeclaration, id: string, which: 'running' | 'command'): string {
  const drive = drives.find((each) => each.id === id);
  if (!drive) throw new Error(`there is no drive ${id}`);
  return drive[which];
}
