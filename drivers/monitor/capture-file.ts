import type { WireFraming } from './framing.ts';
import type { TraceRecord } from './wire-trace.ts';

/** Wireshark takes 502 for Modbus TCP and UDP by itself, and has no port for the others. Told that of RTU (`mbrtu.tcp.port`), it also tells requests from replies there; ASCII stays text. */
const slavePorts: Readonly<Record<WireFraming, number>> = { tcp: 502, udp: 502, rtu: 1_502, ascii: 1_503 };
/** Made up, since the trace has bytes and not packets: addresses for documentation (RFC 5737), locally administered MACs. */
const masterHost = { mac: [2, 0, 0, 0, 0, 1], address: [192, 0, 2, 1] } as const;
const slaveHost = { mac: [2, 0, 0, 0, 0, 2], address: [192, 0, 2, 2] } as const;
const firstPort = 49_152;
const portCount = 16_384;
const protocols = { tcp: 6, udp: 17 } as const;

const flags = { syn: 0x02, ack: 0x10, push: 0x08 } as const;
const linkTypeEthernet = 1;
const snapLength = 65_535;

/**
 * A trace as a capture file (libpcap, microseconds): every byte that went or came is in it as it was, in packets with right
 * lengths and checksums. Each connection is a TCP stream of its own, on a port that tells the framing; of UDP each record is
 * a datagram.
 */
export function captureFile(records: readonly TraceRecord[], framing: WireFraming): Uint8Array {
  const packets: Uint8Array[] = [fileHeader()];
  let conversation = conversationOn(framing, 0);
  for (const { kind, number, wallMs, bytes } of records) {
    if (kind === 'opened') {
      conversation = conversationOn(framing, number);
      packets.push(...conversation.opened().map((packet) => withTime(wallMs, packet)));
    }
    if (bytes.length > 0) packets.push(withTime(wallMs, conversation.carry(kind === 'sent', bytes)));
  }
  return Buffer.concat(packets);
}

interface Conversation {
  opened(): Uint8Array[];
  carry(isSent: boolean, payload: Uint8Array): Uint8Array;
}

/** @param seed  tells this connection from the others */
function conversationOn(framing: WireFraming, seed: number): Conversation {
  const ports = { master: firstPort + (seed % portCount), slave: slavePorts[framing] };
  return framing === 'udp' ? datagrams(ports) : new Stream(ports);
}

interface Ports {
  readonly master: number;
  readonly slave: number;
}

function datagrams(ports: Ports): Conversation {
  let identification = 0;
  return {
    opened: () => [],
    carry(isSent, payload) {
      const udp = Buffer.alloc(8 + payload.length);
      udp.writeUInt16BE(isSent ? ports.master : ports.slave, 0);
      udp.writeUInt16BE(isSent ? ports.slave : ports.master, 2);
      udp.writeUInt16BE(udp.length, 4);
      udp.set(payload, 8);
      // All zeros would say that there is no checksum (RFC 768).
      udp.writeUInt16BE(checksum(withPseudoHeader(isSent, protocols.udp, udp)) || 0xffff, 6);
      return framed(isSent, protocols.udp, udp, identification++);
    },
  };
}

/** The packets of one TCP connection, with numbers that count its bytes. */
class Stream implements Conversation {
  readonly #ports: Ports;
  #sent = 1;
  #received = 1;
  #identification = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
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
    const { master, slave } = this.#ports;
    const tcp = Buffer.alloc(20 + payload.length);
    tcp.writeUInt16BE(isSent ? master : slave, 0);
    tcp.writeUInt16BE(isSent ? slave : master, 2);
    tcp.writeUInt32BE((isSent ? this.#sent : this.#received) >>> 0, 4);
    if ((flag & flags.ack) !== 0) tcp.writeUInt32BE((isSent ? this.#received : this.#sent) >>> 0, 8);
    tcp.writeUInt8(5 << 4, 12);
    tcp.writeUInt8(flag, 13);
    tcp.writeUInt16BE(0xffff, 14);
    tcp.set(payload, 20);
    tcp.writeUInt16BE(checksum(withPseudoHeader(isSent, protocols.tcp, tcp)), 16);
    return framed(isSent, protocols.tcp, tcp, this.#identification++);
  }
}

/** What the checksums of TCP and UDP go over. */
function withPseudoHeader(isSent: boolean, protocol: number, segment: Buffer): Uint8Array {
  const [from, to] = isSent ? [masterHost, slaveHost] : [slaveHost, masterHost];
  const { length } = segment;
  return Buffer.concat([
    Buffer.from([...from.address, ...to.address, 0, protocol, length >> 8, length & 0xff]),
    segment,
  ]);
}

/** In an IPv4 packet in an Ethernet frame. */
function framed(isSent: boolean, protocol: number, segment: Buffer, identification: number): Uint8Array {
  const [from, to] = isSent ? [masterHost, slaveHost] : [slaveHost, masterHost];
  const ip = Buffer.from([0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, protocol, 0, 0, ...from.address, ...to.address]);
  ip.writeUInt16BE(ip.length + segment.length, 2);
  ip.writeUInt16BE(identification & 0xffff, 4);
  ip.writeUInt16BE(checksum(ip), 10);
  return Buffer.concat([Buffer.from([...to.mac, ...from.mac, 0x08, 0x00]), ip, segment]);
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
