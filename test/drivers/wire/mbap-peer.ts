import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { until } from '../test-field.ts';

/** A request that came, and the way to answer it. */
export interface Received {
  readonly transaction: number;
  readonly unit: number;
  /** Function code and data. */
  readonly pdu: Buffer;
  /** Sends on the connection that it came over, if that still stands. */
  readonly send: (...frames: readonly Uint8Array[]) => void;
}

/** The other end of a Modbus TCP line, played by hand: it answers what it is told, when it is told. */
export class MbapPeer {
  readonly received: Received[] = [];
  /** Answers as soon as a request comes; null: by hand. */
  answer: ((request: Received) => Buffer | null) | null = null;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #socket: Socket | null = null;

  private constructor() {
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket));
  }

  static async listen(): Promise<MbapPeer> {
    const peer = new MbapPeer();
    peer.#server.listen(0, '127.0.0.1');
    await once(peer.#server, 'listening');
    return peer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  async has(count: number): Promise<void> {
    await until(`${count} requests`, () => this.received.length >= count);
  }

  /** The request for this address, the newest first. */
  asked(address: number): Received {
    const request = this.received.findLast(({ pdu }) => pdu.readUInt16BE(1) === address);
    if (request === undefined) throw new Error(`nobody asked for ${address}`);
    return request;
  }

  send(...frames: readonly Uint8Array[]): void {
    this.#socket?.write(Buffer.concat(frames));
  }

  /** Sends nothing more, and says so. */
  sayGoodbye(): void {
    this.#socket?.end();
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    this.#sockets.add(socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#sockets.delete(socket));
    const send = (...frames: readonly Uint8Array[]): void => {
      if (socket.writable) socket.write(Buffer.concat(frames));
    };
    let stream = Buffer.alloc(0);
    socket.on('data', (bytes: Buffer) => {
      stream = Buffer.concat([stream, bytes]);
      while (stream.length >= 6 && stream.length >= 6 + stream.readUInt16BE(4)) {
        const end = 6 + stream.readUInt16BE(4);
        const request = {
          transaction: stream.readUInt16BE(0),
          unit: stream.readUInt8(6),
          pdu: stream.subarray(7, end),
          send,
        };
        stream = stream.subarray(end);
        this.received.push(request);
        const reply = this.answer?.(request) ?? null;
        if (reply !== null) send(frameOf(request, reply));
      }
    });
  }
}

/** The frame that answers this request. */
export function frameOf({ transaction, unit }: Pick<Received, 'transaction' | 'unit'>, pdu: Uint8Array): Buffer {
  const header = Buffer.alloc(7);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(1 + pdu.length, 4);
  header.writeUInt8(unit, 6);
  return Buffer.concat([header, pdu]);
}

/** The PDU of a read of registers by this function. */
export function registersPdu(functionCode: number, ...registers: readonly number[]): Buffer {
  const data = Buffer.alloc(2 * registers.length);
  for (const [n, register] of registers.entries()) data.writeUInt16BE(register, 2 * n);
  return Buffer.concat([Buffer.from([functionCode, data.length]), data]);
}
