import { openFrameServer, type FrameServer } from '../drivers/slave/frame-server.ts';
import type { ModbusSlave } from '../drivers/slave/modbus-slave.ts';
import { wireFaults } from './faults/wire-faults.ts';
import type { SimulatedLine } from './layout.ts';
import type { SimulatedMachine } from './simulated-machine.ts';

const host = '127.0.0.1';

/** One line of the machine on a socket. A line that is cut refuses connections until the fault is lifted. */
export class FieldLine {
  readonly #line: SimulatedLine;
  readonly #machine: SimulatedMachine;
  readonly #monotonicMs: () => number;
  readonly #onDefect: (error: unknown) => void;
  #port: number;
  #server: FrameServer | null = null;
  #isClosed = false;
  /** Opening and closing take turns. */
  #turn: Promise<void> = Promise.resolve();

  constructor(
    line: SimulatedLine,
    machine: SimulatedMachine,
    options: {
      readonly port: number;
      readonly monotonicMs: () => number;
      readonly onDefect: (error: unknown) => void;
    },
  ) {
    this.#line = line;
    this.#machine = machine;
    this.#port = options.port;
    this.#monotonicMs = options.monotonicMs;
    this.#onDefect = options.onDefect;
  }

  get id(): string {
    return this.#line.id;
  }

  get transport(): SimulatedLine['transport'] {
    return this.#line.transport;
  }

  /** `host:port`, the port that was found free included. */
  get address(): string {
    return `${host}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  isOpen(): boolean {
    return this.#server !== null;
  }

  /** @throws Error from node:net when the port cannot be had */
  async open(): Promise<void> {
    const units = new Map<number, ModbusSlave>();
    for (const [unit, id] of this.#line.units) {
      const module = this.#machine.modules.get(id);
      if (module !== undefined) units.set(unit, module.slave);
    }
    const heard = (module: string): void => this.#machine.hear(module, this.#monotonicMs());
    this.#server = await openFrameServer({
      transport: this.#line.transport === 'tcp' ? 'tcp' : 'rtu-over-tcp',
      host,
      port: this.#port,
      units,
      exchange: wireFaults(this.#machine.board, this.#line, heard),
      onDefect: this.#onDefect,
    });
    this.#port = this.#server.port;
  }

  /** Follows the faults: cut or whole. Cheap when there is nothing to do. */
  async follow(): Promise<void> {
    if (this.#isCut() !== this.isOpen()) return;
    await this.#inTurn(async () => {
      if (this.#isCut()) await this.#shut();
      else if (!this.#isClosed && !this.isOpen()) await this.open();
    });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#inTurn(() => this.#shut());
  }

  #isCut(): boolean {
    return this.#machine.board.stands('cut', (target) => target.kind === 'line' && target.line === this.id);
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(work);
    // whoever asked for it hears of a failure; the next one in turn must not
    this.#turn = done.catch(() => undefined);
    await done;
  }

  async #shut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    await server?.close();
  }
}
