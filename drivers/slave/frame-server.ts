import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Connection } from './connection.ts';
import type { Serving } from './exchange.ts';
import { mbapFraming } from './mbap-framing.ts';
import { rtuFraming } from './rtu-framing.ts';

export interface FrameServerOptions extends Serving {
  readonly host: string;
  /** 0 picks a free one. */
  readonly port: number;
  /** Connections above this number are closed at once. */
  readonly maximumConnections?: number;
}

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
  const { maximumConnections = 32 } = options;

  function accept(socket: Socket): void {
    if (connections.size >= maximumConnections) {
      socket.destroy();
      return;
    }
    const framing = options.transport === 'tcp' ? mbapFraming() : rtuFraming();
    const connection = new Connection(socket, framing, options);
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

async function listen(server: Server, port: number, host: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
