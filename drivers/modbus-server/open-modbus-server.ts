import type { CommandGate, MachineView } from '../../machine/ports.ts';
import type { FieldClock, FieldLog } from '../field.ts';
import { openFrameServer } from '../slave/frame-server.ts';
import { addressFilter } from './address-filter.ts';
import { CommandBlockState } from './command-block.ts';
import { CommandCoilState } from './command-coil.ts';
import { Commander } from './commander.ts';
import type { CommandBlock, CommandCoil, ModbusServerDeclaration } from './declaration.ts';
import { Heartbeat } from './heartbeat.ts';
import { MachineSlave, type Served } from './machine-slave.ts';
import { RegisterMap } from './register-map.ts';
import { SettingWriter } from './setting-writer.ts';
import { Traffic, type ModbusServerStatistics } from './traffic.ts';

/**
 * Not 22 and 23: each is a write and a read, and one reply could not say that the write was done when the read is refused;
 * a mask on a value that is not Good would write what nobody read.
 */
const servedFunctions: ReadonlySet<number> = new Set([1, 2, 3, 4, 5, 6, 15, 16]);

/** What a client wrote longer ago than this may be no longer what it wants. */
const writesWaitAtMostMs = 1_000;

export interface ModbusServerOptions {
  readonly declaration: ModbusServerDeclaration;
  readonly machine: MachineView;
  readonly gate: CommandGate;
  readonly clock: FieldClock;
  readonly log: FieldLog & { error(context: object, message: string): void };
}

export interface ModbusServer {
  readonly host: string;
  readonly port: number;
  statistics(): ModbusServerStatistics;
  /** Stops listening and drops every client. */
  close(): Promise<void>;
}

/** Offers the declared registers over Modbus TCP. @throws Error from node:net when the port can't be had */
export async function openModbusServer(options: ModbusServerOptions): Promise<ModbusServer> {
  const { declaration, machine, log, clock } = options;
  const traffic = new Traffic(log, clock);
  const heartbeat = new Heartbeat(() => machine.controlAlive);
  const served = whatIsServed(options, traffic, heartbeat);
  const frames = await openFrameServer({
    host: declaration.host,
    port: declaration.port,
    transport: 'tcp',
    units: (address) => {
      const slave = new MachineSlave(served, address);
      return new Map(declaration.units.map((unit) => [unit, slave]));
    },
    exchange: traffic.exchange,
    functions: servedFunctions,
    urgency: { writesWaitAtMostMs, monotonicMs: () => clock.monotonicMs() },
    maximumConnections: declaration.maximumConnections,
    idleMs: declaration.idleSeconds * 1_000,
    allows: addressFilter(declaration.allowedAddresses),
    onTurnedAway: (address, why) => traffic.turnedAway(address, why),
    onGarbled: (address, error) => traffic.garbled(address, error),
    onDefect: (error) => log.error({ err: error }, 'a Modbus request could not be served'),
  }).catch((error: unknown) => {
    heartbeat.stop();
    throw error;
  });
  const { host, port } = frames;
  return {
    host,
    port,
    statistics: () => ({ host, port, connections: frames.connections(), ...traffic.counts }),
    async close() {
      heartbeat.stop();
      await frames.close();
    },
  };
}

function whatIsServed(
  { declaration, machine, gate, clock }: ModbusServerOptions,
  traffic: Traffic,
  heartbeat: Heartbeat,
): Served {
  const { account, role, answerWithinMs, registers } = declaration;
  const commander = new Commander({ gate, principal: { name: account, role, kind: 'token' }, answerWithinMs, traffic });
  const monotonicMs = (): number => clock.monotonicMs();
  const coils = new Map<CommandCoil, CommandCoilState>();
  const blocks = new Map<CommandBlock, CommandBlockState>();
  for (const register of registers) {
    if (register.kind === 'command') coils.set(register, new CommandCoilState(register, commander));
    if (register.kind === 'commandBlock') blocks.set(register, new CommandBlockState(register, commander, monotonicMs));
  }
  return {
    declaration,
    map: new RegisterMap(registers),
    machine,
    settings: new SettingWriter(machine, commander),
    heartbeat,
    coils,
    blocks,
    wallMs: () => clock.wallMs(),
  };
}
