import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Connection } from '../../../drivers/wire/connection.ts';
import { BadReplyError, FieldError, LineClosedError, ModuleSilentError } from '../../../drivers/wire/errors.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import type { Request } from '../../../drivers/wire/request.ts';
import { networkLine, timeoutMs } from './lines.ts';
import { frameOf, MbapPeer, registersPdu } from './mbap-peer.ts';

const read = (address: number, count = 1): Request => ({ kind: 'read', area: 'holding', address, count });

describe('several requests in flight on Modbus TCP', () => {
  let peer: MbapPeer;
  let connection: Connection;
  let late: number[];

  async function connect(window: number): Promise<void> {
    late = [];
    const line = networkLine('tcp', peer.port, { window });
    connection = new Connection(line, new OwedReplies(timeoutMs), (unit) => late.push(unit));
    await connection.open();
  }
  const ask = async (address: number, count = 1, withinMs = 2_000) =>
    (await connection.ask(1, read(address, count), withinMs)).values;
  /** Answers the request for this address with the address itself, in every register. */
  const reply = (address: number, count = 1) =>
    frameOf(peer.asked(address), registersPdu(3, ...Array.from({ length: count }, () => address)));

  beforeEach(async () => {
    peer = await MbapPeer.listen();
  });
  afterEach(async () => {
    await connection.close();
    await peer.close();
  });

  it('each get their own reply, in whatever order and pieces the replies come', async () => {
    await connect(16);
    let base = 0;
    const orders = fc.shuffledSubarray(
      Array.from({ length: 16 }, (_, n) => n),
      { minLength: 16 },
    );
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 40 }), async (order, pieceBytes) => {
        base += 100;
        const asked = order.map((_, n) => ask(base + n));
        await peer.has(base === 100 ? 16 : (16 * base) / 100);
        const stream = Buffer.concat(order.map((n) => reply(base + n)));
        for (let at = 0; at < stream.length; at += pieceBytes) {
          peer.send(stream.subarray(at, at + pieceBytes));
          await new Promise((resolve) => setImmediate(resolve));
        }
        assert.deepEqual(
          await Promise.all(asked),
          order.map((_, n) => [base + n]),
        );
      }),
      { numRuns: 40 },
    );
    assert.equal(connection.isOpen, true);
  });

  it('are sent at once, without waiting for each other', async () => {
    await connect(4);
    const asked = [1, 2, 3, 4].map((address) => ask(address));
    await peer.has(4);
    assert.equal(new Set(peer.received.map(({ transaction }) => transaction)).size, 4);
    peer.send(...[4, 3, 2, 1].map((address) => reply(address)));
    assert.deepEqual(await Promise.all(asked), [[1], [2], [3], [4]]);
  });

  it('are no more than the window: one more is a defect and disturbs none of them', async () => {
    await connect(2);
    const asked = [ask(1), ask(2)];
    await assert.rejects(ask(3), { name: 'AssertionError', message: /FC03 holding 3: 2 requests are in flight/ });
    await peer.has(2);
    peer.send(reply(2), reply(1));
    assert.deepEqual(await Promise.all(asked), [[1], [2]]);
  });

  it('fail alone when their own time is over, and their late replies are counted and dropped', async () => {
    await connect(3);
    const asked = [ask(1), ask(2, 1, 40), ask(3)];
    const silent = assert.rejects(asked[1] ?? Promise.resolve(), ModuleSilentError);
    await peer.has(3);
    peer.send(reply(3));
    assert.deepEqual(await asked[2], [3]);
    await silent;
    const next = ask(4);
    await peer.has(4);
    peer.send(reply(2), reply(4), reply(1));
    assert.deepEqual([await asked[0], await next], [[1], [4]]);
    assert.deepEqual(late, [1]);
    assert.equal(connection.isOpen, true);
  });

  it('keep the deadline that each was given, the longer ones too', async () => {
    await connect(3);
    const beganMs = performance.now();
    const failed: number[] = [];
    await Promise.all(
      [150, 50, 100].map(async (withinMs) => {
        await assert.rejects(ask(withinMs, 1, withinMs), ModuleSilentError);
        failed.push(withinMs);
        assert.ok(performance.now() - beganMs >= withinMs);
      }),
    );
    assert.deepEqual(failed, [50, 100, 150]);
  });

  it('fail alone when their reply has another length, and the others go on', async () => {
    await connect(2);
    const asked = [ask(1, 2), ask(2, 2)];
    const refused = assert.rejects(asked[0] ?? Promise.resolve(), BadReplyError);
    await peer.has(2);
    peer.send(reply(1, 1), reply(2, 2));
    await refused;
    assert.deepEqual(await asked[1], [2, 2]);
    assert.equal(connection.isOpen, true);
  });

  const outOfStep: readonly [what: string, bytes: () => Uint8Array][] = [
    ['a transaction that was never asked', () => frameOf({ transaction: 60_000, unit: 1 }, registersPdu(3, 1))],
    ['bytes that are no header', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    ['a frame longer than any', () => Buffer.from([0, 1, 0, 0, 0xff, 0xff])],
  ];
  for (const [what, bytes] of outOfStep) {
    it(`are all rejected at once by ${what}, and the connection is dropped`, async () => {
      await connect(3);
      const beganMs = performance.now();
      const asked = [1, 2, 3].map((address) => assert.rejects(ask(address, 1, 5_000), LineClosedError));
      await peer.has(3);
      peer.send(bytes());
      await Promise.all(asked);
      assert.ok(performance.now() - beganMs < 1_000);
      assert.equal(connection.isOpen, false);
    });
  }

  it('are dropped with the connection when the one reply that has begun never ends', async () => {
    await connect(2);
    const asked = [
      assert.rejects(ask(1, 1, 60), (error) => error instanceof LineClosedError || error instanceof ModuleSilentError),
      assert.rejects(ask(2, 1, 5_000), LineClosedError),
    ];
    await peer.has(2);
    peer.send(reply(1).subarray(0, -1));
    await Promise.all(asked);
    assert.match(connection.fault ?? '', /broke off/);
  });

  it('are not dropped when another one is in the middle of its reply', async () => {
    await connect(2);
    const silent = assert.rejects(ask(1, 1, 60), ModuleSilentError);
    const other = ask(2);
    await peer.has(2);
    peer.send(reply(2).subarray(0, 8));
    await silent;
    peer.send(reply(2).subarray(8));
    assert.deepEqual(await other, [2]);
  });

  it('never leave a value to the wrong request, whatever the module delays, drops, cuts, repeats or makes up', async function () {
    this.timeout(60_000);
    const deeds = fc.array(
      fc.oneof(
        { weight: 12, arbitrary: fc.constant('answer' as const) },
        { weight: 4, arbitrary: fc.constantFrom('late', 'drop', 'short') },
        { weight: 1, arbitrary: fc.constantFrom('cut', 'twice', 'foreign', 'noise') },
      ),
      { minLength: 200, maxLength: 200 },
    );
    await fc.assert(
      fc.asyncProperty(deeds, async (script) => {
        await connect(8);
        let sent = 0;
        peer.answer = (request) => {
          const pdu = registersPdu(3, request.pdu.readUInt16BE(1));
          const frame = frameOf(request, pdu);
          const deed = script[sent++ % script.length];
          if (deed === 'late') setTimeout(() => request.send(frame), 20 + (sent % 30));
          if (deed === 'short') return registersPdu(3);
          if (deed === 'cut') request.send(frame.subarray(0, 7));
          if (deed === 'twice') request.send(frame);
          if (deed === 'foreign') request.send(frameOf({ transaction: 65_000, unit: 1 }, pdu));
          if (deed === 'noise') request.send(Buffer.from([0xff, 0, 0x55]));
          return deed === 'answer' || deed === 'twice' ? pdu : null;
        };
        let answered = 0;
        let reopening: Promise<void> | null = null;
        async function open(): Promise<void> {
          await connection.close();
          await connect(8);
          reopening = null;
        }
        /** The lanes that lost the connection wait for the one that opens it again. */
        async function reopened(): Promise<void> {
          if (connection.isOpen) return;
          reopening ??= open();
          await reopening;
        }
        await Promise.all(
          Array.from({ length: 8 }, async (_, lane) => {
            for (let n = 0; n < 25; n++) {
              const address = 1000 * lane + n;
              try {
                assert.deepEqual(await ask(address, 1, 25), [address]);
                answered++;
              } catch (error) {
                assert.ok(error instanceof FieldError, String(error));
                await reopened();
              }
            }
          }),
        );
        assert.ok(answered > 50, `${answered} of 200 answered`);
        await connection.close();
      }),
      { numRuns: 8 },
    );
  });

  it('take no transaction twice while one of it is in flight, also after 65,535', async function () {
    this.timeout(60_000);
    await connect(16);
    const held = ask(50_000, 1, 55_000);
    await peer.has(1);
    peer.answer = ({ pdu }) => registersPdu(3, pdu.readUInt16BE(1));
    for (let n = 0; n < 66_000; n += 15) {
      const addresses = Array.from({ length: 15 }, (_, place) => (n + place) % 40_000);
      const answers = await Promise.all(addresses.map((address) => ask(address, 1, 5_000)));
      assert.deepEqual(answers.flat(), addresses);
    }
    assert.equal(peer.received.filter(({ transaction }) => transaction === 1).length, 1);
    peer.send(reply(50_000));
    assert.deepEqual(await held, [50_000]);
  });

  it('are one at a time where nothing is declared, and never more on a line without transactions', async () => {
    await connect(1);
    assert.equal(connection.window, 1);
    for (const [transport, window] of [
      ['tcp', 17],
      ['tcp', 0],
      ['udp', 1.5],
      ['rtu-over-tcp', 2],
      ['ascii-over-tcp', 2],
    ] as const)
      assert.throws(
        () => new Connection(networkLine(transport, 1, { window }), new OwedReplies(timeoutMs), () => {}),
        /window/,
      );
  });
});
