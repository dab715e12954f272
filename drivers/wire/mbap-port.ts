import type { ByteLink } from './byte-link.ts';
import { contradictionOf } from './reply-check.ts';
import { StrictPort } from './strict-port.ts';

/** Transaction, protocol and length, two bytes each; the length counts what follows. */
export const headerBytes = 6;
/** Unit, function and one byte at least; unit and a PDU of 253 bytes at most. */
const shortestBody = 3;
const longestBody = 254;
/** Requests that timed out and whose late replies are known by their transaction. */
const longestMemory = 64;

interface InFlight {
  readonly transaction: number;
  readonly request: Buffer;
}

/**
 * Frames with an MBAP header. A reply must bear the transaction of a request in flight, in whatever order they come. Late
 * replies are known by theirs, counted and dropped.
 */
export abstract class MbapPort extends StrictPort {
  /** The transaction tells a late reply apart. */
  readonly drainMs = 0;
  protected readonly window: number;
  #transaction = 0;
  /** By place. */
  readonly #inFlight: (InFlight | null)[];
  /** Unit by transaction, oldest first. */
  readonly #expired = new Map<number, number>();

  constructor(link: ByteLink, window: number) {
    super(link);
    this.window = window;
    this.#inFlight = Array.from({ length: window + 1 }, () => null);
  }

  write(frame: Buffer): void {
    const transaction = this.#nextTransaction();
    const bodyBytes = frame.length - 2;
    const bytes = Buffer.allocUnsafe(headerBytes + bodyBytes);
    bytes[0] = transaction >>> 8;
    bytes[1] = transaction & 0xff;
    bytes[2] = 0;
    bytes[3] = 0;
    bytes[4] = bodyBytes >>> 8;
    bytes[5] = bodyBytes & 0xff;
    frame.copy(bytes, headerBytes, 0, bodyBytes);
    this.#inFlight[this._transactionIdWrite] = { transaction, request: frame };
    this.send(bytes);
  }

  expire(place: number): string | null {
    const late = this.#inFlight[place];
    if (!late) return null;
    this.#inFlight[place] = null;
    this.#expired.set(late.transaction, late.request.readUInt8(0));
    const oldest = this.#expired.keys().next();
    if (this.#expired.size > longestMemory && oldest.done !== true) this.#expired.delete(oldest.value);
    this.expired(late.transaction);
    return null;
  }

  ready(): null {
    // The transaction tells replies apart: no silence is needed between requests.
    return null;
  }

  isAmbiguous(): boolean {
    return false;
  }

  sendMs(): number {
    return 0;
  }

  protected forget(): void {
    this.#inFlight.fill(null);
    this.#expired.clear();
  }

  /** What is wrong with a header, all six bytes of it. */
  protected faultOfHeader(bytes: Buffer, at: number): string | null {
    const protocol = bytes.readUInt16BE(at + 2);
    if (protocol !== 0) return `protocol id ${protocol} in a reply`;
    const length = bytes.readUInt16BE(at + 4);
    return length < shortestBody || length > longestBody ? `length ${length} in a reply` : null;
  }

  /**
   * The frame is sound; whether it is a reply that was asked for is another question.
   *
   * @param at, end  where the frame stands in `bytes`
   * @returns what it belongs to
   */
  protected judge(bytes: Buffer, at: number, end: number): 'request' | 'late' | 'nothing' {
    const transaction = bytes.readUInt16BE(at);
    const place = this.#inFlight.findIndex((asked) => asked?.transaction === transaction);
    const asked = this.#inFlight[place];
    if (!asked) {
      const unit = this.#expired.get(transaction);
      if (unit === undefined) return 'nothing';
      this.#expired.delete(transaction);
      this.listener?.onLate(unit);
      return 'late';
    }
    this.#inFlight[place] = null;
    // The stream is still in step, so only this request fails and the other units behind the socket keep their connection.
    const from = at + headerBytes;
    const contradiction = contradictionOf(asked.request, bytes, from, end);
    if (contradiction === null) this.listener?.onReply(place, bytes, from, end);
    else this.listener?.onRefused(place, contradiction);
    return 'request';
  }

  protected isInFlight(transaction: number): boolean {
    return this.#inFlight.some((asked) => asked?.transaction === transaction);
  }

  protected abstract send(bytes: Buffer): void;

  /** The request of this transaction has just been given up. */
  protected abstract expired(transaction: number): void;

  #nextTransaction(): number {
    do this.#transaction = (this.#transaction % 0xffff) + 1;
    while (this.isInFlight(this.#transaction));
    this.#expired.delete(this.#transaction);
    return this.#transaction;
  }
}
