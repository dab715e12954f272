import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../../../drivers/wire/connection.ts';
import {
  BadReplyError,
  LineClosedError,
  ModbusExceptionError,
  ModuleSilentError,
} from '../../../drivers/wire/errors.ts';
import { readIdentification } from '../../../drivers/wire/identification.ts';
import { OwedReplies } from '../../../drivers/wire/owed-replies.ts';
import type { AnyRequest, Request } from '../../../drivers/wire/request.ts';
import { type Framing, MisbehavingSlave, type Reaction } from '../misbehaving-slave.ts';
import { networkLine, timeoutMs } from './lines.ts';
import { frameOf, MbapPeer, registersPdu } from './mbap-peer.ts';

const framings: Framing[] = ['tcp', 'rtu-over-tcp'];

const read = (area: 'input' | 'holding' | 'coil' | 'discrete', address: number, count: number): Request => ({
  kind: 'read',
  area,
  address,
  count,
});

for (const framing of framings) {
  describe(`connection by ${framing}`, () => {
    let slave: MisbehavingSlave;
    let connection: Connection;
    let owed: OwedReplies;
    const late: number[] = [];

    async function connect(): Promise<void> {
      connection = new Connection(networkLine(framing, slave.port), owed, (unit) => late.push(unit));
      await connection.open();
    }
    const ask = async (request: AnyRequest, unit = 1) => (await connection.ask(unit, request, timeoutMs)).values;
    /** The slave does this with the first request it gets now, and answers all others. */
    function once(reaction: Reaction): void {
      const before = slave.seen.length;
      slave.react = () => (slave.seen.length === before + 1 ? reaction : { kind: 'answer' });
    }

    beforeEach(async () => {
      slave = await MisbehavingSlave.listen(framing);
      owed = new OwedReplies(timeoutMs);
      const memory = slave.unit(1);
      for (let n = 0; n < 200; n++) {
        memory.input.set(n, 1000 + n);
        memory.holding.set(n, 3000 + n);
        memory.coil.set(n, n % 3 === 0 ? 1 : 0);
        memory.discrete.set(n, n % 2);
      }
      slave.unit(2).input.set(0, 2000);
      late.length = 0;
      await connect();
    });
    afterEach(async () => {
      await connection.close();
      await slave.close();
    });

    it('does not take the reply that follows a refused one for the reply to the next request', async () => {
      once({ kind: 'wrong-function' });
      const next = read('input', 9, 1);
      await assert.rejects(ask(read('input', 5, 1)), BadReplyError);
      // on a line without transactions it is owed until the module has answered something else
      assert.equal(connection.isAmbiguous(1, next), framing === 'rtu-over-tcp');
      assert.deepEqual(await ask(read('holding', 0, 1)), [3000]);
      assert.equal(connection.isAmbiguous(1, next), false);
    });

    it('does not take the repetition of a write for a sign that nothing older can come', async () => {
      once({ kind: 'silence' });
      const next = read('input', 9, 1);
      await assert.rejects(ask(read('input', 5, 1)), ModuleSilentError);
      await ask({ kind: 'write-registers', address: 7, values: [1] });
      assert.equal(connection.isAmbiguous(1, next), framing === 'rtu-over-tcp');
      assert.deepEqual(await ask(read('holding', 0, 1)), [3000]);
      assert.equal(connection.isAmbiguous(1, next), false);
    });

    it('reads and writes by every function', async () => {
      assert.deepEqual(await ask(read('input', 5, 3)), [1005, 1006, 1007]);
      assert.deepEqual(
        await ask(read('holding', 0, 125)),
        Array.from({ length: 125 }, (_, n) => 3000 + n),
      );
      assert.deepEqual(await ask(read('coil', 0, 10)), [1, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
      assert.deepEqual(await ask(read('discrete', 3, 2)), [1, 0]);
      await ask({ kind: 'write-registers', address: 7, values: [65_535] });
      await ask({ kind: 'write-registers', address: 8, values: [1, 2] });
      assert.deepEqual(await ask(read('holding', 7, 3)), [65_535, 1, 2]);
      await ask({ kind: 'write-coils', address: 1, values: [1] });
      await ask({ kind: 'write-coils', address: 2, values: [1, 0, 1] });
      assert.deepEqual(await ask(read('coil', 0, 5)), [1, 1, 1, 0, 1]);
      assert.deepEqual(
        slave.writes(1).map((write) => write.functionCode),
        [6, 16, 5, 15],
      );
    });

    it('changes single bits of a register in the module itself', async () => {
      slave.unit(1).holding.set(7, 0x12);
      await ask({ kind: 'mask-write', address: 7, andMask: 0xf2, orMask: 0x25 });
      assert.deepEqual(await ask(read('holding', 7, 1)), [0x17]);
      once({ kind: 'wrong-echo' });
      await assert.rejects(ask({ kind: 'mask-write', address: 7, andMask: 0xf2, orMask: 0x25 }), BadReplyError);
      // as a line does before it asks the same function again
      await ask(read('holding', 7, 1));
      await assert.rejects(
        ask({ kind: 'mask-write', address: 777, andMask: 0, orMask: 0 }),
        /FC22 holding 777.*exception 2/,
      );
    });

    it('writes registers and reads others in one exchange', async () => {
      const write = { address: 10, values: [7, 8] };
      assert.deepEqual(await ask({ kind: 'read-write', read: { address: 9, count: 4 }, write }), [3009, 7, 8, 3012]);
      for (const by of [1, -1] as const) {
        once({ kind: 'wrong-length', by });
        await assert.rejects(ask({ kind: 'read-write', read: { address: 9, count: 4 }, write }));
        if (!connection.isOpen) await connect();
      }
      const longest = Array.from({ length: 121 }, (_, n) => n);
      assert.deepEqual(
        await ask({
          kind: 'read-write',
          read: { address: 20, count: 121 },
          write: { address: 20, values: longest },
        }),
        longest,
      );
    });

    it('reads what a device says about itself, in as many requests as it wants', async () => {
      const identify = () => readIdentification((request) => connection.ask(1, request, timeoutMs), 2);
      await assert.rejects(identify(), (error) => error instanceof ModbusExceptionError && error.exception === 1);
      const texts: [number, string][] = [
        [0, 'Acme'],
        [1, 'AI-8'],
        [2, 'V1.3'],
        [3, ''],
        [5, 'Thermo 8 °C'],
      ];
      for (const [object, text] of texts) slave.unit(1).identification.set(object, text);
      assert.deepEqual(await identify(), { conformity: 0x81, objects: new Map(texts) });
      assert.equal(slave.seen.filter(({ functionCode }) => functionCode === 43).length, 4);
      once({ kind: 'wrong-length', by: 1 });
      await assert.rejects(identify());
      if (!connection.isOpen) await connect();
      assert.equal((await identify()).objects.get(1), 'AI-8');
    });

    it('refuses a value that fits in no register, and sends nothing', async () => {
      for (const values of [[65_536], [1, -1]])
        await assert.rejects(ask({ kind: 'write-registers', address: 7, values }), RangeError);
      assert.equal(slave.seen.length, 0);
      assert.deepEqual(await ask(read('input', 5, 1)), [1005]);
    });

    it('takes a reply that comes in pieces', async () => {
      once({ kind: 'split', afterMs: 30 });
      assert.deepEqual(await ask(read('input', 5, 3)), [1005, 1006, 1007]);
    });

    for (const code of [1, 2, 3, 4, 5, 6, 8, 0x0a, 0x0b, 0x63]) {
      it(`reports exception ${code} by its number and goes on`, async () => {
        once({ kind: 'exception', code });
        await assert.rejects(
          ask(read('input', 0, 1)),
          (error) =>
            error instanceof ModbusExceptionError && error.exception === code && error.where.includes('unit 1'),
        );
        assert.deepEqual(await ask(read('input', 0, 1)), [1000]);
      });
    }

    const bad: [what: string, reaction: Reaction][] = [
      ['a reply with a register too many', { kind: 'wrong-length', by: 1 }],
      ['a reply with a register too few', { kind: 'wrong-length', by: -1 }],
      ['a byte count that contradicts the frame', { kind: 'wrong-byte-count' }],
      ['the reply of another unit', { kind: 'wrong-unit' }],
      ['the reply to another function', { kind: 'wrong-function' }],
      ['garbage', { kind: 'garbage' }],
      [
        'garbage that looks like the beginning of a frame',
        { kind: 'garbage', bytes: Buffer.from([1, 4, 2, 0, 0, 0, 1]) },
      ],
      ['a reply that breaks off', { kind: 'truncated' }],
      ['no reply', { kind: 'silence' }],
      ['a reset', { kind: 'reset' }],
      ...(framing === 'tcp'
        ? ([
            ['a transaction that was never asked', { kind: 'wrong-transaction' }],
            ['another protocol', { kind: 'wrong-protocol' }],
          ] satisfies [string, Reaction][])
        : ([['a bad checksum', { kind: 'bad-crc' }]] satisfies [string, Reaction][])),
    ];
    for (const [what, reaction] of bad) {
      it(`gives no value on ${what}, and the right one to the next request`, async () => {
        once(reaction);
        await assert.rejects(
          ask(read('input', 5, 2)),
          (error) =>
            error instanceof BadReplyError || error instanceof LineClosedError || error instanceof ModuleSilentError,
        );
        if (!connection.isOpen) await connect();
        assert.deepEqual(await ask(read('input', 9, 3)), [1009, 1010, 1011]);
        assert.deepEqual(await ask(read('input', 0, 1), 2), [2000]);
      });
    }

    it('does not take an acknowledgement of another value for done', async () => {
      once({ kind: 'wrong-echo' });
      await assert.rejects(ask({ kind: 'write-registers', address: 7, values: [50] }), BadReplyError);
    });

    it('never takes a late reply for the reply to a newer request', async () => {
      once({ kind: 'answer', afterMs: timeoutMs + 60 });
      await assert.rejects(ask(read('input', 5, 1)), ModuleSilentError);
      const next = read('input', 40, 1);
      // By RTU the line asks for something of another shape first; what is ambiguous is known.
      assert.equal(connection.isAmbiguous(1, next), framing === 'rtu-over-tcp');
      if (framing === 'rtu-over-tcp') assert.deepEqual(await ask(read('input', 100, 2)), [1100, 1101]);
      assert.equal(connection.isAmbiguous(1, next), false);
      assert.deepEqual(await ask(next), [1040]);
      await sleep(100);
      assert.deepEqual(await ask(read('input', 41, 1)), [1041]);
      assert.deepEqual(late, [1]);
    });

    it('does not take the late exception of an older request for a verdict on the newer one', async () => {
      slave.react = ({ address }) => (address === 5 ? { kind: 'answer', afterMs: timeoutMs + 40 } : { kind: 'answer' });
      slave.prepare = ({ address }) => {
        if (address === 5) slave.unit(1).input.delete(5);
      };
      await assert.rejects(ask(read('input', 5, 1)), ModuleSilentError);
      assert.deepEqual(await ask(read('input', 100, 2)), [1100, 1101]);
      assert.deepEqual(late, [1]);
    });

    it('rejects what is pending at once when it is closed', async () => {
      slave.react = () => ({ kind: 'silence' });
      const startedMs = performance.now();
      const pending = assert.rejects(connection.ask(1, read('input', 0, 1), 5_000), LineClosedError);
      await sleep(20);
      await connection.close();
      await pending;
      assert.ok(performance.now() - startedMs < 1_000);
    });

    it('rejects what is pending at once when the peer resets', async () => {
      once({ kind: 'reset' });
      const startedMs = performance.now();
      await assert.rejects(connection.ask(1, read('input', 0, 1), 5_000), LineClosedError);
      assert.ok(performance.now() - startedMs < 1_000);
      assert.equal(connection.isOpen, false);
    });

    it('expects what was in flight when the peer reset on the next connection still', async () => {
      once({ kind: 'reset' });
      await assert.rejects(ask(read('input', 5, 1)), LineClosedError);
      await connect();
      // a gateway hands the module's late reply to whoever is connected then
      assert.equal(connection.isAmbiguous(1, read('input', 9, 1)), framing === 'rtu-over-tcp');
    });

    it('treats a second request while one is in flight as a defect', async () => {
      const first = ask(read('input', 0, 1));
      await assert.rejects(ask(read('input', 1, 1)), { name: 'AssertionError' });
      assert.deepEqual(await first, [1000]);
    });
  });
}

describe('connection by tcp', () => {
  it('is dropped in an instant on garbage, not after a time-out', async () => {
    const slave = await MisbehavingSlave.listen('tcp');
    slave.unit(1).input.set(0, 1);
    slave.react = () => ({ kind: 'garbage' });
    const connection = new Connection(networkLine('tcp', slave.port), new OwedReplies(timeoutMs), () => {});
    await connection.open();
    const startedMs = performance.now();
    await assert.rejects(connection.ask(1, read('input', 0, 1), 5_000), LineClosedError);
    assert.ok(performance.now() - startedMs < 1_000);
    assert.match(connection.fault ?? '', /protocol id/);
    await connection.close();
    await slave.close();
  });

  it('is dropped when the same reply comes twice: the stream is out of step', async () => {
    const slave = await MisbehavingSlave.listen('tcp');
    slave.unit(1).input.set(0, 1);
    slave.react = () => ({ kind: 'twice' });
    const connection = new Connection(networkLine('tcp', slave.port), new OwedReplies(timeoutMs), () => {});
    await connection.open();
    assert.deepEqual((await connection.ask(1, read('input', 0, 1), timeoutMs)).values, [1]);
    for (let n = 0; n < 100 && connection.isOpen; n++) await sleep(5);
    assert.match(connection.fault ?? '', /answered before/);
    await connection.close();
    await slave.close();
  });

  it('takes no reply for whole that broke off and was completed by the beginning of a late one', async () => {
    const peer = await MbapPeer.listen();
    const connection = new Connection(networkLine('tcp', peer.port), new OwedReplies(timeoutMs), () => {});
    await connection.open();
    await assert.rejects(connection.ask(1, read('input', 7, 1), timeoutMs), ModuleSilentError);
    const pending = assert.rejects(connection.ask(1, read('input', 5, 1), 5_000), LineClosedError);
    await peer.has(2);
    const brokenOff = frameOf(peer.asked(5), registersPdu(4, 71)).subarray(0, -1);
    peer.send(brokenOff, frameOf(peer.asked(7), registersPdu(4, 3)));
    await pending;
    await connection.close();
    await peer.close();
  });

  it('rejects what is pending at once when the peer says goodbye', async () => {
    const peer = await MbapPeer.listen();
    const connection = new Connection(networkLine('tcp', peer.port), new OwedReplies(timeoutMs), () => {});
    await connection.open();
    const startedMs = performance.now();
    const pending = assert.rejects(connection.ask(1, read('input', 0, 1), 5_000), LineClosedError);
    await peer.has(1);
    peer.sayGoodbye();
    await pending;
    assert.ok(performance.now() - startedMs < 1_000);
    assert.equal(connection.isOpen, false);
    await connection.close();
    await peer.close();
  });

  it('takes replies of many thousand bytes that come at once', async () => {
    const peer = await MbapPeer.listen();
    const line = networkLine('tcp', peer.port, { window: 16 });
    const connection = new Connection(line, new OwedReplies(timeoutMs), () => {});
    await connection.open();
    for (let round = 0; round < 20; round++) {
      const asked = Array.from({ length: 16 }, (_, n) => connection.ask(1, read('holding', n, 125), 5_000));
      await peer.has(16 * (round + 1));
      const registers = Array.from({ length: 125 }, (_, n) => n + round);
      peer.send(...peer.received.slice(-16).map((request) => frameOf(request, registersPdu(3, ...registers))));
      for (const answer of asked) assert.deepEqual((await answer).values, registers);
    }
    await connection.close();
    await peer.close();
  });

  it('keeps the other units when one of them answers nonsense in sound frames', async () => {
    const slave = await MisbehavingSlave.listen('tcp');
    slave.unit(1).input.set(0, 1);
    slave.unit(2).input.set(0, 2);
    slave.react = ({ unit }) => (unit === 1 ? { kind: 'wrong-length', by: 1 } : { kind: 'answer' });
    const connection = new Connection(networkLine('tcp', slave.port), new OwedReplies(timeoutMs), () => {});
    await connection.open();
    for (let n = 0; n < 5; n++) {
      await assert.rejects(connection.ask(1, read('input', 0, 1), timeoutMs), BadReplyError);
      assert.deepEqual((await connection.ask(2, read('input', 0, 1), timeoutMs)).values, [2]);
    }
    assert.equal(slave.connections, 1);
    await connection.close();
    await slave.close();
  });

  it('fails to open with the reason, refused or unanswered', async () => {
    const taken = createServer();
    taken.listen(0, '127.0.0.1');
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port } = taken.address() as { port: number };
    await new Promise((resolve) => taken.close(resolve));
    const connection = new Connection(networkLine('tcp', port), new OwedReplies(timeoutMs), () => {});
    await assert.rejects(
      connection.open(),
      (error) => error instanceof LineClosedError && /ECONNREFUSED/.test(error.message),
    );
    await connection.close();
  });
});
