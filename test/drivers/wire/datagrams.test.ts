import assert from 'node:assert/strict';
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../../drivers/wire/connection.ts';
import { BadReplyError, LineClosedError, ModuleSilentError } from '../../../drivers/wire/errors.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import { until } from '../test-field.ts';
import { networkLine, timeoutMs } from './lines.ts';
import { frameOf, type Received as ReceivedFrame, registersPdu } from './mbap-peer.ts';

type Received = Omit<ReceivedFrame, 'send'>;

const properly = (request: Received) => [frameOf(request, registersPdu(3, request.pdu.readUInt16BE(1)))];

describe('connection by udp', () => {
  let peer: Socket;
  let connection: Connection;
  const late: number[] = [];
  /** Datagrams that answer a request. */
  let answer: (request: Received) => readonly Uint8Array[];

  const ask = async (address: number, withinMs = timeoutMs) =>
    (await connection.ask(1, { kind: 'read', area: 'holding', address, count: 1 }, withinMs)).values;

  beforeEach(async () => {
    late.length = 0;
    answer = properly;
    peer = createSocket('udp4');
    peer.on('message', (datagram: Buffer, from: RemoteInfo) => {
      const request = {
        transaction: datagram.readUInt16BE(0),
        unit: datagram.readUInt8(6),
        pdu: datagram.subarray(7),
      };
      for (const reply of answer(request)) peer.send(reply, from.port, from.address);
    });
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
    const line = networkLine('udp', peer.address().port, { window: 4 });
    connection = new Connection(line, new OwedReplies(timeoutMs), (unit) => late.push(unit));
    await connection.open();
  });
  afterEach(async () => {
    await connection.close();
    await new Promise<void>((resolve) => peer.close(() => resolve()));
  });

  it('has one frame in each datagram', async () => {
    assert.deepEqual(await Promise.all([1, 2, 3, 4].map((address) => ask(address))), [[1], [2], [3], [4]]);
  });

  it('takes a lost datagram for a time-out, and the others go on', async () => {
    answer = (request) => (request.pdu.readUInt16BE(1) === 2 ? [] : properly(request));
    const asked = [1, 2, 3].map((address) => ask(address));
    await assert.rejects(asked[1] ?? Promise.resolve(), ModuleSilentError);
    assert.deepEqual([await asked[0], await asked[2]], [[1], [3]]);
    assert.equal(connection.isOpen, true);
  });

  it('knows a late reply by its transaction, and one that comes twice', async () => {
    const held: Received[] = [];
    answer = (request) => {
      held.push(request);
      return [];
    };
    await assert.rejects(ask(1), ModuleSilentError);
    answer = (request) => [...held.flatMap(properly), ...properly(request), ...properly(request)];
    assert.deepEqual(await ask(2), [2]);
    assert.deepEqual(late, [1]);
    assert.deepEqual(await ask(3), [3]);
    assert.equal(connection.isOpen, true);
  });

  const nonsense: readonly [what: string, spoil: (frame: Buffer) => Buffer][] = [
    ['is cut short', (frame) => frame.subarray(0, -1)],
    ['has bytes too many', (frame) => Buffer.concat([frame, Buffer.from([0])])],
    ['is no MBAP', (frame) => frame.fill(7, 2, 4)],
    ['bears another transaction', (frame) => frame.fill(0xee, 0, 2)],
    ['is empty', () => Buffer.alloc(0)],
  ];
  for (const [what, spoil] of nonsense) {
    it(`drops a datagram that ${what}, and nothing else`, async () => {
      answer = (request) => properly(request).map(spoil);
      await assert.rejects(ask(1), ModuleSilentError);
      answer = properly;
      assert.deepEqual(await ask(2), [2]);
    });
  }

  it('gives no value of another length or unit', async () => {
    answer = (request) => [frameOf(request, registersPdu(3, 1, 2))];
    await assert.rejects(ask(1), BadReplyError);
    answer = (request) => properly({ ...request, unit: 9 });
    await assert.rejects(ask(1), BadReplyError);
    answer = properly;
    assert.deepEqual(await ask(2), [2]);
  });

  it('does not hear others than its peer', async () => {
    const stranger = createSocket('udp4');
    answer = () => [];
    peer.once('message', (datagram: Buffer, from: RemoteInfo) => {
      const request = { transaction: datagram.readUInt16BE(0), unit: 1, pdu: datagram.subarray(7) };
      stranger.send(frameOf(request, registersPdu(3, 666)), from.port, from.address);
    });
    await assert.rejects(ask(1), ModuleSilentError);
    await new Promise<void>((resolve) => stranger.close(() => resolve()));
  });

  it('closes when nobody listens at the other end, so that the line is opened anew', async () => {
    await new Promise<void>((resolve) => peer.close(() => resolve()));
    peer = createSocket('udp4');
    peer.bind(0, '127.0.0.1');
    await once(peer, 'listening');
    await assert.rejects(ask(1, 5_000), LineClosedError);
    await until('the end', () => !connection.isOpen);
    assert.match(connection.fault ?? '', /ECONNREFUSED/);
  });

  it('fails to open with the reason when there is no such host, and at once when it is closed meanwhile', async () => {
    const nowhere = { ...networkLine('udp', 502), host: 'nowhere.invalid' };
    const lost = new Connection(nowhere, new OwedReplies(timeoutMs), () => {});
    await assert.rejects(lost.open(), LineClosedError);
    await lost.close();
    const given = new Connection(nowhere, new OwedReplies(timeoutMs), () => {});
    const opened = assert.rejects(given.open(), LineClosedError);
    await given.close();
    await opened;
  });

  it('rejects what is pending at once when it is closed', async () => {
    answer = () => [];
    const pending = assert.rejects(ask(1, 5_000), LineClosedError);
    await sleep(20);
    await connection.close();
    await pending;
  });
});
