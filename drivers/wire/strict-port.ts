import { EventEmitter } from 'node:events';
import type { ByteLink } from './byte-link.ts';

/** Who asked: hears what becomes of the request in each place. */
export interface PortListener {
  /**
   * The reply to the request in this place, checked against it: its unit and PDU, whatever framed them on the line.
   *
   * @param from, to  where they stand in `bytes`, which are valid during the call only
   */
  onReply(place: number, bytes: Buffer, from: number, to: number): void;
  /** A reply came that can't be believed: the request in this place has failed. */
  onRefused(place: number, reason: string): void;
  /** A reply came after its request had timed out, and was dropped. */
  onLate(unit: number): void;
  /** Once: nothing that is in flight will be answered. */
  onClosed(): void;
}

/**
 * What modbus-serial calls a port: it writes RTU frames here and takes RTU frames from `data`. The framing underneath is
 * strict: nothing but the reply to a request in flight is handed up.
 */
export abstract class StrictPort extends EventEmitter {
  /**
   * The library files a request under the one when it writes and looks it up under the other when a reply comes, both in one
   * go. They are set to the request's place, 1…window, just before: its table can't grow, and no reply finds another's entry.
   */
  _transactionIdWrite = 1;
  _transactionIdRead = 1;
  isOpen = false;
  /** Why the connection was closed. */
  fault: string | null = null;
  /** Silence that `ready` waits for after a request that was not answered, in ms. */
  abstract readonly drainMs: number;
  protected readonly link: ByteLink;
  protected listener: PortListener | null = null;

  constructor(link: ByteLink) {
    super();
    this.link = link;
    link.onBytes((bytes) => {
      if (this.isOpen) this.receive(bytes);
    });
    link.onClosed((reason) => this.#closed(reason));
  }

  listen(listener: PortListener): void {
    this.listener = listener;
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

  /** The library's: it registers its listeners when this calls back. */
  open(callback: (error?: Error) => void): void {
    callback();
  }

  /** The library cancels its timers and calls this. */
  destroy(): void {
    this.#closed('closed');
  }

  /** Sends the request of the place `_transactionIdWrite`: an RTU frame with its CRC. */
  abstract write(frame: Buffer): void;
  /**
   * Gives up the request in this place; a reply to it is late from now on.
   *
   * @returns what may be the matter; null: nothing is known
   */
  abstract expire(place: number): string | null;
  /** Resolves when the next request may be sent; null: at once. */
  abstract ready(): Promise<void> | null;
  /** Whether a late reply of this unit could be taken for the reply to a request of this function. */
  abstract isAmbiguous(unit: number, functionCode: number): boolean;
  /** Time that a request of so many bytes takes on the wire before the module can answer, in ms. */
  abstract sendMs(bytes: number): number;
  /** @param bytes  valid during the call only */
  protected abstract receive(bytes: Buffer): void;
  protected abstract forget(): void;

  /** Nothing on this connection can be trusted any more. */
  protected drop(reason: string): void {
    this.#closed(reason);
    void this.link.close();
  }

  #closed(reason: string): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.fault = reason;
    this.forget();
    this.listener?.onClosed();
  }
}
