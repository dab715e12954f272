import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { pino } from 'pino';
import { openFrameServer } from '../../drivers/slave/frame-server.ts';
import { openModbusDoor } from '../../server/gateway/modbus-door.ts';

const counts = { connections: 0, garbled: 0, requests: 7, writes: 0, refusedWrites: 0 };

describe('the door for Modbus clients', () => {
  it('does not keep the others shut while its port is taken, and opens when it is free', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const lines: string[] = [];
    const log = pino({}, { write: (line: string) => lines.push(line) });
    const open = async () => {
      const units = new Map();
      const frames = await openFrameServer({
        host: '127.0.0.1',
        port,
        transport: 'tcp',
        units,
        onDefect: assert.ifError,
      });
      const turnedAway = { address: 0, limit: 0 };
      return { ...frames, statistics: () => ({ host: '127.0.0.1', port, ...counts, turnedAway, exceptions: {} }) };
    };
    const door = await openModbusDoor({ host: '127.0.0.1', port }, open, log, { first: 10, longest: 20 });
    assert.deepEqual([door.statistics().listening, door.statistics().requests], [false, 0]);
    assert.match(lines[0] ?? '', /is taken by another program.*modbusServer\.port/);
    other.close();
    while (!door.statistics().listening) await new Promise(setImmediate);
    assert.equal(door.statistics().requests, 7);
    await door.close();
  });

  it('tries no more once it is closed', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    let tries = 0;
    const open = async () => {
      tries++;
      return openFrameServer({
        host: '127.0.0.1',
        port,
        transport: 'tcp',
        units: new Map(),
        onDefect: assert.ifError,
      }) as never;
    };
    const pauses = { first: 1, longest: 1 };
    const door = await openModbusDoor({ host: '127.0.0.1', port }, open, pino({ level: 'silent' }), pauses);
    await door.close();
    const then = tries;
    for (let turn = 0; turn < 200; turn++) await new Promise(setImmediate);
    assert.equal(tries, then);
    other.close();
  });

  it('throws what is no trouble with the port', async () => {
    const defect = new RangeError('input 1 is declared twice');
    const open = async () => Promise.reject(defect);
    await assert.rejects(openModbusDoor({ host: '127.0.0.1', port: 1 }, open, pino({ level: 'silent' })), defect);
  });
});
