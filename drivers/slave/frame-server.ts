import { createServer, isIPv4, type AddressInfo, type Server, type Socket } from 'node:net';
import { Connection } from './connection.ts';
import type { Serving } from './exchange.ts';
import type { FramingError } from './framing.ts';
import { LoopShare } from './loop-share.ts';
import { mbapFraming } from './mbap-framing.ts';
import type { ModbusSlave } from './modbus-slave.ts';
import { rtuFraming } from './rtu-framing.ts';

export interface FrameServerOptions extends Omit<Serving, 'units' | 'onGarbled'> {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Unit id → slave, the same for every client or made for the one at this address. */
  readonly units: Serving['units'] | ((address: string) => ReadonlyMap<number, ModbusSlave>);
  /** Connections above this number are closed at once. */
  readonly maximumConnections?: number;
  /** A connection over which nothing goes for this long is closed; none: it may be silent for ever. */
  readonly idleMs?: number;
  /** Whether a client at this address is let in; none: all are. */
  readonly allows?: (address: string) => boolean;
  /** Told of whom the server closes the door on. */
  readonly onTurnedAway?: (address: string, why: TurnedAway) => void;
  /** Told of a client that was dropped because what it sends is no Modbus. */
  readonly onGarbled?: (address: string, error: FramingError) => void;
}

/** `address`: not let in from there · `limit`: there are as many connections as there may be. */
export type TurnedAway = 'address' | 'limit';

export interface FrameServer {
  readonly host: string;
  readonly port: number;
  connections(): number;
  /** Stops listening and drops every connection. */
  close(): Promise<void>;
}

/** Serves Modbus slaves on a socket. @throws Error from node:net when the port cannot be had */
export async function openFrameServer(options: FrameServerOptions): Promise<FrameServer> {
  const connections = new Set<Connection>();
  const loop = new LoopShare();
  const { maximumConnections = 32 } = options;

  function obstacleFor(address: string): TurnedAway | null {
    if (options.allows?.(address) === false) return 'address';
    return connections.size >= maximumConnections ? 'limit' : null;
  }

  function accept(socket: Socket): void {
    const address = peerAddress(socket);
    const obstacle = obstacleFor(address);
    if (obstacle !== null) {
      socket.destroy();
      options.onTurnedAway?.(address, obstacle);
      return;
    }
    const { idleMs, units } = options;
    if (idleMs !== undefined) socket.setTimeout(idleMs, () => socket.destroy());
    const framing = options.transport === 'tcp' ? mbapFraming() : rtuFraming();
    const serving = {
      ...options,
      units: typeof units === 'function' ? units(address) : units,
      onGarbled: (error: FramingError) => options.onGarbled?.(address, error),
    };
    const connection = new Connection(socket, framing, serving, loop);
    connections.add(connection);
    socket.once('close', () => connections.delete(connection));
  }

  const server = createServer({ noDelay: true, keepAlive: true }, accept);
  await listen(server, options.port, options.host);
  const { address: host, port } = server.address() as AddressInfo;
  return {
    host,
    port,
    connections: () => connections.size,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.drop();
      await closed;
    },
  };
}

/** IPv4 as such, also when the client came through a socket for IPv6; empty when it is gone already. */
function peerAddress({ remoteAddress = '' }: Socket): string {
  const tail = remoteAddress.slice(remoteAddress.lastIndexOf(':') + 1);
  return remoteAddress.toLowerCase().startsWith('::ffff:') && isIPv4(tail) ? tail : remoteAddress;
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
