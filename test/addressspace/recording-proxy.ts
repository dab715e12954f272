import { type AddressInfo, type Socket, connect, createServer } from 'node:net';
import type { TraceRecord } from '../../drivers/monitor/wire-trace.ts';

/** Packets of the capture stay below the length that Ethernet would give them room for, so that none is cut short. */
const longestPacket = 1_400;

/** Stands between clients and a server, changes nothing, and keeps every byte of each connection. */
export class RecordingProxy {
  readonly url: string;
  /** One trace per connection, in the order in which they were made. */
  readonly connections: TraceRecord[][] = [];
  readonly #sockets = new Set<Socket>();
  readonly #close: () => Promise<void>;

  private constructor(url: string, close: () => Promise<void>) {
    this.url = url;
    this.#close = close;
  }

  static async before(endpointUrl: string): Promise<RecordingProxy> {
    const { hostname, port, pathname } = new URL(endpointUrl);
    const server = createServer((client) => proxy.#carry(client, connect(Number(port), hostname)));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const own = (server.address() as AddressInfo).port;
    const proxy = new RecordingProxy(
      `opc.tcp://127.0.0.1:${own}${pathname}`,
      () => new Promise((resolve) => server.close(() => resolve())),
    );
    return proxy;
  }

  /** Every byte that clients have sent, connection by connection. */
  sent(): Buffer[] {
    return this.connections.map((records) =>
      Buffer.concat(records.filter(({ kind }) => kind === 'sent').map(({ bytes }) => bytes)),
    );
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await this.#close();
  }

  #carry(client: Socket, server: Socket): void {
    const records: TraceRecord[] = [];
    const note = (kind: TraceRecord['kind'], bytes: Uint8Array): void => {
      const atMs = performance.now();
      records.push({
        number: this.connections.indexOf(records),
        kind,
        wallMs: performance.timeOrigin + atMs,
        atMs,
        untilMs: atMs,
        bytes,
        ends: { since: 0, key: 0 },
      });
    };
    this.connections.push(records);
    note('opened', new Uint8Array());
    for (const [kind, from, to] of [
      ['sent', client, server],
      ['received', server, client],
    ] as const) {
      this.#sockets.add(from);
      from.setNoDelay(true);
      from.on('data', (bytes) => {
        for (let at = 0; at < bytes.length; at += longestPacket) note(kind, bytes.subarray(at, at + longestPacket));
        to.write(bytes);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#sockets.delete(from);
        to.end();
      });
    }
  }
}
