import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';
import { openFrameServer, type FrameServerOptions } from '../../../drivers/slave/frame-server.ts';
import { Inbox } from '../../../drivers/slave/inbox.ts';
import type { ModbusSlave } from '../../../drivers/slave/modbus-slave.ts';
import { mbapFrame } from '../../simulator/raw-master.ts';
import { MemorySlave } from './memory-slave.ts';

/** Writes wait until the test lets them go on; register 15 is urgent. */
class SlowSlave implements ModbusSlave {
  readonly #memory = new MemorySlave();
  readonly asked: number[] = [];
  looked = 0;
  #goOn: (() => void)[] = [];

  readCoils(address: number, count: number): boolean[] {
    return this.#memory.readCoils(address, count);
  }

  readDiscrete(address: number, count: number): boolean[] {
    return this.#memory.readDiscrete(address, count);
  }

  readHolding(address: number, count: number): number[] {
    return this.#memory.readHolding(address, count);
  }

  readInput(address: number, count: number): number[] {
    return this.#memory.readInput(address, count);
  }

  writeCoils(address: number, values: readonly boolean[]): void {
    this.#memory.writeCoils(address, values);
  }

  async writeHolding(address: number, values: readonly number[]): Promise<void> {
    this.asked.push(address);
    if (address !== 15) await new Promise<void>((resolve) => this.#goOn.push(resolve));
    this.#memory.writeHolding(address, values);
  }

  isUrgent(_area: string, address: number): boolean {
    this.looked++;
    return address === 15;
  }

  goOn(): void {
    this.#goOn.shift()?.();
  }
}

const read = [4, 0, 0, 0, 1];
const write = (address: number): number[] => [6, 0, address, 0, 7];

async function served(
  slave: ModbusSlave,
  options: Partial<FrameServerOptions>,
  look: (socket: Socket) => Promise<void>,
): Promise<void> {
  const server = await openFrameServer({
    host: '127.0.0.1',
    port: 0,
    transport: 'tcp',
    units: new Map([[1, slave]]),
    onDefect: assert.ifError,
    ...options,
  });
  const socket = createConnection(server.port, '127.0.0.1');
  await once(socket, 'connect');
  try {
    await look(socket);
  } finally {
    socket.destroy();
    await server.close();
  }
}

/** Function codes of the next replies, and their exceptions. */
async function replies(socket: Socket, count: number): Promise<string[]> {
  let bytes = Buffer.alloc(0);
  const found: string[] = [];
  while (found.length < count) {
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    bytes = Buffer.concat([bytes, chunk]);
    while (bytes.length >= 9 && bytes.length >= 6 + bytes.readUInt16BE(4)) {
      const code = bytes.readUInt8(7);
      found.push(code < 0x80 ? `${code}` : `${code - 0x80} refused ${bytes.readUInt8(8)}`);
      bytes = bytes.subarray(6 + bytes.readUInt16BE(4));
    }
  }
  return found;
}

function frames(...pdus: readonly (readonly number[])[]): Buffer {
  return Buffer.concat(pdus.map((pdu, index) => mbapFrame(index & 0xffff, 1, pdu)));
}

async function untilAsked(slave: SlowSlave, count: number): Promise<void> {
  while (slave.asked.length < count) await new Promise(setImmediate);
}

describe('one client of a slave', () => {
  it('leaves the event loop its turns, however much it sends at once', async () => {
    let sinceTurn = 0;
    let most = 0;
    const exchange: FrameServerOptions['exchange'] = async ({ unit }, answer) => {
      most = Math.max(most, ++sinceTurn);
      const pdu = await answer();
      return pdu && { unit, pdu };
    };
    let isOver = false;
    const turn = (): void => {
      sinceTurn = 0;
      if (!isOver) setImmediate(turn);
    };
    turn();
    await served(new MemorySlave(), { exchange }, async (socket) => {
      socket.write(frames(...Array.from({ length: 5_000 }, () => read)));
      assert.equal((await replies(socket, 5_000)).length, 5_000);
    });
    isOver = true;
    assert.ok(most <= 32, `${most} requests in one turn`);
  });

  it('has no more cut into requests than may wait', async () => {
    const slave = new SlowSlave();
    const urgency = { writesWaitAtMostMs: 1_000, monotonicMs: () => 0 };
    await served(slave, { urgency }, async (socket) => {
      socket.write(frames(...Array.from({ length: 5_000 }, () => write(1))));
      await untilAsked(slave, 1);
      for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
      assert.ok(slave.looked > 32 && slave.looked <= 65, `${slave.looked} requests`);
    });
  });

  it('is heard at once when it is urgent; its writes that wait are refused unasked, and replies keep their order', async () => {
    const slave = new SlowSlave();
    const urgency = { writesWaitAtMostMs: 1_000, monotonicMs: () => 0 };
    await served(slave, { urgency }, async (socket) => {
      socket.write(frames(write(1)));
      await untilAsked(slave, 1);
      socket.write(frames(write(2), read, write(15), write(3)));
      await untilAsked(slave, 2);
      assert.deepEqual(slave.asked, [1, 15]);
      const answered = replies(socket, 5);
      slave.goOn();
      await untilAsked(slave, 3);
      slave.goOn();
      assert.deepEqual(await answered, ['6', '6 refused 6', '4', '6', '6']);
      assert.deepEqual(slave.asked, [1, 15, 3], 'what came after the urgent one is asked');
    });
  });

  it('has no write carried out that waited for too long; reads are served', async () => {
    const slave = new SlowSlave();
    let nowMs = 0;
    const urgency = { writesWaitAtMostMs: 1_000, monotonicMs: () => nowMs };
    await served(slave, { urgency }, async (socket) => {
      socket.write(frames(write(1), write(2), read));
      await untilAsked(slave, 1);
      nowMs = 1_001;
      const answered = replies(socket, 3);
      slave.goOn();
      assert.deepEqual(await answered, ['6', '6 refused 6', '4']);
      assert.deepEqual(slave.asked, [1]);
    });
  });
});

describe('the bytes of a client that are not cut yet', () => {
  it('come out in order, in parts, each as old as its chunk', () => {
    let nowMs = 0;
    const inbox = new Inbox(() => nowMs);
    inbox.put(Buffer.from('abcd'));
    nowMs = 7;
    inbox.put(Buffer.from('ef'));
    const parts = [inbox.take(3), inbox.take(3), inbox.take(3), inbox.take(3)];
    assert.deepEqual(
      parts.map((part) => part && [part.bytes.toString(), part.cameMs]),
      [['abc', 0], ['d', 0], ['ef', 7], null],
    );
    assert.equal(inbox.isEmpty, true);
  });

  const full = Buffer.alloc(65_536);
  const cases: readonly [what: string, doing: (inbox: Inbox) => void, cameMs: number][] = [
    ['are as old as the time since which the socket was not read', () => undefined, 0],
    ['are as old behind a full chunk, when more lay in the socket', (inbox) => inbox.put(full), 0],
    ['are new once the socket was emptied', (inbox) => inbox.put(Buffer.from('a')), 5],
    ['are new when nothing lay in the socket', (inbox) => inbox.letIn(), 5],
  ];
  for (const [what, doing, cameMs] of cases)
    it(what, () => {
      let nowMs = 0;
      const inbox = new Inbox(() => nowMs);
      inbox.holdBack();
      nowMs = 5;
      inbox.holdBack();
      doing(inbox);
      inbox.put(Buffer.from('z'));
      let last = inbox.take(100_000);
      for (let next = last; next !== null; next = inbox.take(100_000)) last = next;
      assert.equal(last?.cameMs, cameMs);
    });
});
