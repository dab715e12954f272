import type { Configuration } from '../config/configuration.ts';
import { isNetworkLine } from '../drivers/declaration.ts';
import type { FaultTarget, FaultTargets, Transport } from './faults/target.ts';
import type { WiredLine } from './faults/wire-faults.ts';
import { channelTables, isModuleKind, type ModuleKind } from './modules/kinds.ts';
import { isSameTerminal, wire, WiringError, type Wiring } from './wiring.ts';

/** Which simulated modules there are, on which lines and units, and what of the plant hangs on them. */
export interface Layout {
  readonly lines: readonly SimulatedLine[];
  readonly modules: readonly SimulatedUnit[];
  readonly wiring: Wiring;
  readonly targets: FaultTargets;
}

export interface SimulatedLine extends WiredLine {
  /** Where the configuration looks for it; null: on a serial port. */
  readonly port: number | null;
}

export interface SimulatedUnit {
  readonly id: string;
  readonly kind: ModuleKind;
  readonly line: string;
  readonly unit: number;
}

/** @throws WiringError when the configuration asks for a module or channel that can't be simulated */
export function layoutOf(configuration: Pick<Configuration, 'machine' | 'field'>): Layout {
  const { field } = configuration;
  const modules = field.modules
    .filter(({ simulated }) => simulated)
    .map(({ id, line, unit, profile }): SimulatedUnit => {
      if (!isModuleKind(profile.id))
        throw new WiringError(
          `${id} is a ${profile.id}, which can't be simulated; these can: ${Object.keys(channelTables).join(', ')}`,
        );
      return { id, kind: profile.id, line, unit };
    });
  const lines = field.lines
    .map((line): SimulatedLine => {
      const units = new Map(modules.filter((module) => module.line === line.id).map(({ unit, id }) => [unit, id]));
      const transport: Transport = line.transport === 'tcp' ? 'tcp' : 'rtu';
      return { id: line.id, transport, units, port: isNetworkLine(line) ? line.port : null };
    })
    .filter(({ units }) => units.size > 0);
  for (const { id, transport } of field.lines) {
    const isServed = transport === 'tcp' || transport === 'rtu-over-tcp' || transport === 'rtu';
    if (!isServed && lines.some((line) => line.id === id))
      throw new WiringError(`${id} speaks ${transport}, which can't be simulated; these can: tcp, rtu-over-tcp, rtu`);
  }
  const wiring = wire(configuration, new Map(modules.map(({ id, kind }) => [id, channelTables[kind]])));
  return { lines, modules, wiring, targets: targetsOf(lines, modules, wiring) };
}

function targetsOf(lines: readonly SimulatedLine[], modules: readonly SimulatedUnit[], wiring: Wiring): FaultTargets {
  const targets = new Map<string, FaultTarget>();
  for (const { id, transport } of lines) targets.set(id, { kind: 'line', line: id, transport });
  for (const { id, kind, line } of modules) {
    const transport = lines.find((candidate) => candidate.id === line)?.transport ?? 'rtu';
    const module = { module: id, line, transport, profile: kind };
    targets.set(id, { ...module, kind: 'module', hasEstop: wiring.estop?.module === id });
    for (const wired of wiring.signals.values())
      if (wired.module === id)
        targets.set(wired.signal, { ...module, kind: 'signal', wired, hasEstop: isSameTerminal(wiring.estop, wired) });
  }
  return targets;
}
