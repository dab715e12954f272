import type { SerialPort } from 'serialport';
import type { SerialLine } from '../declaration.ts';
import type { ByteLink } from './byte-link.ts';

export class SerialPortLink implements ByteLink {
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
