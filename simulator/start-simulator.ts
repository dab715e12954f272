import type { Configuration } from '../config/configuration.ts';
import { openControlServer } from './control/control-server.ts';
import { FieldLine } from './field-line.ts';
import { linkPseudoTerminal } from './pseudo-terminal.ts';
import { SimulatedMachine } from './simulated-machine.ts';
import { WiringError } from './wiring.ts';

export interface SimulatorOptions {
  readonly configuration: Pick<Configuration, 'machine' | 'field'>;
  /** Of the first Modbus TCP line; 0 picks a free one; none: as in the configuration. */
  readonly tcpPort?: number | undefined;
  /** Of the first RTU line, which is served as RTU over TCP. */
  readonly rtuPort?: number | undefined;
  readonly controlPort: number;
  /** Model seconds per real second, 0…5. */
  readonly speed?: number | undefined;
  /** Where a pseudo-terminal is linked to the first RTU line. */
  readonly pty?: string | undefined;
  /** Of the measuring noise; the same seed gives the same noise. */
  readonly seed?: number | undefined;
}

export interface RunningSimulator {
  /** `host:port` of the first Modbus TCP and RTU line; null: the machine has none. */
  readonly tcp: string | null;
  readonly rtu: string | null;
  /** Of every line, by its id. */
  readonly lines: ReadonlyMap<string, string>;
  readonly control: string;
  readonly pty: string | null;
  readonly machine: SimulatedMachine;
  close(): Promise<void>;
}

/** Real time between two steps of the plant, ms. */
const tickMs = 50;
/** Where an RTU line of the configuration is a serial port, the simulator serves it here by default. */
const defaultRtuPort = 5021;

/**
 * The simulated machine on its sockets, all on 127.0.0.1.
 *
 * @throws WiringError when the configuration asks for what can't be simulated
 * @throws PseudoTerminalError when `pty` is wanted and can't be had
 */
export async function startSimulator(options: SimulatorOptions): Promise<RunningSimulator> {
  const machine = new SimulatedMachine(options.configuration, options.seed ?? 1, monotonicMs());
  machine.speedFactor = options.speed ?? 1;
  if (machine.layout.lines.length === 0)
    throw new WiringError('no module of this configuration is simulated: mark at least one with `simulated: true`');
  const lines = fieldLines(machine, options);
  const closers: (() => Promise<void>)[] = [];
  async function close(): Promise<void> {
    for (const closeOne of closers.toReversed()) await closeOne();
    closers.length = 0;
  }

  const report = onceEach();
  function followFaults(): void {
    for (const line of lines) line.follow().catch(report);
  }
  try {
    for (const line of lines) {
      closers.push(() => line.close());
      await line.open();
    }
    const rtu = lines.find(({ transport }) => transport === 'rtu');
    if (options.pty !== undefined) {
      if (rtu === undefined) throw new WiringError('a pseudo-terminal needs a simulated RTU line, and there is none');
      const terminal = await linkPseudoTerminal(options.pty, rtu.port);
      closers.push(() => terminal.close());
    }
    const control = await openControlServer(machine, {
      port: options.controlPort,
      monotonicMs,
      onFaults: followFaults,
    });
    closers.push(() => control.close());
    const timer = setInterval(() => {
      machine.tick(monotonicMs());
      followFaults();
    }, tickMs);
    closers.push(async () => clearInterval(timer));
    return {
      tcp: lines.find(({ transport }) => transport === 'tcp')?.address ?? null,
      rtu: rtu?.address ?? null,
      lines: new Map(lines.map(({ id, address }) => [id, address])),
      control: control.url,
      pty: options.pty ?? null,
      machine,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function fieldLines(machine: SimulatedMachine, options: SimulatorOptions): FieldLine[] {
  const taken = new Set<string>();
  return machine.layout.lines.map((line) => {
    const isFirst = !taken.has(line.transport);
    taken.add(line.transport);
    const wanted = line.transport === 'tcp' ? options.tcpPort : options.rtuPort;
    // where the first one takes any free port, the others must not insist on theirs either
    const port = isFirst || wanted === 0 ? wanted : undefined;
    return new FieldLine(line, machine, {
      port: port ?? line.port ?? defaultRtuPort,
      monotonicMs,
      onDefect: (error) => console.error(error),
    });
  });
}

function monotonicMs(): number {
  return performance.now();
}

/** Prints an error that is tried again and again only when it changes. */
function onceEach(): (error: unknown) => void {
  let last = '';
  return (error) => {
    const text = String(error);
    if (text !== last) console.error(text);
    last = text;
  };
}
