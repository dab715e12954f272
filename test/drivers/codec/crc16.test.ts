import assert from 'node:assert/strict';

import fc from 'fast-check';

import { crc16, crcStart, crcStep, withCrc } from '../../../drivers/codec/crc16.ts';

describe('the checksum of a serial line', () => {
  it('is that of the specification', () => {
    assert.equal(crc16(Buffer.from('123456789')), 0x4b37);
    assert.equal(crc16(Buffer.alloc(0)), crcStart);
  });

  it('comes byte by byte to the same, and over a frame with its checksum to 0', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 256 }), (bytes) => {
        assert.equal(bytes.reduce(crcStep, crcStart), crc16(bytes));
        assert.equal(crc16(withCrc(bytes)), 0);
      }),
    );
  });

  it('may be of a part', () => {
    const bytes = Buffer.from('x123456789y');
    assert.equal(crc16(bytes.subarray(1), 9), 0x4b37);
    assert.deepEqual(withCrc(bytes, 1, 10), withCrc(Buffer.from('123456789')));
  });
});
