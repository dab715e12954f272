import assert from 'node:assert/strict';
import { expiryOf } from '../../server/gateway/certificate-watch.ts';

const day = 24 * 3_600_000;
const now = Date.parse('2026-11-26T12:00:00Z');

describe('the watch over the OPC UA certificate', () => {
  for (const [days, stands, says] of [
    [30, false, /until 2026-12-26, for 30 days more/],
    [30 - 1 / day, true, /for 29 days more/],
    [0, true, /expired on 2026-11-26/],
    [-3, true, /expired on 2026-11-23/],
  ] as const) {
    it(`${stands ? 'raises the alarm' : 'is quiet'} with ${days} days to go, and says the date`, () => {
      const condition = expiryOf(now + days * day, now);
      assert.equal(condition.stands, stands);
      assert.match(condition.says ?? '', says);
    });
  }
});
