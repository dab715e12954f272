import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { addressFilter } from '../../../drivers/modbus-server/address-filter.ts';
import { Bench } from './bench.ts';

const registers = [{ status: 'activeAlarms', area: 'input', address: 0 }];
/** Reads that register: transaction 1, unit 1, function 4. */
const request = Buffer.from([0, 1, 0, 0, 0, 6, 1, 4, 0, 0, 0, 1]);

async function withBench(section: object, look: (bench: Bench) => Promise<void>): Promise<void> {
  const bench = await Bench.open({ registers, ...section });
  try {
    await look(bench);
  } finally {
    await bench.close();
  }
}

async function connect({ server }: Bench, localAddress = '127.0.0.1'): Promise<Socket> {
  const socket = createConnection({ host: '127.0.0.1', port: server.port, localAddress });
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** What the server answers; null when it hangs up instead. */
async function answer(socket: Socket, bytes = request): Promise<Buffer | null> {
  const heard = new Promise<Buffer | null>((resolve) => {
    socket.once('data', resolve);
    socket.once('close', () => resolve(null));
  });
  socket.write(bytes);
  return heard;
}

describe('the Modbus server and its clients', () => {
  it('answers a client and counts it', () =>
    withBench({}, async (bench) => {
      const socket = await connect(bench);
      assert.deepEqual([...((await answer(socket)) ?? [])], [0, 1, 0, 0, 0, 5, 1, 4, 2, 0, 0]);
      const { connections, requests, exceptions } = bench.server.statistics();
      assert.deepEqual([connections, requests, exceptions], [1, 1, {}]);
      socket.destroy();
    }));

  for (const pdu of [
    [22, 0, 0, 0xff, 0xfe, 0, 0],
    [23, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0, 180],
  ])
    it(`refuses function ${pdu[0]}, which writes and reads at once, with exception 1, and writes nothing`, () => {
      const setpoint = { signal: 'heater.zone2.setpoint', area: 'holding', address: 0, type: 'int16', writable: 'set' };
      return withBench({ registers: [setpoint] }, async (bench) => {
        const socket = await connect(bench);
        const reply = await answer(socket, Buffer.from([0, 1, 0, 0, 0, 1 + pdu.length, 1, ...pdu]));
        assert.deepEqual([...(reply ?? [])].slice(7), [0x80 | (pdu[0] ?? 0), 1]);
        assert.deepEqual(bench.gate.requests, []);
        socket.destroy();
      });
    });

  it('turns a foreign address away before it has said a word', () =>
    withBench({ allowedAddresses: ['127.0.0.2', '127.1.0.0/16'] }, async (bench) => {
      assert.equal(await answer(await connect(bench)), null);
      assert.equal(await answer(await connect(bench, '127.2.0.1')), null);
      for (const address of ['127.0.0.2', '127.1.2.3']) {
        const socket = await connect(bench, address);
        assert.ok(await answer(socket), address);
        socket.destroy();
      }
      assert.deepEqual(bench.server.statistics().turnedAway, { address: 2, limit: 0 });
      assert.equal(bench.warnings.length, 1, 'the same complaint once a minute');
    }));

  it('serves no more clients than it may, and the next one when one goes', () =>
    withBench({ maximumConnections: 2 }, async (bench) => {
      const [first, second] = [await connect(bench), await connect(bench)];
      assert.ok(await answer(first));
      assert.ok(await answer(second));
      assert.equal(await answer(await connect(bench)), null);
      assert.equal(bench.server.statistics().turnedAway.limit, 1);
      first.end();
      await once(first, 'close');
      while (bench.server.statistics().connections > 1) await answer(second);
      const next = await connect(bench);
      assert.ok(await answer(next));
      for (const socket of [second, next]) socket.destroy();
    }));

  it('drops a client that sends no Modbus, and only that one', () =>
    withBench({}, async (bench) => {
      const honest = await connect(bench);
      assert.equal(await answer(await connect(bench), Buffer.from('GET / HTTP/1.1\r\n\r\n')), null);
      assert.ok(await answer(honest));
      const { garbled, connections } = bench.server.statistics();
      assert.deepEqual([garbled, connections], [1, 1]);
      assert.match(bench.warnings[0] ?? '', /sends no Modbus/);
      honest.destroy();
    }));

  it('closes a connection that is silent for long, so that dead ones take no place', () =>
    withBench({ idleSeconds: 5 }, async (bench) => {
      const socket = await connect(bench);
      const [startedMs] = [performance.now(), await once(socket, 'close')];
      const tookMs = performance.now() - startedMs;
      assert.ok(tookMs > 4_500 && tookMs < 10_000, `${Math.round(tookMs)} ms`);
    })).timeout(15_000);
});

describe('the addresses that Modbus clients are let in from', () => {
  const cases: readonly [allowed: readonly string[], address: string, isLetIn: boolean][] = [
    [['10.1.2.3'], '10.1.2.3', true],
    [['10.1.2.3'], '10.1.2.4', false],
    [['10.1.2.0/24'], '10.1.2.255', true],
    [['10.1.2.0/24'], '10.1.3.0', false],
    [['fd00::1'], 'fd00::1', true],
    [['fd00::/64'], 'fd00::abcd', true],
    [['fd00::/64'], 'fd01::1', false],
    [['0.0.0.0/0'], 'fd00::1', false],
    [[], '127.0.0.1', false],
    [['127.0.0.1'], '', false],
  ];
  for (const [allowed, address, isLetIn] of cases)
    it(`${isLetIn ? 'include' : 'leave out'} “${address}” where [${allowed.join(', ')}] is declared`, () => {
      assert.equal(addressFilter(allowed)(address), isLetIn);
    });
});
