import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { answerRequest } from '../../../drivers/slave/answer-request.ts';
import { asciiFrame, firstAsciiFrame } from '../../../drivers/wire/ascii-frames.ts';
import { Connection } from '../../../drivers/wire/connection.ts';
import { BadReplyError, ModbusExceptionError, ModuleSilentError } from '../../../drivers/wire/errors.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import type { AnyRequest } from '../../../drivers/wire/request.ts';
import { withCrc } from '../../../drivers/wire/rtu-frames.ts';
import { MemorySlave } from '../slave/memory-slave.ts';
import { networkLine, timeoutMs } from './lines.ts';

const line = (text: string) => Buffer.from(`${text}\r\n`, 'latin1');

const read = (area: 'holding' | 'input' | 'coil' | 'discrete', address: number, count: number): AnyRequest => ({
  kind: 'read',
  area,
  address,
  count,
});

describe('ascii frames', () => {
  it('are what the specification and captured frames show', () => {
    assert.deepEqual(asciiFrame(withCrc(Buffer.from('1103006b0003', 'hex'))), line(':1103006B00037E'));
    assert.deepEqual(asciiFrame(withCrc(Buffer.from('010300000001', 'hex'))), line(':010300000001FB'));
  });

  it('are found whole wherever they begin in a stream', () => {
    const noise = fc.string({ maxLength: 30 }).map((text) => text.replaceAll(/[:\n]/g, '.'));
    fc.assert(
      fc.property(noise, fc.uint8Array({ minLength: 2, maxLength: 250 }), (before, data) => {
        const even = data.length - (data.length % 2);
        const frame = withCrc(Buffer.concat([Buffer.from([7, 3, even]), data.subarray(0, even)]));
        const stream = Buffer.concat([Buffer.from(`${before}:0703`, 'latin1'), asciiFrame(frame), line(':0')]);
        const found = firstAsciiFrame(stream, (unit) => unit === 7);
        assert.deepEqual(found?.bytes, frame);
        assert.equal(found.shape, `3:${even}`);
        assert.equal(found.endsAt, stream.length - 4);
      }),
    );
  });

  it('are not seen in cut or falsified characters', () => {
    const text = asciiFrame(withCrc(Buffer.from('07040401020304', 'hex')));
    for (let at = 0; at < text.length; at++) {
      assert.equal(
        firstAsciiFrame(text.subarray(0, at), () => true),
        null,
      );
      const bad = Buffer.from(text);
      bad[at] = (bad[at] ?? 0) ^ 1;
      assert.equal(
        firstAsciiFrame(bad, () => true),
        null,
        `character ${at}`,
      );
    }
  });

  it('that contradict their function are none, whatever their checksum says', () => {
    for (const hex of ['01030000', '0106', '01060001', '0110000100', '01830200', '012b0e', '016300'])
      assert.equal(
        firstAsciiFrame(asciiFrame(withCrc(Buffer.from(hex, 'hex'))), () => true),
        null,
        hex,
      );
  });
});

describe('connection by ascii-over-tcp', () => {
  let server: Server;
  let connection: Connection;
  let slave: MemorySlave;
  const sockets = new Set<Socket>();
  const late: number[] = [];
  /** What becomes of the text of a reply. */
  let spoil: (reply: string) => string;

  /** A strict slave of the test's own: colon, hexadecimal, LRC, CR LF. */
  async function serve(socket: Socket, text: string): Promise<void> {
    const bytes = Buffer.from(/^:([\dA-F]+)\r$/.exec(text)?.[1] ?? '', 'hex');
    assert.equal(
      bytes.reduce((sum, byte) => (sum + byte) % 256, 0),
      0,
      text,
    );
    const unit = bytes.readUInt8(0);
    if (unit !== 1) return;
    const pdu = await answerRequest(bytes.subarray(1, -1), slave, assert.ifError);
    const body = Buffer.concat([Buffer.from([unit]), pdu]);
    const lrc = (256 - (body.reduce((sum, byte) => sum + byte, 0) % 256)) % 256;
    const reply = spoil(
      `:${Buffer.concat([body, Buffer.from([lrc])])
        .toString('hex')
        .toUpperCase()}\r\n`,
    );
    // in two pieces, as a slow line brings it
    socket.write(reply.slice(0, 5));
    setTimeout(() => socket.write(reply.slice(5)), 5);
  }

  const ask = async (request: AnyRequest, unit = 1) => (await connection.ask(unit, request, timeoutMs)).values;

  beforeEach(async () => {
    spoil = (reply) => reply;
    slave = new MemorySlave();
    late.length = 0;
    server = createServer({ noDelay: true }, (socket) => {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      let text = '';
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1');
        const lines = text.split('\n');
        text = lines.pop() ?? '';
        for (const asked of lines) void serve(socket, asked);
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const declaration = networkLine('ascii-over-tcp', (server.address() as AddressInfo).port, { dataBits: 7 });
    connection = new Connection(declaration, new OwedReplies(timeoutMs), (unit) => late.push(unit));
    await connection.open();
  });
  afterEach(async () => {
    await connection.close();
    for (const socket of sockets) socket.destroy();
    sockets.clear();
    server.close();
  });

  it('reads and writes by every function', async () => {
    assert.deepEqual(await ask(read('input', 1, 3)), [0x1111, 0x2222, 0x3333]);
    assert.deepEqual(await ask(read('discrete', 0, 10)), [1, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
    await ask({ kind: 'write-registers', address: 2, values: [0x3a0d] });
    await ask({ kind: 'write-registers', address: 3, values: [1, 2] });
    await ask({ kind: 'write-coils', address: 3, values: [1] });
    await ask({ kind: 'write-coils', address: 5, values: [1, 0, 1] });
    await ask({ kind: 'mask-write', address: 4, andMask: 0, orMask: 9 });
    assert.deepEqual(await ask(read('holding', 2, 3)), [0x3a0d, 1, 9]);
    assert.deepEqual(await ask(read('coil', 3, 5)), [1, 0, 1, 0, 1]);
    await assert.rejects(
      ask(read('input', 99, 1)),
      (error) => error instanceof ModbusExceptionError && error.exception === 2,
    );
  });

  const bad: readonly [what: string, spoil: (reply: string) => string][] = [
    ['a wrong checksum', (reply) => reply.replace(/..\r/, (end) => (end === '00\r' ? '01\r' : '00\r'))],
    ['a register too few', () => ':01040211110D\r\n'.replace('0D', 'D7')],
    ['no end', (reply) => reply.trimEnd()],
    ['nothing', () => ''],
    ['another line of text', () => 'ATZ OK\r\n'],
    ['a character that is none of sixteen', (reply) => reply.replace('1', 'X')],
  ];
  for (const [what, how] of bad) {
    it(`gives no value on ${what}, and the right one to the next request`, async () => {
      spoil = how;
      await assert.rejects(
        ask(read('input', 1, 2)),
        (error) => error instanceof BadReplyError || error instanceof ModuleSilentError,
      );
      spoil = (reply) => reply;
      assert.deepEqual(await ask(read('holding', 0, 1)), [0]);
      assert.deepEqual(await ask(read('input', 2, 2)), [0x2222, 0x3333]);
    });
  }

  it('finds the reply behind one that broke off: a colon begins anew', async () => {
    spoil = (reply) => `:0104${reply}`;
    assert.deepEqual(await ask(read('input', 1, 2)), [0x1111, 0x2222]);
  });

  it('is silent for units that are not there', async () => {
    await assert.rejects(ask(read('input', 1, 1), 2), ModuleSilentError);
    assert.deepEqual(await ask(read('input', 1, 1)), [0x1111]);
  });
});
