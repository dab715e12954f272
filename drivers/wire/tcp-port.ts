import { headerBytes, MbapPort } from './mbap-port.ts';

const nothing: Buffer = Buffer.alloc(0);

/**
 * Modbus TCP. What is in the stream and is neither a reply to a request in flight nor a late one means that the stream is out
 * of step: the connection is dropped.
 */
export class TcpPort extends MbapPort {
  /** The beginning of a frame whose end has not come yet. */
  #begun: Buffer = nothing;
  /** Requests of this turn of the event loop, which leave together. */
  #leaving: Buffer[] = [];

  protected send(bytes: Buffer): void {
    if (this.window === 1) return this.link.write(bytes);
    if (this.#leaving.push(bytes) > 1) return undefined;
    // runs when all replies that came together have been handed out, and have been followed by the next requests
    process.nextTick(() => {
      const leaving = this.#leaving.splice(0);
      const [first] = leaving;
      if (first !== undefined && this.isOpen) this.link.write(leaving.length === 1 ? first : Buffer.concat(leaving));
    });
    return undefined;
  }

  protected expired(transaction: number): void {
    if (this.#begun.length === 0) return;
    // what has begun may be the reply to another request, which has its own deadline
    const begun = this.#begun.length >= 2 ? this.#begun.readUInt16BE(0) : transaction;
    if (begun === transaction || !this.isInFlight(begun)) this.drop('a reply broke off in the middle');
  }

  protected override forget(): void {
    super.forget();
    this.#begun = nothing;
    this.#leaving = [];
  }

  protected receive(bytes: Buffer): void {
    const stream = this.#begun.length === 0 ? bytes : Buffer.concat([this.#begun, bytes]);
    // What breaks off may be completed by the beginning of the next reply: then what follows is out of step, and nothing counts.
    const fault = this.#faultIn(stream);
    if (fault !== null) return this.drop(fault);
    let at = 0;
    for (let end = this.#endOfFrame(stream, at); end <= stream.length; end = this.#endOfFrame(stream, at)) {
      const belongsTo = this.judge(stream, at, end);
      if (belongsTo === 'nothing') {
        this.drop(`transaction ${stream.readUInt16BE(at)} was never asked or answered before`);
      }
      if (!this.isOpen) return undefined;
      at = end;
    }
    this.#begun = at === stream.length ? nothing : Buffer.from(stream.subarray(at));
    return undefined;
  }

  /** What is wrong with any of the headers in the stream. */
  #faultIn(stream: Buffer): string | null {
    for (let at = 0; at + headerBytes <= stream.length; at = this.#endOfFrame(stream, at)) {
      const fault = this.faultOfHeader(stream, at);
      if (fault !== null) return fault;
    }
    return null;
  }

  /** Where the frame at `at` ends, by its header; infinite: its header has not come yet. */
  #endOfFrame(stream: Buffer, at: number): number {
    return at + headerBytes <= stream.length
      ? at + headerBytes + stream.readUInt16BE(at + 4)
      : Number.POSITIVE_INFINITY;
  }
}
