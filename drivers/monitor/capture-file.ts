import type { TraceRecord } from './wire-trace.ts';

/** Port that Wireshark takes for Modbus TCP by itself. */
const modbusTcpPort = 502;
/** Port of RTU frames, since Wireshark has none for them: told it (`mbrtu.tcp.port`), it also tells requests from replies. */
const modbusRtuPort = 1_502;
/** Made up, since the trace has bytes and not packets: addresses for documentation (RFC 5737), locally administered MACs. */
const master = { mac: [2, 0, 0, 0, 0, 1], address: [192, 0, 2, 1] } as const;
const slave = { mac: [2, 0, 0, 0, 0, 2], address: [192, 0, 2, 2] } as const;
const firstPort = 49_152;
const ports = 16_384;

const flags = { syn: 0x02, ack: 0x10, push: 0x08 } as const;
const linkTypeEthernet = 1;
const snapLength = 65_535;

/**
 * A trace as a capture file (libpcap, microseconds): every byte that went or came is in it as it was, in TCP packets with
 * right lengths and checksums. Each connection is a stream of its own.
 *
 * @param isTcp  Modbus TCP, on port 502; else RTU, on port 1502
 */
export function captureFile(records: readonly TraceRecord[], isTcp: boolean): Uint8Array {
  const port = isTcp ? modbusTcpPort : modbusRtuPort;
  const packets: Uint8Array[] = [fileHeader()];
  let stream = new Stream(0, port);
  for (const record of records) {
    if (record.kind === 'opened') {
      stream = new Stream(record.number, port);
      packets.push(...stream.opened().map((packet) => withTime(record.wallMs, packet)));
    }
    if (record.bytes.length === 0) continue;
    packets.push(withTime(record.wallMs, stream.carry(record.kind === 'sent', record.bytes)));
  }
  return Buffer.concat(packets);
}

/** The packets of one TCP connection, with numbers that count its bytes. */
class Stream {
  readonly #port: number;
  readonly #slavePort: number;
  #sent = 1;
  #received = 1;
  #identification = 0;

  /** @param seed  tells this connection from the others */
  constructor(seed: number, slavePort: number) {
    this.#slavePort = slavePort;
    this.#port = firstPort + (seed % ports);
  }

  opened(): Uint8Array[] {
    this.#sent = this.#received = 0;
    const syn = this.#packet(true, flags.syn, new Uint8Array());
    this.#sent = 1;
    const answer = this.#packet(false, flags.syn | flags.ack, new Uint8Array());
    this.#received = 1;
    return [syn, answer, this.#packet(true, flags.ack, new Uint8Array())];
  }

  carry(isSent: boolean, payload: Uint8Array): Uint8Array {
    const packet = this.#packet(isSent, flags.push | flags.ack, payload);
    if (isSent) this.#sent += payload.length;
    else this.#received += payload.length;
    return packet;
  }

  #packet(isSent: boolean, flag: number, payload: Uint8Array): Uint8Array {
    const [from, to] = isSent ? [master, slave] : [slave, master];
    const tcp = Buffer.alloc(20 + payload.length);
    tcp.writeUInt16BE(isSent ? this.#port : this.#slavePort, 0);
    tcp.writeUInt16BE(isSent ? this.#slavePort : this.#port, 2);
    tcp.writeUInt32BE((isSent ? this.#sent : this.#received) >>> 0, 4);
    if ((flag & flags.ack) !== 0) tcp.writeUInt32BE((isSent ? this.#received : this.#sent) >>> 0, 8);
    tcp.writeUInt8(5 << 4, 12);
    tcp.writeUInt8(flag, 13);
    tcp.writeUInt16BE(0xffff, 14);
    tcp.set(payload, 20);
    const pseudo = Buffer.from([...from.address, ...to.address, 0, 6, tcp.length >> 8, tcp.length & 0xff]);
    tcp.writeUInt16BE(checksum(Buffer.concat([pseudo, tcp])), 16);

    const ip = Buffer.from([0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 6, 0, 0, ...from.address, ...to.address]);
    ip.writeUInt16BE(ip.length + tcp.length, 2);
    ip.writeUInt16BE(this.#identification++ & 0xffff, 4);
    ip.writeUInt16BE(checksum(ip), 10);
    return Buffer.concat([Buffer.from([...to.mac, ...from.mac, 0x08, 0x00]), ip, tcp]);
  }
}

function fileHeader(): Uint8Array {
  const header = Buffer.alloc(24);
  header.writeUInt32LE(0xa1b2c3d4, 0);
  header.writeUInt16LE(2, 4);
  header.writeUInt16LE(4, 6);
  header.writeUInt32LE(snapLength, 16);
  header.writeUInt32LE(linkTypeEthernet, 20);
  return header;
}

function withTime(wallMs: number, packet: Uint8Array): Uint8Array {
  const header = Buffer.alloc(16);
  const microseconds = Math.round(wallMs * 1_000);
  header.writeUInt32LE(Math.floor(microseconds / 1_000_000) >>> 0, 0);
  header.writeUInt32LE(microseconds % 1_000_000, 4);
  header.writeUInt32LE(packet.length, 8);
  header.writeUInt32LE(packet.length, 12);
  return Buffer.concat([header, packet]);
}

/** Of the Internet protocols (RFC 1071). */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += 256 * (bytes[at] ?? 0) + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
