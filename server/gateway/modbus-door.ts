import type { Logger } from 'pino';
import type { ModbusServer } from '../../drivers/modbus-server/open-modbus-server.ts';
import type { ModbusServerStatistics } from '../../drivers/modbus-server/traffic.ts';
import { isTaken, PortTakenError } from './http-server.ts';

/** Between two tries to open, doubled with each up to the last. */
const pausesMs = { first: 1_000, longest: 60_000 };

export interface ModbusDoorStatistics extends ModbusServerStatistics {
  /** False while the port can't be had. */
  readonly listening: boolean;
}

export interface ModbusDoor {
  statistics(): ModbusDoorStatistics;
  close(): Promise<void>;
}

/**
 * Opens the Modbus server, and tries again while its port can't be had: the page and OPC UA, which people run the machine
 * by, stay. Resolves after the first try. @throws what is no trouble with the port
 */
export async function openModbusDoor(
  { host, port }: { readonly host: string; readonly port: number },
  open: () => Promise<ModbusServer>,
  log: Logger,
  pauses = pausesMs,
): Promise<ModbusDoor> {
  let server: ModbusServer | null = null;
  let timer: NodeJS.Timeout | undefined;
  let isClosed = false;
  let trying = attempt(pauses.first);
  await trying;

  async function attempt(pauseMs: number): Promise<void> {
    try {
      server = await open();
      log.info({ host, port }, 'machine data is offered over Modbus TCP');
    } catch (cause) {
      if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
      const err = isTaken(cause) ? new PortTakenError(host, port, 'modbusServer.port', cause) : cause;
      log.error({ err, againInMs: pauseMs }, 'no machine data over Modbus TCP: the port can not be had');
      if (isClosed) return;
      timer = setTimeout(() => void (trying = attempt(Math.min(2 * pauseMs, pauses.longest))), pauseMs);
    }
  }

  return {
    statistics: () => ({ listening: server !== null, ...(server?.statistics() ?? nothing(host, port)) }),
    async close() {
      isClosed = true;
      clearTimeout(timer);
      await trying;
      await server?.close();
    },
  };
}

function nothing(host: string, port: number): ModbusServerStatistics {
  const counts = { connections: 0, garbled: 0, requests: 0, writes: 0, refusedWrites: 0 };
  return { host, port, ...counts, turnedAway: { address: 0, limit: 0 }, exceptions: {} };
}
