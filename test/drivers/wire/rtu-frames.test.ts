import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  characterMs,
  crc16,
  firstFrame,
  frameGapMs,
  shapeOfRequest,
  withCrc,
} from '../../../drivers/wire/rtu-frames.ts';

const from = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const shape = (hex: string) => shapeOfRequest(withCrc(from(`01 ${hex}`)));

describe('rtu frames', () => {
  it('bear the checksum of the specification and of captured frames', () => {
    assert.equal(crc16(Buffer.from('123456789')), 0x4b37);
    assert.deepEqual(withCrc(from('01 04 02 ff ff')), from('01 04 02 ff ff b8 80'));
    assert.deepEqual(withCrc(from('11 03 00 6b 00 03')), from('11 03 00 6b 00 03 76 87'));
  });

  it('are found whole wherever they begin in a stream', () => {
    const noise = fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes).map((byte) => byte | 0x80));
    fc.assert(
      fc.property(noise, fc.uint8Array({ minLength: 2, maxLength: 40 }), (before, data) => {
        const even = data.length - (data.length % 2);
        const frame = withCrc(Buffer.concat([Buffer.from([7, 3, even]), data.subarray(0, even)]));
        const found = firstFrame(Buffer.concat([before, frame, Buffer.from([1, 2, 3])]), (unit) => unit === 7);
        assert.deepEqual(found?.bytes, frame);
        assert.equal(found.endsAt, before.length + frame.length);
        assert.equal(found.shape, `3:${even}`);
      }),
    );
  });

  it('are not seen in cut or falsified bytes', () => {
    const frame = withCrc(from('07 04 04 01 02 03 04'));
    for (let cut = 1; cut < frame.length; cut++) {
      assert.equal(
        firstFrame(frame.subarray(0, cut), () => true),
        null,
      );
      assert.equal(
        firstFrame(frame.subarray(cut), () => true),
        null,
      );
    }
    for (let bit = 0; bit < 8 * frame.length; bit++) {
      const bad = Buffer.from(frame);
      bad[bit >> 3] = (bad[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(
        firstFrame(bad, () => true),
        null,
        `bit ${bit} flipped`,
      );
    }
  });

  it('of units that nobody asked are passed over', () => {
    const other = withCrc(from('08 03 02 12 34'));
    const asked = withCrc(from('07 03 02 56 78'));
    assert.deepEqual(firstFrame(Buffer.concat([other, asked]), (unit) => unit === 7)?.bytes, asked);
  });

  it('tell an exception, which does not say to which request', () => {
    const found = firstFrame(withCrc(from('07 83 02')), () => true);
    assert.deepEqual([found?.unit, found?.functionCode, found?.shape], [7, 3, null]);
  });

  it('have one shape for requests whose replies look alike, and others for the rest', () => {
    assert.equal(shape('03 0000 0002'), shape('03 0063 0002'));
    assert.equal(shape('01 0000 0001'), shape('01 0000 0008'));
    assert.notEqual(shape('03 0000 0002'), shape('04 0000 0002'));
    assert.notEqual(shape('03 0000 0002'), shape('03 0000 0001'));
    assert.notEqual(shape('06 0000 0002'), shape('06 0000 0003'));
    assert.notEqual(shape('06 0000 0002'), shape('06 0001 0002'));
    assert.notEqual(shape('16 0000 fffe 0001'), shape('16 0000 fffe 0002'));
    assert.equal(shape('17 0000 0002 0010 0001 02 0000'), shape('17 0003 0002 0010 0001 02 1234'));
  });

  it('are as long and as far apart as the serial format says', () => {
    assert.ok(Math.abs(characterMs({ baudRate: 9600, parity: 'none', stopBits: 1 }) - 1.0417) < 1e-3);
    assert.ok(Math.abs(characterMs({ baudRate: 9600, parity: 'even', stopBits: 1 }) - 1.1458) < 1e-3);
    assert.ok(Math.abs(frameGapMs({ baudRate: 9600, parity: 'none', stopBits: 1 }) - 3.6458) < 1e-3);
    assert.equal(frameGapMs({ baudRate: 115_200, parity: 'none', stopBits: 1 }), 1.75);
  });
});
