import type { Server } from 'node:net';
import type { OPCUAServerEndPoint } from 'node-opcua';

/** Where an endpoint listens. Not offered by the library, and the one place where a socket is seen before its first byte. */
export function listenerOf(endpoint: OPCUAServerEndPoint): Server {
  return (endpoint as unknown as { readonly _server: Server })._server;
}
