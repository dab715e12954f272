import modbusSerial from 'modbus-serial';
import { pino } from 'pino';
import { openModbusServer, type ModbusServer } from '../../../drivers/modbus-server/open-modbus-server.ts';
import type { Quality } from '../../../machine/quality.ts';
import type { SignalValue } from '../../../machine/signal.ts';
import { Mirror } from '../../../server/gateway/mirror.ts';
import { FakeGate } from '../../api/fake-machine.ts';
import { configurationAfter } from '../../config/factory.ts';
import { freePort } from '../../free-port.ts';

export type Client = InstanceType<typeof modbusSerial.default>;

export const startMs = Date.parse('2026-11-26T06:00:00Z');

/** The server on a real socket, in front of the gateway's own mirror of the factory machine. */
export class Bench {
  readonly mirror: Mirror;
  readonly gate: FakeGate;
  readonly server: ModbusServer;
  readonly warnings: string[];
  readonly clock: { wallMs: number; monotonicMs: number };
  readonly #clients: Client[] = [];

  private constructor(parts: Pick<Bench, 'mirror' | 'gate' | 'server' | 'warnings' | 'clock'>) {
    ({ mirror: this.mirror, gate: this.gate, server: this.server, warnings: this.warnings, clock: this.clock } = parts);
  }

  /** @param section  the configuration's section modbusServer, but for the port */
  static async open(section: object, gate = new FakeGate()): Promise<Bench> {
    const port = await freePort();
    const { machine, modbusServer } = configurationAfter({ path: ['modbusServer'], value: { port, ...section } });
    if (modbusServer === null) throw new Error('the section was lost');
    const mirror = new Mirror(machine, pino({ level: 'silent' }), startMs);
    const warnings: string[] = [];
    const clock = { wallMs: startMs, monotonicMs: 0 };
    const server = await openModbusServer({
      declaration: modbusServer,
      machine: mirror,
      gate,
      clock: { wallMs: () => clock.wallMs, monotonicMs: () => clock.monotonicMs },
      log: {
        info: () => undefined,
        warn: (_context, message) => warnings.push(message),
        error: (context, message) => {
          throw new Error(message, { cause: context });
        },
      },
    });
    return new Bench({ mirror, gate, server, warnings, clock });
  }

  /** The control process says so. */
  reads(signal: string, value: SignalValue, quality: Quality = 'Good'): void {
    const update = { signal, value, quality, sourceTimeMs: this.clock.wallMs };
    this.mirror.apply({ seq: 1, updates: [update], merged: 0 });
  }

  async connect(unit = 1): Promise<Client> {
    const client = new modbusSerial.default();
    // a client that is hung up on hears of it
    client.on('error', () => undefined);
    await client.connectTCP('127.0.0.1', { port: this.server.port });
    client.setID(unit);
    client.setTimeout(5_000);
    this.#clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.close(() => undefined);
    await this.server.close();
  }
}

/** The Modbus exception that a request is answered with; null when it is served. */
export async function exceptionOf(request: Promise<unknown>): Promise<number | null> {
  try {
    await request;
    return null;
  } catch (error) {
    if (error instanceof Error && 'modbusCode' in error) return Number(error.modbusCode);
    throw error;
  }
}
