import assert from 'node:assert/strict';
import { openFrameServer, type FrameServer } from '../../drivers/slave/frame-server.ts';
import { Connection } from '../../drivers/wire/connection.ts';
import { ModbusExceptionError } from '../../drivers/wire/errors.ts';
import { readIdentification } from '../../drivers/wire/identification.ts';
import { OwedReplies } from '../../drivers/wire/owed-replies.ts';
import type { AnyRequest } from '../../drivers/wire/request.ts';
import { type LineProgram, Programs, startSlave } from '../bench/modbus/programs.ts';
import { MemorySlave } from '../drivers/slave/memory-slave.ts';
import { networkLine } from '../drivers/wire/lines.ts';
import { need, python } from '../needs.ts';
import { runProgram, type RunningProgram } from '../scenario/process.ts';

const timeoutMs = 2_000;

async function connect(
  transport: 'tcp' | 'udp' | 'rtu-over-tcp' | 'ascii-over-tcp',
  port: number,
): Promise<Connection> {
  const connection = new Connection(networkLine(transport, port), new OwedReplies(timeoutMs), () => {});
  await connection.open();
  return connection;
}

const holding = (address: number, count: number): AnyRequest => ({ kind: 'read', area: 'holding', address, count });

/** Registers whose values are written first, then partly changed by masks, then written and read in one exchange. */
async function exercise(connection: Connection): Promise<void> {
  const ask = async (request: AnyRequest) => (await connection.ask(1, request, timeoutMs)).values;
  await ask({ kind: 'write-registers', address: 4, values: [0x12, 65_535] });
  await ask({ kind: 'mask-write', address: 4, andMask: 0xf2, orMask: 0x25 });
  assert.deepEqual(await ask(holding(4, 2)), [0x17, 65_535]);
  const write = { address: 6, values: [7, 8, 9] };
  assert.deepEqual(await ask({ kind: 'read-write', read: { address: 4, count: 4 }, write }), [0x17, 65_535, 7, 8]);
  assert.deepEqual(await ask(holding(8, 1)), [9]);
  const outside: readonly AnyRequest[] = [
    { kind: 'mask-write', address: 5_000, andMask: 0, orMask: 0 },
    { kind: 'read-write', read: { address: 5_000, count: 1 }, write },
    holding(5_000, 1),
  ];
  for (const request of outside)
    await assert.rejects(ask(request), (error) => error instanceof ModbusExceptionError && error.exception === 2);
}

describe('a device that pymodbus serves', function () {
  this.timeout(60_000);
  let device: RunningProgram;

  before(async function () {
    need(this, 'pymodbus');
    device = await runProgram(python, ['test/interop/pymodbus_framings.py'], {
      env: process.env,
      ready: 'ready ',
      deadlineMs: 30_000,
    });
  });
  after(async () => {
    await device?.end();
  });

  for (const transport of ['tcp', 'udp', 'rtu-over-tcp', 'ascii-over-tcp'] as const) {
    it(`is read, written and asked who it is by ${transport}`, async () => {
      const port = portIn(device.readyLine, transport);
      const connection = await connect(transport, port);
      assert.deepEqual(
        (await connection.ask(1, holding(10, 125), timeoutMs)).values,
        Array.from({ length: 125 }, (_, n) => 10 + n),
      );
      await exercise(connection);
      const { objects } = await readIdentification((request) => connection.ask(1, request, timeoutMs), 2);
      assert.deepEqual(
        [0, 1, 2, 4].map((object) => objects.get(object)),
        ['Acme', 'AI-8', '1.3', 'Thermo 8'],
      );
      await connection.close();
    });
  }
});

function portIn(line: string, transport: string): number {
  const all = line.trim().split(' ');
  return Number(all[all.indexOf(transport) + 1]);
}

describe('a device that libmodbus serves', function () {
  this.timeout(60_000);
  let programs: Programs;
  let device: LineProgram;

  before(function () {
    need(this, 'cc', 'libmodbus');
    programs = new Programs();
  });
  after(() => {
    programs?.remove();
  });

  for (const kind of ['plain', 'pipelining'] as const) {
    it(`knows the writes by masks and with a read, ${kind}`, async () => {
      const started = await startSlave(programs, kind);
      device = started.slave;
      const connection = await connect('tcp', started.port);
      await exercise(connection);
      await connection.close();
      await device.end();
    });
  }
});

describe('the slave of this project', () => {
  let server: FrameServer;

  for (const transport of ['tcp', 'rtu-over-tcp'] as const) {
    it(`knows the writes by masks and with a read by ${transport}`, async () => {
      const units = new Map([[1, new MemorySlave()]]);
      server = await openFrameServer({ transport, host: '127.0.0.1', port: 0, units, onDefect: assert.ifError });
      const connection = await connect(transport, server.port);
      await exercise(connection);
      await connection.close();
      await server.close();
    });
  }
});
