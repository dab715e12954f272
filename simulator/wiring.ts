import type { Configuration } from '../config/configuration.ts';
import type { Channel, ChannelSort, ChannelTable } from './modules/module.ts';

/** A terminal of a module, by its number among those of its sort. */
export interface Terminal {
  readonly module: string;
  readonly sort: ChannelSort;
  readonly terminal: number;
}

/** A signal that is wired to a channel. */
export interface WiredSignal extends Terminal {
  readonly signal: string;
  readonly channel: Channel;
}

/** What of the plant hangs on which terminal. A machine may have no fan, no pump, no nozzle fan, no buttons. */
export interface Wiring {
  readonly signals: ReadonlyMap<string, WiredSignal>;
  /** In the order of the zones. */
  readonly zones: readonly {
    readonly id: string;
    readonly sensor: Terminal | null;
    readonly heater: Terminal | null;
  }[];
  /** Sensors that are no zone's: their names and what they measure. */
  readonly sensors: readonly {
    readonly id: string;
    readonly at: 'throat' | 'motor';
    readonly sensor: Terminal | null;
  }[];
  /** In the order of the drives. */
  readonly drives: readonly { readonly id: string; readonly module: string }[];
  readonly contactor: Terminal | null;
  readonly fan: Terminal | null;
  readonly pump: Terminal | null;
  readonly nozzleFan: Terminal | null;
  readonly estop: Terminal | null;
  readonly buttons: Readonly<Record<PanelButton, Terminal | null>>;
}

export type PanelButton = 'start' | 'stop';

/** The machine's declaration names something that the simulated modules don't have. */
export class WiringError extends Error {
  readonly code = 'SIMULATOR_WIRING';

  constructor(message: string) {
    super(message);
    this.name = 'WiringError';
  }
}

/**
 * Wires the plant to the simulated modules as the configuration says.
 *
 * @param channelsOf  channels of each simulated module
 * @throws WiringError naming the signal and the channels there are
 */
export function wire(
  { machine, field }: Pick<Configuration, 'machine' | 'field'>,
  channelsOf: ReadonlyMap<string, ChannelTable>,
): Wiring {
  const signals = new Map<string, WiredSignal>();
  for (const { signal, module, channel: name } of field.bindings) {
    const channels = channelsOf.get(module);
    if (channels === undefined) continue; // a real module
    const channel = channels.get(name);
    if (channel === undefined)
      throw new WiringError(
        `${signal} is on channel ${name} of ${module}; the simulated one has ${[...channels.keys()].join(', ')}`,
      );
    signals.set(signal, { signal, module, sort: channel.sort, terminal: channel.terminal, channel });
  }
  const terminalOf = (...names: readonly string[]): Terminal | null => {
    const wired = names.map((name) => signals.get(name)).find((found) => found !== undefined);
    return wired ?? null;
  };
  const { auxiliaries, heating, panel, safety } = machine;
  const zoneSensors = new Set(machine.zones.map(({ temperature }) => temperature));
  return {
    signals,
    zones: machine.zones.map(({ id, temperature, raw, output }) => ({
      id,
      sensor: terminalOf(temperature, raw),
      heater: terminalOf(output),
    })),
    sensors: machine.sensors
      .filter(({ signal }) => !zoneSensors.has(signal))
      .map(({ id, signal, raw }) => ({
        id,
        at: id === machine.motor.sensor || signal === machine.motor.sensor ? 'motor' : 'throat',
        sensor: terminalOf(signal, raw),
      })),
    drives: machine.drives.map(({ id, module }) => ({ id, module })),
    contactor: terminalOf(heating.contactor),
    fan: terminalOf(auxiliaries.fan),
    pump: terminalOf(auxiliaries.pump),
    nozzleFan: terminalOf(auxiliaries.nozzleFan),
    estop: terminalOf(safety.estopClosed),
    buttons: { start: terminalOf(panel.start), stop: terminalOf(panel.stop) },
  };
}

export function isSameTerminal(a: Terminal | null, b: Terminal): boolean {
  return a !== null && a.module === b.module && a.sort === b.sort && a.terminal === b.terminal;
}
