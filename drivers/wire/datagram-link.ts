import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6 } from 'node:net';
import type { NetworkLine } from '../declaration.ts';
import type { ByteLink } from './byte-link.ts';

/**
 * Datagrams to and from one peer; those of others are not heard. `write` sends one, `onBytes` hears one at a time. That the
 * peer is there shows when it answers; that its port is not, when the operating system says so.
 */
export class DatagramLink implements ByteLink {
  readonly #line: NetworkLine;
  #socket: Socket | null = null;
  /** Ends an `open` that is under way. */
  #abandon: (reason: Error) => void = () => {};
  #isClosed = false;
  #onBytes: (bytes: Buffer) => void = () => {};
  #onClosed: (reason: string) => void = () => {};

  constructor(line: NetworkLine) {
    this.#line = line;
  }

  async open(): Promise<void> {
    const { host, port, connectTimeoutMs } = this.#line;
    const { promise: abandoned, reject } = Promise.withResolvers<never>();
    this.#abandon = reject;
    const deadline = setTimeout(() => {
      reject(new Error(`${host} was not found within ${connectTimeoutMs} ms`));
    }, connectTimeoutMs);
    try {
      // a lookup can't be called off: what it finds when nobody wants it any more is dropped
      const { address } = await Promise.race([lookup(host), abandoned]);
      await Promise.race([this.#connect(address, port), abandoned]);
    } finally {
      clearTimeout(deadline);
      this.#abandon = () => {};
    }
  }

  write(bytes: Uint8Array): void {
    // what can't be sent shows as an error of the socket, or as a time-out
    this.#socket?.send(bytes, () => {});
  }

  async flush(): Promise<void> {
    // A socket hands over its datagrams as they come: there is nothing to discard.
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#abandon(new Error('closed while opening'));
    const socket = this.#socket;
    this.#socket = null;
    if (socket !== null) await new Promise<void>((resolve) => socket.close(() => resolve()));
  }

  onBytes(listener: (bytes: Buffer) => void): void {
    this.#onBytes = listener;
  }

  onClosed(listener: (reason: string) => void): void {
    this.#onClosed = listener;
  }

  async #connect(address: string, port: number): Promise<void> {
    if (this.#isClosed) throw new Error('closed while opening');
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
    this.#socket = socket;
    let reason = 'closed';
    socket.on('error', (error) => {
      reason = error.message;
      void this.close();
    });
    socket.on('message', (datagram) => this.#onBytes(datagram));
    socket.once('close', () => this.#onClosed(reason));
    await new Promise<void>((resolve) => socket.connect(port, address, () => resolve()));
  }
}
