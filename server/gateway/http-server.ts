import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** Nobody who means well sends headers more slowly than this. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

/** Another program holds the port. */
export class PortTakenError extends Error {
  readonly code = 'PORT_TAKEN';

  constructor(host: string, port: number, setting: string, cause: unknown) {
    super(`Port ${port} of ${host} is taken by another program. Stop that one, or choose another port by ${setting}.`, {
      cause,
    });
  }
}

/** Opens the door for REST and the page. @throws PortTakenError */
export async function listen(
  handler: RequestListener,
  host: string,
  port: number,
): Promise<{ server: Server; url: string }> {
  const server = createServer(
    { headersTimeout: headersTimeoutMs, requestTimeout: requestTimeoutMs, keepAliveTimeout: 5_000 },
    handler,
  );
  server.maxConnections = 2_000;
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw isTaken(cause) ? new PortTakenError(host, port, 'TVE_HTTP_PORT', cause) : cause;
  }
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the HTTP server has no port');
  return { server, url: `http://${host.includes(':') ? `[${host}]` : host}:${address.port}` };
}

/** Ends open streams too: a page that hangs on would keep the server from ending. */
export async function hangUp(server: Server): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await closed;
}

export function isTaken(cause: unknown): boolean {
  return cause instanceof Error && 'code' in cause && cause.code === 'EADDRINUSE';
}
