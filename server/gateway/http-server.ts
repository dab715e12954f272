import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';

/** Nobody who means well sends headers more slowly than this. */
const headersTimeoutMs = 10_000;
const requestTimeoutMs = 30_000;

/** Opens the door for REST and the page. @throws when the port is taken */
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
  await once(server, 'listening');
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
