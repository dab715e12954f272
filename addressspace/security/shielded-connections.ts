import type { Socket } from 'node:net';
import type { OPCUAServer } from 'node-opcua';
import type { AddressSpaceLog } from '../library-log.ts';
import { listenerOf } from './endpoint-listener.ts';

/** A hostile client may come again and again; the log has room for one of its kind in this time. */
const saidEveryMs = 60_000;

/**
 * Ends the connection of a client whose message the library throws at. Left alone, it throws where nobody catches: a request
 * whose type is an opaque node id, which anybody may send without signing in, would end the process and with it the gateway
 * for everybody. The connection is what the message has spoilt, so that nothing else need end.
 *
 * To be called before the server starts.
 */
export function shieldConnections(server: OPCUAServer, log: AddressSpaceLog): void {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  let unsaid = 0;
  function tell(socket: Socket, cause: unknown): void {
    if (performance.now() - saidAtMs < saidEveryMs) {
      unsaid++;
      return;
    }
    log.warn(
      {
        client: socket.remoteAddress ?? 'unknown address',
        cause: String(cause),
        ...(unsaid > 0 && { omitted: unsaid }),
      },
      'a message could not be taken; its connection is closed',
    );
    saidAtMs = performance.now();
    unsaid = 0;
  }
  for (const endpoint of server.endpoints) {
    listenerOf(endpoint).prependListener('connection', (socket: Socket) => {
      const emit = socket.emit.bind(socket) as (event: string | symbol, ...told: unknown[]) => boolean;
      socket.emit = (event: string | symbol, ...told: unknown[]) => {
        try {
          return emit(event, ...told);
        } catch (cause) {
          if (event !== 'data') throw cause;
          tell(socket, cause);
          socket.destroy();
          return true;
        }
      };
    });
  }
}
