import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FramingError, type Framing, type RequestFrame } from '../../../drivers/slave/framing.ts';
import { mbapFraming } from '../../../drivers/slave/mbap-framing.ts';
import { rtuFraming } from '../../../drivers/slave/rtu-framing.ts';
import { mbapFrame, rtuFrame } from '../../simulator/raw-master.ts';

const readOne = [3, 0, 1, 0, 1];
const writeTwo = [16, 0, 1, 0, 2, 4, 1, 2, 3, 4];

const plain = ({ unit, pdu }: RequestFrame): object => ({ unit, pdu: [...pdu] });

/** The requests found when the bytes arrive in pieces of these lengths. */
function found(framing: Framing, bytes: Buffer, pieces: readonly number[] = [bytes.length]): object[] {
  const frames: RequestFrame[] = [];
  let rest = bytes;
  for (const length of [...pieces, bytes.length]) {
    frames.push(...framing.push(rest.subarray(0, length)));
    rest = rest.subarray(length);
  }
  return frames.map(plain);
}

const pieces = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 0, maxLength: 80 });
const unitIds = fc.integer({ min: 1, max: 247 });
const requests = fc.oneof(
  fc
    .tuple(fc.constantFrom(1, 2, 3, 4, 5, 6), fc.uint8Array({ minLength: 4, maxLength: 4 }))
    .map(([code, data]) => [code, ...data]),
  fc.uint8Array({ minLength: 2, maxLength: 246 }).map((data) => [16, 0, 0, 0, 1, data.length, ...data]),
);

describe('modbus TCP framing of a slave', () => {
  it('finds every request, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unitIds, requests), { maxLength: 5 }), pieces, (sent, lengths) => {
        const bytes = Buffer.concat(sent.map(([unit, pdu], index) => mbapFrame(index, unit, pdu)));
        assert.deepEqual(
          found(mbapFraming(), bytes, lengths),
          sent.map(([unit, pdu]) => ({ unit, pdu })),
        );
      }),
    );
  });

  it('gives the reply the transaction of its request', () => {
    assert.deepEqual(
      [...mbapFraming().wrap(9, Buffer.from([3, 2, 1, 2]), 0xabcd)],
      [...mbapFrame(0xabcd, 9, [3, 2, 1, 2])],
    );
  });

  for (const [name, bytes] of [
    ['another protocol', [0, 1, 0, 1, 0, 6, 1, 3, 0, 0, 0, 1]],
    ['HTTP', [...Buffer.from('GET / HTTP/1.1\r\n\r\n')]],
    ['length 0', [0, 1, 0, 0, 0, 0]],
    ['length 1, a unit and no function', [0, 1, 0, 0, 0, 1, 1]],
    ['a length above 254', [0, 1, 0, 0, 0, 255, 1, 3]],
  ] as const)
    it(`gives the connection up on ${name}`, () => {
      assert.throws(() => mbapFraming().push(Buffer.from(bytes)), FramingError);
    });

  it('gives the connection up when a frame stays incomplete', () => {
    const framing = mbapFraming();
    assert.deepEqual(framing.push(mbapFrame(1, 1, readOne).subarray(0, 9)), []);
    assert.equal(framing.pendingBytes, 9);
    assert.throws(() => framing.quiet(), FramingError);
  });
});

describe('modbus RTU framing of a slave', () => {
  it('finds every request, however the bytes are cut', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(unitIds, requests), { maxLength: 5 }), pieces, (sent, lengths) => {
        const bytes = Buffer.concat(sent.map(([unit, pdu]) => rtuFrame(unit, pdu)));
        assert.deepEqual(
          found(rtuFraming(), bytes, lengths),
          sent.map(([unit, pdu]) => ({ unit, pdu })),
        );
      }),
    );
  });

  it('finds a request behind any garbage, at the latest when the line falls quiet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), unitIds, (garbage, unit) => {
        const framing = rtuFraming();
        const frames = [
          ...framing.push(Buffer.concat([Buffer.from(garbage), rtuFrame(unit, readOne)])),
          ...framing.quiet(),
        ].map(plain);
        assert.deepEqual(frames.at(-1), { unit, pdu: readOne });
        assert.equal(framing.pendingBytes, 0);
      }),
      // one seed: in some 10,000 tries garbage and request together have a right CRC by chance
      { numRuns: 500, seed: 1 },
    );
  });

  it('finds a request at once behind garbage that is no beginning of a frame', () => {
    assert.deepEqual(found(rtuFraming(), Buffer.concat([Buffer.from([0xff, 0xff, 0xff]), rtuFrame(1, readOne)])), [
      { unit: 1, pdu: readOne },
    ]);
  });

  it('drops a request with a wrong CRC and takes the next', () => {
    const wrong = rtuFrame(1, readOne);
    wrong.writeUInt8(wrong.readUInt8(7) ^ 1, 7);
    assert.deepEqual(found(rtuFraming(), Buffer.concat([wrong, rtuFrame(2, readOne)])), [{ unit: 2, pdu: readOne }]);
  });

  it('takes a request inside the data of another for data, as long as the other may be whole', () => {
    const inner = [...rtuFrame(1, readOne)];
    const outer = [16, 0, 0, 0, 4, 8, ...inner];
    const framing = rtuFraming();
    const bytes = rtuFrame(1, outer);
    assert.deepEqual(framing.push(bytes.subarray(0, -1)), []);
    assert.deepEqual(framing.push(bytes.subarray(-1)).map(plain), [{ unit: 1, pdu: outer }]);
  });

  it('finds a request whose function is not served, so that it can be refused', () => {
    assert.deepEqual(found(rtuFraming(), rtuFrame(1, [43, 14, 1, 0]), [3, 2]), [{ unit: 1, pdu: [43, 14, 1, 0] }]);
    assert.deepEqual(found(rtuFraming(), rtuFrame(1, [7])), [{ unit: 1, pdu: [7] }]);
  });

  it('forgets half a request when the line falls quiet', () => {
    const framing = rtuFraming();
    framing.push(rtuFrame(1, writeTwo).subarray(0, 9));
    assert.deepEqual(framing.quiet(), []);
    assert.deepEqual(framing.push(rtuFrame(1, readOne)).map(plain), [{ unit: 1, pdu: readOne }]);
  });

  it('keeps no more than one longest frame, whatever is poured in', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 20 }), (chunks) => {
        const framing = rtuFraming();
        for (const chunk of chunks) {
          framing.push(Buffer.from(chunk));
          assert.ok(framing.pendingBytes < 256, `${framing.pendingBytes} bytes`);
        }
      }),
    );
  });

  it('ends a frame with the CRC of the specification, low byte first', () => {
    // example of the Modbus serial line guide: 02 07 has the CRC 1241 hex
    assert.deepEqual([...rtuFraming().wrap(2, Buffer.from([7]), null)], [0x02, 0x07, 0x41, 0x12]);
  });
});
