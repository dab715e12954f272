import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { WireFraming } from '../../../drivers/monitor/framing.ts';
import { captureFile } from '../../../drivers/monitor/capture-file.ts';
import { need } from '../../needs.ts';
import { anyTrace, mbap, rtu, type Step, traceOf } from './traces.ts';

interface Packet {
  readonly atUs: number;
  readonly isFromMaster: boolean;
  readonly masterPort: number;
  readonly slavePort: number;
  readonly sequence: number;
  readonly acknowledged: number;
  readonly flags: number;
  readonly payload: Buffer;
}

/** Reads a capture file by the book (RFC 791, RFC 9293) and refuses whatever is not right in it. */
function packetsOf(file: Buffer): Packet[] {
  assert.deepEqual(
    [file.readUInt32LE(0), file.readUInt16LE(4), file.readUInt16LE(6), file.readUInt32LE(16), file.readUInt32LE(20)],
    [0xa1b2c3d4, 2, 4, 65_535, 1],
  );
  const packets: Packet[] = [];
  for (let at = 24; at < file.length;) {
    const length = file.readUInt32LE(at + 8);
    assert.equal(file.readUInt32LE(at + 12), length, 'nothing was cut off');
    assert.ok(file.readUInt32LE(at + 4) < 1_000_000);
    const frame = file.subarray(at + 16, at + 16 + length);
    assert.equal(frame.length, length);
    packets.push({ atUs: file.readUInt32LE(at) * 1e6 + file.readUInt32LE(at + 4), ...packetOf(frame) });
    at += 16 + length;
  }
  return packets;
}

function packetOf(frame: Buffer): Omit<Packet, 'atUs'> {
  assert.equal(frame.readUInt16BE(12), 0x0800);
  const ip = frame.subarray(14);
  assert.deepEqual([ip.readUInt8(0), ip.readUInt8(9), ip.readUInt16BE(2)], [0x45, 6, ip.length]);
  assert.equal(onesComplement(ip.subarray(0, 20)), 0xffff, 'checksum of the IP header');
  const tcp = ip.subarray(20);
  const pseudo = Buffer.alloc(12);
  ip.copy(pseudo, 0, 12, 20);
  pseudo.writeUInt8(6, 9);
  pseudo.writeUInt16BE(tcp.length, 10);
  assert.equal(onesComplement(Buffer.concat([pseudo, tcp])), 0xffff, 'checksum of the TCP segment');
  assert.equal(tcp.readUInt8(12), 0x50);
  const isFromMaster = ip.readUInt8(15) === 1;
  const [from, to] = [tcp.readUInt16BE(0), tcp.readUInt16BE(2)];
  return {
    isFromMaster,
    masterPort: isFromMaster ? from : to,
    slavePort: isFromMaster ? to : from,
    sequence: tcp.readUInt32BE(4),
    acknowledged: tcp.readUInt32BE(8),
    flags: tcp.readUInt8(13),
    payload: tcp.subarray(20),
  };
}

/** Sum of the 16-bit words with end-around carry: all ones when the checksum in it is right. */
function onesComplement(bytes: Buffer): number {
  const padded = bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(1)]);
  let sum = 0;
  for (let at = 0; at < padded.length; at += 2) {
    sum += padded.readUInt16BE(at);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

const conversation = (frame: (transaction: number, hex: string) => string): readonly Step[] => [
  ['opened'],
  ['sent', frame(1, '01 04 0000 0004')],
  ['received', frame(1, '01 04 08 00c8 00c9 ffff 0000')],
  ['answered'],
  ['sent', frame(2, '02 06 0001 012c')],
  ['received', frame(2, '02 06 0001 012c')],
  ['answered'],
  ['sent', frame(3, '02 03 0001 0001')],
  ['received', frame(3, '02 83 02')],
  ['answered'],
];

describe('a capture of a line', () => {
  for (const framing of ['tcp', 'rtu', 'ascii'] as const) {
    it(`is well-formed and holds every byte, whatever went over the line, by ${framing.toUpperCase()}`, () => {
      fc.assert(
        fc.property(anyTrace, (records) => {
          const packets = packetsOf(Buffer.from(captureFile(records, framing)));
          const carried = records.filter(({ bytes }) => bytes.length > 0);
          const laden = packets.filter(({ payload }) => payload.length > 0);
          assert.deepEqual(
            laden.map(({ isFromMaster, payload }) => [isFromMaster, payload.toString('hex')]),
            carried.map(({ kind, bytes }) => [kind === 'sent', Buffer.from(bytes).toString('hex')]),
          );
          assert.deepEqual(
            laden.map(({ atUs }) => atUs),
            carried.map(({ wallMs }) => wallMs * 1_000),
          );
          const next = new Map<string, number>();
          for (const { isFromMaster, masterPort, slavePort, sequence, acknowledged, flags, payload } of packets) {
            assert.equal(slavePort, { tcp: 502, rtu: 1_502, ascii: 1_503 }[framing]);
            const isSyn = (flags & 2) !== 0;
            const [own, others] = [`${masterPort} ${isFromMaster}`, `${masterPort} ${!isFromMaster}`];
            assert.equal(sequence, isSyn ? 0 : (next.get(own) ?? 1), 'numbers go on where they were');
            if ((flags & 0x10) !== 0) assert.equal(acknowledged, next.get(others) ?? 1);
            next.set(own, sequence + payload.length + (isSyn ? 1 : 0));
          }
        }),
        { numRuns: 500 },
      );
    });
  }

  describe('read by Wireshark', () => {
    let folder: string;
    before(function () {
      need(this, 'tshark');
      folder = mkdtempSync(path.join(tmpdir(), 'tve-capture-'));
    });
    after(() => {
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    });

    /** What it says of the packets that carry something; no checksum and no order in them is wrong. */
    function dissected(steps: readonly Step[], framing: WireFraming, preferences: readonly string[]): string[] {
      const file = path.join(folder, 'line.pcap');
      writeFileSync(file, captureFile(traceOf(steps), framing));
      const checks = ['ip.check_checksum:TRUE', 'tcp.check_checksum:TRUE', 'udp.check_checksum:TRUE', ...preferences];
      const isUdp = framing === 'udp';
      const fields = [
        'ip.checksum.status',
        `${isUdp ? 'udp' : 'tcp'}.checksum.status`,
        '_ws.col.Protocol',
        '_ws.col.Info',
      ];
      const { stdout, status } = spawnSync(
        'tshark',
        [
          '-r',
          file,
          ...checks.flatMap((check) => ['-o', check]),
          '-Y',
          isUdp ? 'udp' : 'tcp.len > 0',
          '-T',
          'fields',
        ].concat(fields.flatMap((field) => ['-e', field])),
        { encoding: 'utf8' },
      );
      assert.equal(status, 0);
      const rows = stdout
        .trim()
        .split('\n')
        .map((line) => line.split('\t'));
      for (const [ip, tcp] of rows) assert.deepEqual([ip, tcp], ['1', '1'], 'both checksums are good');
      return rows.map(([_ip, _tcp, protocol, info]) => `${protocol} ${info?.trim().replaceAll(/\s+/gu, ' ')}`);
    }

    it('is Modbus TCP with requests and replies, as it comes', () => {
      assert.deepEqual(dissected(conversation(mbap), 'tcp', []), [
        'Modbus/TCP Query: Trans: 1; Unit: 1, Func: 4: Read Input Registers',
        'Modbus/TCP Response: Trans: 1; Unit: 1, Func: 4: Read Input Registers',
        'Modbus/TCP Query: Trans: 2; Unit: 2, Func: 6: Write Single Register',
        'Modbus/TCP Response: Trans: 2; Unit: 2, Func: 6: Write Single Register',
        'Modbus/TCP Query: Trans: 3; Unit: 2, Func: 3: Read Holding Registers',
        'Modbus/TCP Response: Trans: 3; Unit: 2, Func: 3: Read Holding Registers. Exception returned',
      ]);
    });

    it('is Modbus by UDP, datagram by datagram', () => {
      const [first, ...others] = dissected(conversation(mbap), 'udp', []);
      assert.equal(first, 'Modbus/UDP Query: Trans: 1; Unit: 1, Func: 4: Read Input Registers');
      assert.equal(others.length, 5);
    });

    it('is Modbus RTU with its CRCs, once it is told the port', () => {
      const preferences = ['mbrtu.tcp.port:1502', 'mbrtu.crc_verification:TRUE'];
      assert.deepEqual(
        dissected(
          conversation((_transaction, hex) => rtu(hex)),
          'rtu',
          preferences,
        ),
        [
          'Modbus RTU Query: Unit: 1, Func: 4: Read Input Registers',
          'Modbus RTU Response: Unit: 1, Func: 4: Read Input Registers',
          'Modbus RTU Query: Unit: 2, Func: 6: Write Single Register',
          'Modbus RTU Response: Unit: 2, Func: 6: Write Single Register',
          'Modbus RTU Query: Unit: 2, Func: 3: Read Holding Registers',
          'Modbus RTU Response: Unit: 2, Func: 3: Read Holding Registers. Exception returned',
        ],
      );
    });
  });
});
