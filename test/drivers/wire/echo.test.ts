import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Connection } from '../../../drivers/wire/connection.ts';
import { BadReplyError, ModuleSilentError } from '../../../drivers/wire/errors.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import type { AnyRequest } from '../../../drivers/wire/request.ts';
import { MisbehavingSlave } from '../misbehaving-slave.ts';
import { networkLine, timeoutMs } from './lines.ts';

const write = (...values: number[]): AnyRequest => ({ kind: 'write-registers', address: 7, values });

describe('an adapter that repeats what is sent', () => {
  let slave: MisbehavingSlave;
  let adapter: Server;
  let connection: Connection;
  const sockets = new Set<Socket>();
  /** What it repeats of the bytes that it is given. */
  let repeated: (bytes: Buffer) => Buffer;

  async function open(echo: boolean): Promise<void> {
    const { port } = adapter.address() as AddressInfo;
    connection = new Connection(networkLine('rtu-over-tcp', port, { echo }), new OwedReplies(timeoutMs), () => {});
    await connection.open();
  }
  const ask = async (request: AnyRequest) => (await connection.ask(1, request, timeoutMs)).values;
  const input: AnyRequest = { kind: 'read', area: 'input', address: 5, count: 2 };

  beforeEach(async () => {
    repeated = (bytes) => bytes;
    slave = await MisbehavingSlave.listen('rtu-over-tcp');
    const memory = slave.unit(1);
    for (let n = 0; n < 1_000; n++) {
      memory.input.set(n, 1000 + n);
      memory.holding.set(n, 0);
      memory.coil.set(n, n & 1);
    }
    adapter = createServer({ noDelay: true }, (master) => {
      const bus = connect({ port: slave.port, host: '127.0.0.1', noDelay: true });
      for (const socket of [master, bus]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy());
      }
      master.on('data', (bytes: Buffer) => {
        master.write(repeated(bytes));
        bus.write(bytes);
      });
      bus.on('data', (bytes: Buffer) => master.write(bytes));
    });
    adapter.listen(0, '127.0.0.1');
    await once(adapter, 'listening');
  });
  afterEach(async () => {
    await connection.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    adapter.close();
    await slave.close();
  });

  it('is read and written like any other, where it is declared', async () => {
    await open(true);
    assert.deepEqual(await ask(input), [1005, 1006]);
    await ask(write(50));
    await ask(write(1, 2, 3));
    assert.deepEqual(await ask({ kind: 'read', area: 'holding', address: 7, count: 3 }), [1, 2, 3]);
    await ask({ kind: 'write-coils', address: 2, values: [1] });
    await ask({ kind: 'mask-write', address: 7, andMask: 0xff00, orMask: 5 });
    assert.deepEqual(await ask({ kind: 'read', area: 'holding', address: 7, count: 1 }), [5]);
  });

  it('is no acknowledgement: a write that no module answers is not taken for done', async () => {
    await open(true);
    slave.react = () => ({ kind: 'silence' });
    await assert.rejects(ask(write(50)), ModuleSilentError);
    await assert.rejects(ask({ kind: 'write-coils', address: 2, values: [1] }), ModuleSilentError);
    await assert.rejects(ask({ kind: 'mask-write', address: 7, andMask: 0, orMask: 5 }), ModuleSilentError);
  });

  it('still shows an acknowledgement of another value', async () => {
    await open(true);
    slave.react = () => ({ kind: 'wrong-echo' });
    await assert.rejects(ask(write(50)), BadReplyError);
  });

  it('may repeat noise before, and break the request into pieces', async () => {
    await open(true);
    repeated = (bytes) => Buffer.concat([Buffer.from([0, 0xff, 1, 4]), bytes]);
    assert.deepEqual(await ask(input), [1005, 1006]);
    await ask(write(50));
  });

  it('is named when nobody declared it, instead of being believed', async () => {
    await open(false);
    for (const request of [input, { ...input, address: 0x0300 }, write(1, 2)] as const)
      await assert.rejects(
        ask(request),
        (error) => error instanceof BadReplyError && /declare echo: true/.test(error.message),
      );
  });

  it('is missed when it was declared and is none', async () => {
    await open(true);
    repeated = () => Buffer.alloc(0);
    // of this one the reply itself looks like the echo
    await assert.rejects(ask(write(50)), ModuleSilentError);
    await assert.rejects(
      ask(input),
      (error) => error instanceof ModuleSilentError && /remove echo from this line/.test(error.message),
    );
  });
});
