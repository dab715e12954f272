import assert from 'node:assert/strict';
import fc from 'fast-check';
import { answerRequest } from '../../../drivers/slave/answer-request.ts';
import { MemorySlave } from './memory-slave.ts';

const noDefect = (error: unknown): void => {
  throw error;
};

async function answer(pdu: readonly number[], slave = new MemorySlave()): Promise<number[]> {
  return [...(await answerRequest(Buffer.from(pdu), slave, noDefect))];
}

describe('modbus slave, one request', () => {
  const replies: readonly [name: string, request: readonly number[], reply: readonly number[]][] = [
    ['reads coils', [1, 0, 0, 0, 3], [1, 1, 0]],
    ['packs discrete inputs, the first in the lowest bit', [2, 0, 0, 0, 10], [2, 2, 0b0100_1001, 0b10]],
    ['reads holding registers', [3, 0, 1, 0, 2], [3, 4, 0, 0, 0, 0]],
    ['reads input registers, high byte first', [4, 0, 1, 0, 2], [4, 4, 0x11, 0x11, 0x22, 0x22]],
    ['writes one coil', [5, 0, 2, 0xff, 0], [5, 0, 2, 0xff, 0]],
    ['writes one register', [6, 0, 2, 0x12, 0x34], [6, 0, 2, 0x12, 0x34]],
    ['writes coils', [15, 0, 0, 0, 9, 2, 0xff, 1], [15, 0, 0, 0, 9]],
    ['writes registers', [16, 0, 0, 0, 2, 4, 0, 1, 0, 2], [16, 0, 0, 0, 2]],
    ['refuses an unknown function', [7], [0x87, 1]],
    ['writes by masks and repeats the request', [22, 0, 4, 0, 0xf2, 0, 0x25], [22, 0, 4, 0, 0xf2, 0, 0x25]],
    ['writes, then reads', [23, 0, 1, 0, 2, 0, 2, 0, 1, 2, 0x12, 0x34], [23, 4, 0, 0, 0x12, 0x34]],
    ['refuses masks with bytes too many', [22, 0, 4, 0, 0xf2, 0, 0x25, 0], [0x96, 3]],
    ['refuses masks for an address outside', [22, 0, 16, 0, 0xf2, 0, 0x25], [0x96, 2]],
    ['refuses writing nothing and reading', [23, 0, 0, 0, 1, 0, 0, 0, 0, 0], [0x97, 3]],
    ['refuses writing and reading 126', [23, 0, 0, 0, 126, 0, 0, 0, 1, 2, 0, 0], [0x97, 3]],
    ['refuses writing and reading cut short', [23, 0, 0, 0, 1, 0, 0, 0, 1, 2, 0], [0x97, 3]],
    ['refuses writing beyond 65535', [23, 0, 0, 0, 1, 0xff, 0xff, 0, 2, 4, 0, 0, 0, 0], [0x97, 2]],
    ['refuses function 0', [0], [0x80, 1]],
    ['refuses a function that looks like an exception', [0x83, 2], [0x83, 1]],
    ['refuses an address outside', [3, 0, 15, 0, 2], [0x83, 2]],
    ['refuses an address beyond 65535', [3, 0xff, 0xff, 0, 2], [0x83, 2]],
    ['refuses no coil', [1, 0, 0, 0, 0], [0x81, 3]],
    ['refuses 2001 coils', [1, 0, 0, 0x07, 0xd1], [0x81, 3]],
    ['refuses 126 registers', [3, 0, 0, 0, 126], [0x83, 3]],
    ['refuses a read with bytes too many', [3, 0, 0, 0, 1, 0], [0x83, 3]],
    ['refuses a read cut short', [3, 0, 0, 0], [0x83, 3]],
    ['refuses a coil that is neither on nor off', [5, 0, 0, 0x12, 0x34], [0x85, 3]],
    ['refuses a byte count that is too small', [16, 0, 0, 0, 2, 2, 0, 1], [0x90, 3]],
    ['refuses a byte count that contradicts the data', [16, 0, 0, 0, 2, 4, 0, 1], [0x90, 3]],
    ['refuses coils whose bytes are too few', [15, 0, 0, 0, 9, 1, 0xff], [0x8f, 3]],
    ['refuses writing no register', [16, 0, 0, 0, 0, 0], [0x90, 3]],
  ];
  for (const [name, request, reply] of replies)
    it(name, async () => {
      assert.deepEqual(await answer(request), reply);
    });

  it('stores what was written, and nothing of what was refused', async () => {
    const slave = new MemorySlave();
    await answer([16, 0, 3, 0, 2, 4, 0xff, 0xff, 0, 1], slave);
    assert.deepEqual(slave.holding.slice(3, 5), [0xffff, 1]);
    await answer([16, 0, 15, 0, 2, 4, 0xff, 0xff, 0, 1], slave);
    assert.equal(slave.holding[15], 0);
    await answer([15, 0, 1, 0, 3, 1, 0b101], slave);
    assert.deepEqual(slave.coils.slice(0, 5), [false, true, false, true, false]);
    await answer([5, 0, 1, 0, 0], slave);
    assert.equal(slave.coils[1], false);
  });

  it('changes by masks only the bits that the AND mask leaves out', async () => {
    const slave = new MemorySlave();
    slave.holding[4] = 0x12;
    // the example of the specification, 6.16
    await answer([22, 0, 4, 0, 0xf2, 0, 0x25], slave);
    assert.equal(slave.holding[4], 0x17);
  });

  it('writes nothing of a request whose part to read it refuses', async () => {
    const slave = new MemorySlave();
    assert.deepEqual(await answer([23, 0, 15, 0, 2, 0, 0, 0, 1, 2, 0x12, 0x34], slave), [0x97, 2]);
    assert.equal(slave.holding[0], 0);
  });

  it('answers exception 4 when the slave breaks, and says so', async () => {
    const slave = new MemorySlave();
    slave.readHolding = () => {
      throw new TypeError('broken');
    };
    const defects: unknown[] = [];
    const reply = await answerRequest(Buffer.from([3, 0, 0, 0, 1]), slave, (error) => defects.push(error));
    assert.deepEqual([...reply], [0x83, 4]);
    assert.equal(defects.length, 1);
  });

  it('waits for a slave that answers later', async () => {
    const slave = Object.assign(new MemorySlave(), { readInput: async () => Promise.resolve([7]) });
    const reply = await answerRequest(Buffer.from([4, 0, 0, 0, 1]), slave, noDefect);
    assert.deepEqual([...reply], [4, 2, 0, 7]);
  });

  it('answers any bytes with the same function, or its exception, within 253 bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 253 }), async (bytes) => {
        const [code = 0, second = 0, ...rest] = await answer([...bytes]);
        if (code === bytes[0] && code < 0x80) {
          assert.ok(rest.length <= 251);
        } else {
          assert.equal(code, (bytes[0] ?? 0) | 0x80);
          assert.ok(second >= 1 && second <= 4 && rest.length === 0);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
