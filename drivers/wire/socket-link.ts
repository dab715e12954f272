import { Socket } from 'node:net';
import type { NetworkLine } from '../declaration.ts';
import type { ByteLink } from './byte-link.ts';

/** First probe of a connection on which nothing comes, in ms; what dies without a word is found by the request time-out. */
const keepAliveMs = 10_000;

/** More than sixteen of the longest replies. */
const receiveBytes = 8_192;

export class SocketLink implements ByteLink {
  readonly #line: NetworkLine;
  readonly #socket: Socket;
  #onBytes: (bytes: Buffer) => void = () => {};

  constructor(line: NetworkLine) {
    this.#line = line;
    const buffer = Buffer.allocUnsafeSlow(receiveBytes);
    let received = buffer;
    // One buffer for all that comes: a stream of Node's takes a fresh one of 64 kB for each reply. Polls bring the same length
    // again and again, and the view of that stays as well.
    const onread = {
      buffer,
      callback: (length: number) => {
        if (received.length !== length) received = buffer.subarray(0, length);
        this.#onBytes(received);
        return true;
      },
    };
    this.#socket = new Socket({ onread });
  }

  async open(): Promise<void> {
    const { host, port, connectTimeoutMs } = this.#line;
    const socket = this.#socket;
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => {
        socket.destroy(new Error(`no connection to ${host}:${port} within ${connectTimeoutMs} ms`));
      }, connectTimeoutMs);
      let reason = new Error('closed while connecting');
      socket.on('error', (error) => {
        reason = error;
      });
      socket.once('connect', () => {
        clearTimeout(deadline);
        resolve();
      });
      // After a successful connect this rejects a settled promise, which changes nothing.
      socket.once('close', () => {
        clearTimeout(deadline);
        reject(reason);
      });
      socket.setNoDelay(true);
      socket.setKeepAlive(true, keepAliveMs);
      socket.connect({ host, port });
    });
  }

  write(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  async flush(): Promise<void> {
    // A socket hands over its bytes as they come: there is nothing to discard.
  }

  async close(): Promise<void> {
    if (this.#socket.closed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('close', () => resolve());
      this.#socket.destroy();
    });
  }

  onBytes(listener: (bytes: Buffer) => void): void {
    this.#onBytes = listener;
  }

  onClosed(listener: (reason: string) => void): void {
    let reason = 'closed by the peer';
    this.#socket.on('error', (error) => {
      reason = error.message;
    });
    this.#socket.once('close', () => listener(reason));
  }
}
