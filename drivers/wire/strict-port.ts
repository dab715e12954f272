import { EventEmitter } from 'node:events';
import type { ByteLink } from './byte-link.ts';

/**
 * What modbus-serial calls a port: it writes RTU frames here and takes RTU frames from `data`. The framing underneath is
 * strict: nothing but the reply to the request in flight is handed up.
 *
 * Events: `data` (frame), `close`, `late` (unit: a reply came after its request had timed out, and was dropped).
 */
export abstract class StrictPort extends EventEmitter {
  /**
   * The library files a request under the one and looks its reply up under the other. One request is in flight at a time
   * and the port itself matches replies, so both stay 1: the library's table of transactions can't grow.
   */
  readonly _transactionIdRead = 1;
  readonly _transactionIdWrite = 1;
  isOpen = false;
  /** Why the connection was closed. */
  fault: string | null = null;
  /** What was wrong with the last reply that was refused. */
  refusal: string | null = null;
  protected readonly link: ByteLink;

  constructor(link: ByteLink) {
    super();
    this.link = link;
    link.onBytes((bytes) => {
      if (this.isOpen) this.receive(bytes);
    });
    link.onClosed((reason) => this.#closed(reason));
  }

  /** Opens the line underneath; the library's own `open` only registers its listeners then. */
  async connect(): Promise<void> {
    await this.link.open();
    this.isOpen = true;
  }

  /** Resolves when the operating system has let go of the line. */
  async disconnect(): Promise<void> {
    this.#closed('closed');
    await this.link.close();
  }

  open(callback: (error?: Error) => void): void {
    callback();
  }

  /** The library cancels its timers and calls this. */
  destroy(): void {
    this.#closed('closed');
  }

  /** Sends one request: an RTU frame with its CRC. */
  abstract write(frame: Buffer): void;
  /** Gives the request in flight up; a reply to it is late from now on. */
  abstract expire(): void;
  /** Resolves when the next request may be sent. */
  abstract ready(): Promise<void>;
  /** Whether a late reply of this unit could be taken for the reply to a request of this function. */
  abstract isAmbiguous(unit: number, functionCode: number): boolean;
  /** Time that a request of so many bytes takes on the wire before the module can answer, in ms. */
  abstract sendMs(bytes: number): number;
  protected abstract receive(bytes: Buffer): void;
  protected abstract forget(): void;

  /** Nothing on this connection can be trusted any more. */
  protected drop(reason: string): void {
    this.#closed(reason);
    void this.link.close();
  }

  /** Fails the request in flight at once: an empty frame is what the library rejects before all else. */
  protected refuse(reason: string): void {
    this.refusal = reason;
    this.emit('data', Buffer.alloc(0));
  }

  #closed(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.fault = reason;
    this.forget();
    this.emit('close');
  }
}
