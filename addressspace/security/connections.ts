import type { Socket } from 'node:net';
import type { OPCUAServer } from 'node-opcua';
import { listenerOf } from './endpoint-listener.ts';

/**
 * Keeps the connections of the server below `most`, so that one that is of no use to anybody never keeps out a client who
 * means it: beyond that the oldest goes that has not said a word yet, else the oldest without a session. Sessions are bounded
 * by themselves, and below this bound.
 *
 * The library does this as well, but in a rush of connections it closes one and the same for all of them and turns the
 * others away; its own bound is lifted.
 */
export function boundConnections(server: OPCUAServer, most: number): void {
  for (const endpoint of server.endpoints) {
    endpoint.maxConnections = Number.POSITIVE_INFINITY;
    const open = new Set<Socket>();
    listenerOf(endpoint).prependListener('connection', (socket: Socket) => {
      open.add(socket);
      socket.once('close', () => open.delete(socket));
      if (open.size <= most) return;
      const withSession = new Set(
        endpoint.getChannels().flatMap((channel) => (channel.hasSession ? [keyOf(channel)] : [])),
      );
      const idle = [...open].filter((each) => !withSession.has(keyOf(each)));
      const going = idle.find(({ bytesRead }) => bytesRead === 0) ?? idle[0];
      if (going === undefined) return;
      open.delete(going);
      going.destroy();
    });
  }
}

function keyOf({
  remoteAddress,
  remotePort,
}: {
  remoteAddress?: string | undefined;
  remotePort?: number | undefined;
}): string {
  return `${remoteAddress} ${remotePort}`;
}
