import assert from 'node:assert/strict';
import { connect } from 'node:net';
import fc from 'fast-check';
import { startSimulator, type RunningSimulator } from '../../simulator/start-simulator.ts';
import { until } from '../scenario/until.ts';
import { factoryConfiguration } from './factory.ts';
import { connectMaster, mbapFrame, rtuFrame, word, type RawMaster } from './raw-master.ts';

describe('a hostile client of the simulated modules', () => {
  let simulator: RunningSimulator;
  let tcp: RawMaster;
  let rtu: RawMaster;

  before(async () => {
    const configuration = factoryConfiguration();
    simulator = await startSimulator({ configuration, tcpPort: 0, rtuPort: 0, controlPort: 0 });
    tcp = await connectMaster(simulator.tcp ?? '', 'tcp');
    rtu = await connectMaster(simulator.rtu ?? '', 'rtu');
  });
  after(async () => {
    tcp.close();
    rtu.close();
    await simulator.close();
  });

  /** The honest clients are served as before. */
  async function isUnharmed(): Promise<void> {
    assert.deepEqual(await tcp.bits(1, 2, 0, 1), [true]);
    assert.equal((await rtu.words(1, 4, 0, 4)).length, 4);
  }

  const chunks = fc.array(
    fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      // right frames around any PDU, so that the garbage reaches the slaves
      fc
        .tuple(fc.integer({ min: 0, max: 3 }), fc.uint8Array({ minLength: 1, maxLength: 253 }))
        .map(([unit, pdu]) => mbapFrame(1, unit, [...pdu])),
      fc
        .tuple(fc.integer({ min: 0, max: 3 }), fc.constantFrom(1, 2, 3, 4), fc.uint8Array({ maxLength: 60 }))
        .map(([unit, code, pdu]) => rtuFrame(unit, [code, ...pdu])),
    ),
    { maxLength: 8 },
  );

  for (const transport of ['tcp', 'rtu'] as const)
    it(`cannot harm others by any bytes on ${transport}`, async () => {
      await fc.assert(
        fc.asyncProperty(chunks, async (bytes) => {
          const hostile = await connectMaster(simulator[transport] ?? '', transport);
          for (const chunk of bytes) hostile.send(chunk);
          await isUnharmed();
          hostile.close();
        }),
        { numRuns: 60 },
      );
    });

  it('is dropped when it does not speak Modbus on TCP', async () => {
    const hostile = await connectMaster(simulator.tcp ?? '', 'tcp');
    hostile.send(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    await until('the connection is dropped', 1000, () => !hostile.isOpen());
    await isUnharmed();
  });

  it('is answered on RTU again after its garbage', async () => {
    const client = await connectMaster(simulator.rtu ?? '', 'rtu');
    for (const garbage of [[0], [1, 3, 0], [1, 16, 0, 0, 0, 100, 200], Array.from({ length: 500 }, () => 0xff)]) {
      client.send(Buffer.from(garbage));
      await until('the line is quiet again', 1000, () => client.ask(2, [3, 0, 0, 0, 1], 120));
    }
    client.close();
  });

  it('gets exception 3 for counts beyond the protocol', async () => {
    for (const [code, count] of [
      [1, 0],
      [1, 2001],
      [2, 0xffff],
      [3, 0],
      [3, 126],
      [4, 0xffff],
    ] as const)
      for (const [master, unit] of [
        [tcp, 1],
        [rtu, 1],
      ] as const)
        assert.deepEqual(await master.pdu(unit, [code, 0, 0, ...word(count)]), [code | 0x80, 3]);
  });

  it('cannot open connections without end', async () => {
    const [host, port] = (simulator.tcp ?? '').split(':');
    const sockets = Array.from({ length: 60 }, () => connect(Number(port), host).on('error', () => undefined));
    await until('the surplus is closed', 2000, () => sockets.filter(({ closed }) => closed).length >= 28);
    await isUnharmed();
    for (const socket of sockets) socket.destroy();
  });

  it('that never fetches its replies is held back, not buffered for', async () => {
    const [host, port] = (simulator.tcp ?? '').split(':');
    const socket = connect(Number(port), host).on('error', () => undefined);
    socket.pause();
    const request = Buffer.concat(Array.from({ length: 1000 }, () => mbapFrame(1, 2, [3, 0, 0, 0, 3])));
    const before = process.memoryUsage().arrayBuffers;
    let isFlowing = true;
    for (let sent = 0; sent < 2000 && isFlowing; sent++) {
      isFlowing = socket.write(request);
      if (!isFlowing)
        isFlowing = await Promise.race([
          new Promise<boolean>((resolve) => socket.once('drain', () => resolve(true))),
          new Promise<boolean>((resolve) => setTimeout(() => resolve(false), 500)),
        ]);
    }
    assert.equal(isFlowing, false, 'the socket took 24 MB of requests and no end');
    assert.ok(process.memoryUsage().arrayBuffers - before < 50_000_000);
    await isUnharmed();
    socket.destroy();
  });
});
