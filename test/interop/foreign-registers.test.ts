import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { ModbusTCPServer } from 'jsmodbus';
import type { LineDeclaration } from '../../drivers/declaration.ts';
import type { Field } from '../../drivers/field.ts';
import { openField } from '../../drivers/open-field.ts';
import type { FieldReading } from '../../machine/field.ts';
import { networkLine, serialLine } from '../drivers/wire/lines.ts';
import { need } from '../needs.ts';
import { runProgram, type RunningProgram } from '../scenario/process.ts';
import { until } from '../scenario/until.ts';
import { bits, golden, profile } from './byte-orders.ts';
import { buildLibmodbusPrograms, type BuiltPrograms } from './libmodbus.ts';
import { SerialPair } from './serial-pair.ts';

/** A slave by somebody else that holds the golden registers, and where the driver finds it. */
interface Peer {
  readonly line:
    { readonly transport: 'tcp'; readonly port: number } | { readonly transport: 'rtu'; readonly path: string };
  /** Words that it holds, hexadecimal; a coil is 0000 or 0001. */
  held(area: 'holding' | 'coil', address: number, count: number): string[];
  end(): Promise<void>;
}

const unit = 7;
const words = golden.flatMap((cell) => cell.words);
const outputs: Readonly<Record<string, number | boolean>> = Object.fromEntries([
  ...golden.map(({ channel, value }) => [`peer.out-${channel}`, value] as const),
  ...bits.map((bit, n) => [`peer.out-bit${n}`, bit === 1] as const),
  ['peer.out-lone', true],
  ['peer.out-alone', 0x1234],
]);
const off = Object.fromEntries(
  Object.entries(outputs).map(([id, value]) => [id, typeof value === 'number' ? 0 : false]),
);

const peers: Readonly<Record<string, { needs: Parameters<typeof need>[1][]; start: () => Promise<Peer> }>> = {
  'libmodbus over TCP': { needs: ['cc', 'libmodbus'], start: () => libmodbus('tcp') },
  'libmodbus over RTU': { needs: ['cc', 'libmodbus', 'socat'], start: () => libmodbus('rtu') },
  'jsmodbus over TCP': { needs: [], start: jsmodbus },
};

for (const [name, { needs, start }] of Object.entries(peers)) {
  describe(`a module that is ${name}`, function () {
    this.timeout(60_000);
    let peer: Peer;
    let field: Field;
    const last = new Map<string, FieldReading>();

    before(async function () {
      need(this, ...needs);
      peer = await start();
      field = openField(
        {
          lines: [lineTo(peer)],
          modules: [{ id: 'peer', line: 'line0', unit, simulated: true, pollPeriodMs: 50, watchdogMs: null, profile }],
          bindings: [
            ...Object.keys(profile.inputs).map((channel) => ({ channel, direction: 'input' as const })),
            ...Object.keys(profile.outputs).map((channel) => ({ channel, direction: 'output' as const })),
          ].map((binding) => ({ ...binding, module: 'peer', signal: `peer.${binding.channel}` })),
        },
        { monotonicMs: () => performance.now(), wallMs: () => Date.now() },
        { info: () => {}, warn: () => {} },
      );
      field.onReadings((readings) => {
        for (const reading of readings) last.set(reading.signal, reading);
      });
      field.command(new Map(Object.entries(off)));
      field.open();
    });
    after(async () => {
      await field?.close(new Map(), 1_000);
      await peer?.end();
    });

    it('is read as what it holds, every type in every byte order', async () => {
      await until('readings', 10_000, () => Object.keys(profile.inputs).every((id) => last.has(`peer.${id}`)));
      for (const { channel, value } of golden) {
        assert.deepEqual({ channel, value: last.get(`peer.in-${channel}`)?.value }, { channel, value });
      }
      assert.deepEqual(
        bits.map((_, n) => last.get(`peer.in-bit${n}`)?.value),
        bits.map((bit) => bit === 1),
      );
    });

    it('holds what is written, byte by byte, and reads back as commanded', async () => {
      field.command(new Map(Object.entries(outputs)));
      await until('read back', 10_000, () =>
        Object.entries(outputs).every(([id, value]) => last.get(id)?.value === value),
      );
      assert.deepEqual(peer.held('holding', 0, words.length), words);
      assert.deepEqual(
        peer.held('coil', 0, bits.length),
        bits.map((bit) => `000${bit}`),
      );
      assert.deepEqual([peer.held('coil', 20, 1), peer.held('holding', 40, 1)], [['0001'], ['1234']]);
      const [status] = field.modules();
      assert.deepEqual([status?.verified, status?.mismatches], [true, []]);
    });

    it('is switched off when the line is closed, and answered every request until then', async () => {
      const [statistics] = field.statistics();
      await field.close(new Map(Object.entries(off)), 2_000);
      await until('all off', 2_000, () => peer.held('holding', 0, words.length).every((word) => word === '0000'));
      assert.deepEqual(
        peer.held('coil', 0, bits.length + 11).filter((word) => word !== '0000'),
        [],
      );
      assert.ok((statistics?.requests ?? 0) > 20);
      assert.deepEqual([statistics?.exceptions, statistics?.lateFrames], [0, 0], statistics?.lastError ?? '');
    });
  });
}

function lineTo({ line }: Peer): LineDeclaration {
  const timing = { timeoutMs: 1_000, connectTimeoutMs: 1_000, reconnectMs: 50, reconnectCapMs: 500 };
  return line.transport === 'tcp' ? networkLine('tcp', line.port, timing) : serialLine('rtu', line.path, timing);
}

async function libmodbus(transport: 'tcp' | 'rtu'): Promise<Peer> {
  const programs: BuiltPrograms = await buildLibmodbusPrograms();
  const pair = transport === 'rtu' ? await SerialPair.plug() : null;
  const where = pair === null ? 'tcp' : `rtu:${pair.slave}`;
  const content = ['input', `0=${words.join(',')}`, 'discrete', `0=${bits.join(',')}`];
  const program: RunningProgram = await runProgram(programs.slave, [where, `${unit}`, ...content], {
    env: process.env,
    ready: 'ready ',
    deadlineMs: 10_000,
  });
  const port = Number(program.readyLine.split(' ')[1]);
  return {
    line: pair === null ? { transport: 'tcp', port } : { transport: 'rtu', path: pair.master },
    held(area, address, count) {
      const cells = new Map<number, string>();
      for (const [, code, at, list] of program.output().matchAll(/^wrote (\d+) (\d+) (.*)$/gm)) {
        const isCoils = code === '5' || code === '15';
        if (isCoils !== (area === 'coil')) continue;
        for (const [n, word] of (list ?? '').split(' ').entries()) cells.set(Number(at) + n, word);
      }
      return Array.from({ length: count }, (_, n) => cells.get(address + n) ?? '0000');
    },
    async end() {
      await program.end();
      await pair?.remove();
      await programs.remove();
    },
  };
}

async function jsmodbus(): Promise<Peer> {
  const server = createServer();
  const content = {
    input: Buffer.from(words.join(''), 'hex'),
    discrete: Buffer.from(
      bits.reduce<number[]>((bytes, bit, n) => {
        bytes[n >> 3] = (bytes[n >> 3] ?? 0) | (bit << (n & 7));
        return bytes;
      }, []),
    ),
    holding: Buffer.alloc(128),
    coils: Buffer.alloc(8),
  };
  const slave = new ModbusTCPServer(server, content);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    line: { transport: 'tcp', port: (server.address() as AddressInfo).port },
    held(area, address, count) {
      return Array.from({ length: count }, (_, n) => {
        const at = address + n;
        const word =
          area === 'coil' ? (slave.coils.readUInt8(at >> 3) >> (at & 7)) & 1 : slave.holding.readUInt16BE(2 * at);
        return word.toString(16).padStart(4, '0');
      });
    },
    async end() {
      const closed = once(server, 'close');
      server.close();
      await closed;
    },
  };
}
