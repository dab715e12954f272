import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

export type Framing = 'tcp' | 'rtu-over-tcp';

export interface SeenRequest {
  readonly unit: number;
  readonly functionCode: number;
  readonly address: number;
  /** Count, or the value of a single write. */
  readonly argument: number;
  /** Values of a write to several; both masks; the address written and the values of a write and read. */
  readonly values: readonly number[];
  readonly atMs: number;
}

/** What the slave does with one request instead of answering it properly. */
export type Reaction =
  | { readonly kind: 'answer'; readonly afterMs?: number }
  | { readonly kind: 'silence' }
  | { readonly kind: 'garbage'; readonly bytes?: Buffer }
  /** The reply without its end. */
  | { readonly kind: 'truncated' }
  /** The reply in two pieces. */
  | { readonly kind: 'split'; readonly afterMs: number }
  | { readonly kind: 'wrong-unit' }
  | { readonly kind: 'wrong-function' }
  | { readonly kind: 'wrong-transaction' }
  | { readonly kind: 'wrong-protocol' }
  | { readonly kind: 'bad-crc' }
  /** A sound frame with a register more or less than asked. */
  | { readonly kind: 'wrong-length'; readonly by: 1 | -1 }
  /** A byte count that contradicts the frame. */
  | { readonly kind: 'wrong-byte-count' }
  | { readonly kind: 'twice' }
  | { readonly kind: 'reset' }
  | { readonly kind: 'exception'; readonly code: number }
  /** Acknowledges a write and does not do it. */
  | { readonly kind: 'ignore-write' }
  /** Does a write and acknowledges another value. */
  | { readonly kind: 'wrong-echo' };

/** The registers and bits of one unit; what is missing answers exception 2. */
export class UnitMemory {
  readonly input = new Map<number, number>();
  readonly holding = new Map<number, number>();
  readonly coil = new Map<number, number>();
  readonly discrete = new Map<number, number>();
  /** Text by object; empty: the device does not know function 43. */
  readonly identification = new Map<number, string>();
  /** Objects in one reply to function 43. */
  objectsPerReply = 2;
}

const answer: Reaction = { kind: 'answer' };

/**
 * A Modbus slave on a real socket that can be told to misbehave, request by request. It works off the requests of a
 * connection in order, as a module does: a reply that is held back holds those after it back too.
 */
export class MisbehavingSlave {
  readonly framing: Framing;
  readonly units = new Map<number, UnitMemory>();
  readonly seen: SeenRequest[] = [];
  react: (request: SeenRequest) => Reaction = () => answer;
  /** Called before a request is worked off, to change what it will read. */
  prepare: (request: SeenRequest) => void = () => {};
  connections = 0;
  readonly #server: Server;
  readonly #streams = new Set<Duplex>();

  private constructor(framing: Framing) {
    this.framing = framing;
    this.#server = createServer((socket: Socket) => {
      socket.setNoDelay(true);
      this.serve(socket);
    });
  }

  static async listen(framing: Framing, port = 0): Promise<MisbehavingSlave> {
    const slave = new MisbehavingSlave(framing);
    slave.#server.listen(port, '127.0.0.1');
    await once(slave.#server, 'listening');
    return slave;
  }

  /** A slave that is not on the network but on some other stream of bytes. */
  static on(stream: Duplex): MisbehavingSlave {
    const slave = new MisbehavingSlave('rtu-over-tcp');
    slave.serve(stream);
    return slave;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get open(): number {
    return this.#streams.size;
  }

  unit(id: number): UnitMemory {
    const memory = this.units.get(id) ?? new UnitMemory();
    this.units.set(id, memory);
    return memory;
  }

  reads(unit: number): SeenRequest[] {
    return this.seen.filter((request) => request.unit === unit && request.functionCode <= 4);
  }

  writes(unit: number): SeenRequest[] {
    return this.seen.filter((request) => request.unit === unit && request.functionCode >= 5);
  }

  /** Cuts all connections; new ones are accepted. */
  cut(): void {
    for (const stream of this.#streams) {
      if ('resetAndDestroy' in stream) (stream as Socket).resetAndDestroy();
      else stream.destroy();
    }
  }

  async close(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  serve(stream: Duplex): void {
    this.connections++;
    this.#streams.add(stream);
    stream.on('error', () => stream.destroy());
    stream.on('close', () => this.#streams.delete(stream));
    let received = Buffer.alloc(0);
    let work = Promise.resolve();
    stream.on('data', (bytes: Buffer) => {
      received = Buffer.concat([received, bytes]);
      for (;;) {
        const frame = this.framing === 'tcp' ? tcpRequest(received) : rtuRequest(received);
        if (frame === null) return;
        received = received.subarray(frame.length);
        const request = { ...parsed(frame.pdu, frame.unit), atMs: performance.now() };
        this.seen.push(request);
        const reaction = this.react(request);
        work = work.then(() => this.#work(stream, frame, request, reaction));
      }
    });
  }

  async #work(stream: Duplex, frame: Frame, request: SeenRequest, reaction: Reaction): Promise<void> {
    if (reaction.kind === 'silence') return;
    if (reaction.kind === 'reset') {
      if ('resetAndDestroy' in stream) (stream as Socket).resetAndDestroy();
      return;
    }
    this.prepare(request);
    const pdu = this.#pdu(request, reaction);
    if (pdu === null) return;
    const unit = reaction.kind === 'wrong-unit' ? frame.unit + 1 : frame.unit;
    const reply = this.framing === 'tcp' ? tcpReply(frame, unit, pdu, reaction) : rtuReply(unit, pdu, reaction);
    if (reaction.kind === 'garbage') stream.write(reaction.bytes ?? Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    else if (reaction.kind === 'truncated') stream.write(reply.subarray(0, -2));
    else if (reaction.kind === 'split') {
      stream.write(reply.subarray(0, 4));
      await sleep(reaction.afterMs);
      stream.write(reply.subarray(4));
    } else {
      if (reaction.kind === 'answer' && reaction.afterMs !== undefined) await sleep(reaction.afterMs);
      if (!stream.destroyed) stream.write(reaction.kind === 'twice' ? Buffer.concat([reply, reply]) : reply);
    }
  }

  #pdu(request: SeenRequest, reaction: Reaction): Buffer | null {
    const { functionCode, address, argument } = request;
    const memory = this.units.get(request.unit);
    if (memory === undefined) return this.framing === 'tcp' ? Buffer.from([functionCode | 0x80, 0x0b]) : null;
    if (reaction.kind === 'exception') return Buffer.from([functionCode | 0x80, reaction.code]);
    if (reaction.kind === 'wrong-function') return Buffer.from([functionCode === 3 ? 4 : 3, 2, 0x12, 0x34]);
    if (functionCode <= 4) return readPdu(memory, request, reaction);
    if (functionCode === 22) return maskWritePdu(memory, request, reaction);
    if (functionCode === 23) return readWritePdu(memory, request, reaction);
    if (functionCode === 43) return identificationPdu(memory, request, reaction);
    const area = functionCode === 5 || functionCode === 15 ? memory.coil : memory.holding;
    const isSingle = functionCode <= 6;
    const values = isSingle ? [functionCode === 5 ? Number(argument === 0xff00) : argument] : request.values;
    if (values.some((_, n) => !area.has(address + n))) return Buffer.from([functionCode | 0x80, 2]);
    if (reaction.kind !== 'ignore-write') for (const [n, value] of values.entries()) area.set(address + n, value);
    const pdu = Buffer.alloc(5);
    pdu.writeUInt8(functionCode, 0);
    pdu.writeUInt16BE(address, 1);
    pdu.writeUInt16BE(reaction.kind === 'wrong-echo' ? argument ^ 0x0101 : argument, 3);
    return pdu;
  }
}

function maskWritePdu(memory: UnitMemory, { address, values }: SeenRequest, reaction: Reaction): Buffer {
  const [andMask = 0, orMask = 0] = values;
  const held = memory.holding.get(address);
  if (held === undefined) return Buffer.from([0x96, 2]);
  if (reaction.kind !== 'ignore-write') memory.holding.set(address, (held & andMask) | (orMask & ~andMask & 0xffff));
  const pdu = Buffer.from([22, 0, 0, 0, 0, 0, 0]);
  for (const [n, word] of [address, andMask, reaction.kind === 'wrong-echo' ? orMask ^ 0x0101 : orMask].entries())
    pdu.writeUInt16BE(word, 1 + 2 * n);
  return pdu;
}

function readWritePdu(memory: UnitMemory, request: SeenRequest, reaction: Reaction): Buffer {
  const [writeAddress = 0, ...written] = request.values;
  if (written.some((_, n) => !memory.holding.has(writeAddress + n))) return Buffer.from([0x97, 2]);
  for (const [n, value] of written.entries()) memory.holding.set(writeAddress + n, value);
  const pdu = readPdu(memory, { ...request, functionCode: 3 }, reaction);
  pdu.writeUInt8(23 | (pdu.readUInt8(0) & 0x80), 0);
  return pdu;
}

function identificationPdu(memory: UnitMemory, { address, argument }: SeenRequest, reaction: Reaction): Buffer {
  if (memory.identification.size === 0) return Buffer.from([0xab, 1]);
  const wanted = [...memory.identification].filter(([object]) => object >= argument);
  const now = wanted.slice(0, memory.objectsPerReply);
  const next = wanted[memory.objectsPerReply]?.[0];
  const count = reaction.kind === 'wrong-length' ? now.length + reaction.by : now.length;
  const header = [43, 14, address, 0x81, next === undefined ? 0 : 0xff, next ?? 0, count];
  const objects = now.flatMap(([object, text]) => [object, text.length, ...Buffer.from(text, 'latin1')]);
  return Buffer.from(reaction.kind === 'wrong-length' ? [...header, ...objects, 0] : [...header, ...objects]);
}

export interface Frame {
  readonly unit: number;
  readonly pdu: Buffer;
  readonly transaction: number;
  readonly length: number;
}

function readPdu(memory: UnitMemory, request: SeenRequest, reaction: Reaction): Buffer {
  const { functionCode, address, argument } = request;
  const area = [memory.coil, memory.discrete, memory.holding, memory.input][functionCode - 1];
  const values = Array.from({ length: argument }, (_, n) => area?.get(address + n));
  if (values.some((value) => value === undefined)) return Buffer.from([functionCode | 0x80, 2]);
  const data =
    functionCode <= 2
      ? Buffer.from(
          Array.from({ length: Math.ceil(argument / 8) }, (_, byte) =>
            values.slice(8 * byte, 8 * byte + 8).reduce<number>((all, bit, n) => all | ((bit ?? 0) << n), 0),
          ),
        )
      : Buffer.concat(values.map((value) => Buffer.from([(value ?? 0) >> 8, (value ?? 0) & 0xff])));
  const step = functionCode <= 2 ? 1 : 2;
  let sent = data;
  if (reaction.kind === 'wrong-length') {
    sent = reaction.by > 0 ? Buffer.concat([data, Buffer.alloc(step, 0x55)]) : data.subarray(0, -step);
  }
  const byteCount = reaction.kind === 'wrong-byte-count' ? sent.length + step : sent.length;
  return Buffer.concat([Buffer.from([functionCode, byteCount]), sent]);
}

export function parsed(pdu: Buffer, unit: number): Omit<SeenRequest, 'atMs'> {
  const functionCode = pdu.readUInt8(0);
  // level and object
  if (functionCode === 43) {
    return { unit, functionCode, address: pdu.readUInt8(2), argument: pdu.readUInt8(3), values: [] };
  }
  const argument = pdu.readUInt16BE(3);
  let values: number[] = [];
  if (functionCode === 22) values = [pdu.readUInt16BE(3), pdu.readUInt16BE(5)];
  // the address that is written, then what is written
  if (functionCode === 23)
    values = [
      pdu.readUInt16BE(5),
      ...Array.from({ length: pdu.readUInt16BE(7) }, (_, n) => pdu.readUInt16BE(10 + 2 * n)),
    ];
  if (functionCode === 15)
    values = Array.from({ length: argument }, (_, n) => (pdu.readUInt8(6 + (n >> 3)) >> (n & 7)) & 1);
  if (functionCode === 16) values = Array.from({ length: argument }, (_, n) => pdu.readUInt16BE(6 + 2 * n));
  return { unit, functionCode, address: pdu.readUInt16BE(1), argument, values };
}

export function tcpRequest(bytes: Buffer): Frame | null {
  if (bytes.length < 8) return null;
  const length = 6 + bytes.readUInt16BE(4);
  if (bytes.length < length) return null;
  return { unit: bytes.readUInt8(6), pdu: bytes.subarray(7, length), transaction: bytes.readUInt16BE(0), length };
}

export function rtuRequest(bytes: Buffer): Frame | null {
  if (bytes.length < 7) return null;
  const length = rtuLength(bytes);
  if (bytes.length < length) return null;
  return { unit: bytes.readUInt8(0), pdu: bytes.subarray(1, length - 2), transaction: 0, length };
}

function rtuLength(bytes: Buffer): number {
  const functionCode = bytes.readUInt8(1);
  if (functionCode === 15 || functionCode === 16) return 9 + bytes.readUInt8(6);
  if (functionCode === 23) return bytes.length < 11 ? 11 : 13 + bytes.readUInt8(10);
  return functionCode === 22 ? 10 : functionCode === 43 ? 7 : 8;
}

function tcpReply(frame: Frame, unit: number, pdu: Buffer, reaction: Reaction): Buffer {
  const header = Buffer.alloc(7);
  header.writeUInt16BE((frame.transaction + (reaction.kind === 'wrong-transaction' ? 1000 : 0)) & 0xffff, 0);
  header.writeUInt16BE(reaction.kind === 'wrong-protocol' ? 7 : 0, 2);
  header.writeUInt16BE(1 + pdu.length, 4);
  header.writeUInt8(unit, 6);
  return Buffer.concat([header, pdu]);
}

function rtuReply(unit: number, pdu: Buffer, reaction: Reaction): Buffer {
  const body = Buffer.concat([Buffer.from([unit]), pdu]);
  const sum = checksum(body) ^ (reaction.kind === 'bad-crc' ? 0x0100 : 0);
  return Buffer.concat([body, Buffer.from([sum & 0xff, sum >> 8])]);
}

/** CRC-16/MODBUS by polynomial division over the reflected bits, apart from the driver's own. */
export function checksum(bytes: Buffer): number {
  let register = 0xffff;
  for (const byte of bytes) {
    let mixed = (register ^ byte) & 0xff;
    for (let n = 0; n < 8; n++) mixed = mixed % 2 === 1 ? 0xa001 ^ Math.floor(mixed / 2) : mixed / 2;
    register = (register >> 8) ^ mixed;
  }
  return register;
}
