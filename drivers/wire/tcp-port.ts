import { withCrc } from './rtu-frames.ts';
import { StrictPort } from './strict-port.ts';

const headerLength = 6;
/** Unit, function and one byte at least; unit and a PDU of 253 bytes at most. */
const shortest = 3;
const longest = 254;
/** Requests that timed out and whose late replies are known by their transaction. */
const longestMemory = 64;

/**
 * Modbus TCP. A reply must bear the transaction of the request in flight. Late replies are known by theirs, counted and
 * dropped. Anything else in the stream means that it is out of step: the connection is dropped.
 */
export class TcpPort extends StrictPort {
  #received: Buffer = Buffer.alloc(0);
  #transaction = 0;
  #inFlight: { readonly transaction: number; readonly unit: number; readonly code: number } | null = null;
  /** Unit by transaction, oldest first. */
  readonly #expired = new Map<number, number>();

  write(frame: Buffer): void {
    this.#transaction = (this.#transaction % 0xffff) + 1;
    const body = frame.subarray(0, -2);
    const header = Buffer.alloc(headerLength);
    header.writeUInt16BE(this.#transaction, 0);
    header.writeUInt16BE(body.length, 4);
    this.#expired.delete(this.#transaction);
    this.#inFlight = { transaction: this.#transaction, unit: body.readUInt8(0), code: body.readUInt8(1) };
    this.link.write(Buffer.concat([header, body]));
  }

  expire(): void {
    const late = this.#inFlight;
    this.#inFlight = null;
    if (late === null) return;
    this.#expired.set(late.transaction, late.unit);
    const oldest = this.#expired.keys().next();
    if (this.#expired.size > longestMemory && oldest.done !== true) this.#expired.delete(oldest.value);
    if (this.#received.length > 0) this.drop('a reply broke off in the middle');
  }

  async ready(): Promise<void> {
    // The transaction tells replies apart: no silence is needed between requests.
  }

  isAmbiguous(): boolean {
    return false;
  }

  sendMs(): number {
    return 0;
  }

  protected forget(): void {
    this.#inFlight = null;
    this.#received = Buffer.alloc(0);
    this.#expired.clear();
  }

  protected receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    while (this.isOpen && this.#received.length >= headerLength) {
      const protocol = this.#received.readUInt16BE(2);
      const length = this.#received.readUInt16BE(4);
      if (protocol !== 0) return this.drop(`protocol id ${protocol} in a reply`);
      if (length < shortest || length > longest) return this.drop(`length ${length} in a reply`);
      if (this.#received.length < headerLength + length) return undefined;
      const transaction = this.#received.readUInt16BE(0);
      const body = this.#received.subarray(headerLength, headerLength + length);
      this.#received = this.#received.subarray(headerLength + length);
      this.#judge(transaction, body);
    }
    return undefined;
  }

  /** The frame is sound; whether it is the reply that was asked for is another question. */
  #judge(transaction: number, body: Buffer): void {
    const asked = this.#inFlight;
    if (asked?.transaction !== transaction) {
      const unit = this.#expired.get(transaction);
      if (unit === undefined) return this.drop(`transaction ${transaction} was never asked or answered before`);
      this.#expired.delete(transaction);
      this.emit('late', unit);
      return undefined;
    }
    this.#inFlight = null;
    const unit = body.readUInt8(0);
    const code = body.readUInt8(1) & 0x7f;
    // The stream is still in step, so only this request fails and the other units behind the socket keep their connection.
    if (unit !== asked.unit) return this.refuse(`reply of unit ${unit}`);
    if (code !== asked.code) return this.refuse(`reply to function ${code}`);
    this.emit('data', withCrc(body));
    return undefined;
  }
}
