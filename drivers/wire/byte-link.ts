import { Socket } from 'node:net';
import type { SerialPort } from 'serialport';
import type { LineDeclaration, NetworkLine, SerialLine } from '../declaration.ts';
import { DatagramLink } from './datagram-link.ts';
import type { ByteLink } from './link.ts';

export type { ByteLink };

export function byteLink(line: LineDeclaration): ByteLink {
  if ('path' in line) return new SerialPortLink(line);
  return line.transport === 'udp' ? new DatagramLink(line) : new SocketLink(line);
}

/** First probe of a connection on which nothing comes, in ms; what dies without a word is found by the request time-out. */
const keepAliveMs = 10_000;

/** More than sixteen of the longest replies. */
const receiveBytes = 8_192;

class SocketLink implements ByteLink {
  readonly #line: NetworkLine;
  readonly #socket: Socket;
  #onBytes: (bytes: Buffer) => void = () => {};

  constructor(line: NetworkLine) {
    this.#line = line;
    const buffer = Buffer.allocUnsafeSlow(receiveBytes);
    // One buffer for all that comes: a stream of Node's takes a fresh one of 64 kB for each reply.
    const onread = {
      buffer,
      callback: (length: number) => {
        this.#onBytes(buffer.subarray(0, length));
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

class SerialPortLink implements ByteLink {
  readonly #line: SerialLine;
  #port: SerialPort | null = null;
  #abandoned = false;
  #onBytes: (bytes: Buffer) => void = () => {};
  #onClosed: (reason: string) => void = () => {};

  constructor(line: SerialLine) {
    this.#line = line;
  }

  async open(): Promise<void> {
    const { path, baudRate, parity, stopBits, dataBits = 8, connectTimeoutMs } = this.#line;
    // Loaded only where a serial line is declared: it brings a native add-on.
    const { SerialPort: Port } = await import('serialport');
    const port = new Port({ path, baudRate, parity, stopBits, dataBits, autoOpen: false });
    let reason = 'closed';
    port.on('error', (error: Error) => {
      reason = error.message;
    });
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#abandoned = true;
        reject(new Error(`${path} did not open within ${connectTimeoutMs} ms`));
      }, connectTimeoutMs);
      port.open((error) => {
        clearTimeout(deadline);
        // Opening can't be called off: should it succeed when nobody wants it any more, the port is given back.
        if (!error && this.#abandoned) port.close();
        if (error || this.#abandoned) reject(error ?? new Error('closed while opening'));
        else resolve();
      });
    });
    this.#port = port;
    port.on('data', (bytes: Buffer) => this.#onBytes(bytes));
    port.once('close', (error?: Error | null) => {
      this.#port = null;
      this.#onClosed(error?.message ?? reason);
    });
  }

  write(bytes: Uint8Array): void {
    this.#port?.write(bytes);
  }

  async flush(): Promise<void> {
    const port = this.#port;
    // A flush that fails means that the port is going away; its close event says so.
    if (port?.isOpen === true) await new Promise<void>((resolve) => port.flush(() => resolve()));
  }

  async close(): Promise<void> {
    this.#abandoned = true;
    const port = this.#port;
    if (port?.isOpen === true) await new Promise<void>((resolve) => port.close(() => resolve()));
  }

  onBytes(listener: (bytes: Buffer) => void): void {
    this.#onBytes = listener;
  }

  onClosed(listener: (reason: string) => void): void {
    this.#onClosed = listener;
  }
}
