import type { LineDeclaration, ReadArea } from '../../../drivers/declaration.ts';
import { openFrameServer, type FrameServer } from '../../../drivers/slave/frame-server.ts';
import { exceptionCodes, ModbusException, type ModbusSlave } from '../../../drivers/slave/modbus-slave.ts';
import { networkLine } from '../wire/lines.ts';

export type Transport = 'tcp' | 'rtu-over-tcp';

/** A module with these registers and no others: `holding 8` → words from there on. */
export type Registers = Readonly<Record<string, readonly number[]>>;

export interface ServedUnit {
  readonly registers: Registers;
  /** Functions that it does not know. */
  readonly without?: readonly ReadArea[];
  /** It says nothing where it should refuse. */
  readonly isMute?: boolean;
  /** Reply PDUs to function 43/14 by the object that is asked for. */
  readonly identification?: Readonly<Record<number, Buffer>>;
}

/** Modules on a real frame server, which notes what is written to it. */
export class ServedLine {
  readonly server: FrameServer;
  readonly transport: Transport;
  readonly writes: string[];
  readonly #cells: readonly Map<string, number>[];

  static async open(transport: Transport, units: Readonly<Record<number, ServedUnit>>): Promise<ServedLine> {
    const writes: string[] = [];
    const cells = new Map(Object.entries(units).map(([id, { registers }]) => [Number(id), cellsOf(registers)]));
    const slaves = new Map([...cells].map(([id, held]) => [id, slaveOf(held, units[id]?.without ?? [], writes)]));
    const server = await openFrameServer({
      transport,
      host: '127.0.0.1',
      port: 0,
      units: slaves,
      onDefect: (error) => {
        throw error;
      },
      exchange: async ({ unit, pdu }, answer) => {
        const served = units[unit];
        const said = pdu[0] === 0x2b ? served?.identification?.[pdu[3] ?? 0] : undefined;
        if (said !== undefined) return { unit, pdu: said };
        const reply = await answer();
        if (reply === null || (served?.isMute === true && (reply[0] ?? 0) > 0x80)) return null;
        return { unit, pdu: reply };
      },
    });
    return new ServedLine(server, transport, writes, [...cells.values()]);
  }

  private constructor(
    server: FrameServer,
    transport: Transport,
    writes: string[],
    cells: readonly Map<string, number>[],
  ) {
    this.#cells = cells;
    this.server = server;
    this.transport = transport;
    this.writes = writes;
  }

  get declaration(): LineDeclaration {
    return networkLine(this.transport, this.server.port, { timeoutMs: 100 });
  }

  /** Every module that has this register holds this from now on. */
  set(at: string, word: number): void {
    for (const cells of this.#cells) if (cells.has(at)) cells.set(at, word);
  }

  async close(): Promise<void> {
    await this.server.close();
  }
}

function cellsOf(registers: Registers): Map<string, number> {
  const cells = new Map<string, number>();
  for (const [at, words] of Object.entries(registers)) {
    const [area, address] = at.split(' ');
    for (const [index, word] of words.entries()) cells.set(`${area} ${Number(address) + index}`, word);
  }
  return cells;
}

function slaveOf(cells: ReadonlyMap<string, number>, without: readonly ReadArea[], writes: string[]): ModbusSlave {
  const read = (area: ReadArea, address: number, count: number): number[] => {
    if (without.includes(area)) throw new ModbusException(exceptionCodes.illegalFunction);
    return Array.from({ length: count }, (_, index) => {
      const word = cells.get(`${area} ${address + index}`);
      if (word === undefined) throw new ModbusException(exceptionCodes.illegalDataAddress);
      return word;
    });
  };
  return {
    readCoils: (address, count) => read('coil', address, count).map(Boolean),
    readDiscrete: (address, count) => read('discrete', address, count).map(Boolean),
    readHolding: (address, count) => read('holding', address, count),
    readInput: (address, count) => read('input', address, count),
    writeCoils: (address) => void writes.push(`coil ${address}`),
    writeHolding: (address) => void writes.push(`holding ${address}`),
  };
}
