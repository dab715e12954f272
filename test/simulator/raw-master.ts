import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A master that builds its frames by hand, so that it shares no code with the slave. */
export interface RawMaster {
  /** Sends a PDU in a right frame. @returns the reply, null when there is none within `waitMs` */
  ask(unit: number, pdu: readonly number[], waitMs?: number): Promise<RawReply | null>;
  /** The reply PDU to a request that must be answered. */
  pdu(unit: number, pdu: readonly number[]): Promise<number[]>;
  /** Words of a read reply that must be in order. */
  words(unit: number, code: 3 | 4, address: number, count: number): Promise<number[]>;
  bits(unit: number, code: 1 | 2, address: number, count: number): Promise<boolean[]>;
  writeRegister(unit: number, address: number, value: number): Promise<number[]>;
  writeCoil(unit: number, address: number, isOn: boolean): Promise<number[]>;
  send(bytes: Buffer): void;
  /** All bytes received since the last look, once `count` are there or `waitMs` is over. */
  receive(count: number, waitMs?: number): Promise<Buffer>;
  isOpen(): boolean;
  close(): void;
}

export interface RawReply {
  readonly frame: Buffer;
  readonly unit: number;
  readonly pdu: number[];
  readonly tookMs: number;
}

export function word(value: number): [number, number] {
  return [(value >> 8) & 0xff, value & 0xff];
}

/** CRC of the Modbus serial line specification, bit by bit. */
export function crcOf(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >> 1) ^ 0xa001 : crc >> 1;
  }
  return crc;
}

export function rtuFrame(unit: number, pdu: readonly number[]): Buffer {
  const body = Buffer.from([unit, ...pdu]);
  const crc = crcOf(body);
  return Buffer.concat([body, Buffer.from([crc & 0xff, crc >> 8])]);
}

export function mbapFrame(transaction: number, unit: number, pdu: readonly number[]): Buffer {
  return Buffer.from([...word(transaction), 0, 0, ...word(pdu.length + 1), unit, ...pdu]);
}

/** @param address  host:port */
export async function connectMaster(address: string, transport: 'tcp' | 'rtu'): Promise<RawMaster> {
  const [host, port] = address.split(':');
  const socket = createConnection({ host: host ?? '', port: Number(port) });
  await once(socket, 'connect');
  return masterOn(socket, transport);
}

function masterOn(socket: Socket, transport: 'tcp' | 'rtu'): RawMaster {
  let received = Buffer.alloc(0);
  let transaction = 0;
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
  });
  socket.on('error', () => socket.destroy());

  async function receive(count: number, waitMs = 1000): Promise<Buffer> {
    const deadlineMs = performance.now() + waitMs;
    while (received.length < count && !socket.destroyed && performance.now() < deadlineMs) await pause(2);
    const bytes = received;
    received = Buffer.alloc(0);
    return bytes;
  }

  async function ask(unit: number, pdu: readonly number[], waitMs = 1000): Promise<RawReply | null> {
    received = Buffer.alloc(0);
    transaction = (transaction + 1) & 0xffff;
    const startMs = performance.now();
    socket.write(transport === 'tcp' ? mbapFrame(transaction, unit, pdu) : rtuFrame(unit, pdu));
    const deadlineMs = startMs + waitMs;
    for (;;) {
      const reply = transport === 'tcp' ? tcpReply(received, transaction) : rtuReply(received);
      if (reply !== null) {
        received = received.subarray(reply.frame.length);
        return { ...reply, tookMs: performance.now() - startMs };
      }
      if (socket.destroyed || performance.now() > deadlineMs) return null;
      await pause(1);
    }
  }

  async function pdu(unit: number, request: readonly number[]): Promise<number[]> {
    const reply = await ask(unit, request);
    if (reply === null) throw new Error(`unit ${unit} did not answer ${request.join(' ')}`);
    return reply.pdu;
  }

  async function read(unit: number, code: number, address: number, count: number): Promise<number[]> {
    const [answered, bytes, ...data] = await pdu(unit, [code, ...word(address), ...word(count)]);
    if (answered !== code) throw new Error(`unit ${unit} answers exception ${bytes}`);
    if (bytes !== data.length) throw new Error(`byte count ${bytes}, ${data.length} bytes`);
    return data;
  }

  return {
    ask,
    pdu,
    async words(unit, code, address, count) {
      const data = Buffer.from(await read(unit, code, address, count));
      return Array.from({ length: count }, (_, index) => data.readUInt16BE(2 * index));
    },
    async bits(unit, code, address, count) {
      const data = await read(unit, code, address, count);
      return Array.from({ length: count }, (_, index) => ((data[index >> 3] ?? 0) & (1 << (index & 7))) !== 0);
    },
    writeRegister: (unit, address, value) => pdu(unit, [6, ...word(address), ...word(value)]),
    writeCoil: (unit, address, isOn) => pdu(unit, [5, ...word(address), isOn ? 0xff : 0, 0]),
    send: (bytes) => void socket.write(bytes),
    receive,
    isOpen: () => !socket.destroyed,
    close: () => socket.destroy(),
  };
}

function tcpReply(bytes: Buffer, transaction: number): Omit<RawReply, 'tookMs'> | null {
  if (bytes.length < 8 || bytes.length < 6 + bytes.readUInt16BE(4)) return null;
  const frame = bytes.subarray(0, 6 + bytes.readUInt16BE(4));
  if (frame.readUInt16BE(0) !== transaction)
    throw new Error(`transaction ${frame.readUInt16BE(0)}, not ${transaction}`);
  return { frame, unit: frame.readUInt8(6), pdu: [...frame.subarray(7)] };
}

/** A reply's length follows from its function and byte count. */
function rtuReply(bytes: Buffer): Omit<RawReply, 'tookMs'> | null {
  const code = bytes[1];
  if (code === undefined || bytes.length < 5) return null;
  const length = code >= 0x80 ? 5 : code <= 4 ? 5 + (bytes[2] ?? 0) : 8;
  if (bytes.length < length) return null;
  const frame = bytes.subarray(0, length);
  return { frame, unit: frame.readUInt8(0), pdu: [...frame.subarray(1, -2)] };
}
