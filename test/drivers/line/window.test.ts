import assert from 'node:assert/strict';
import type { FieldReading } from '../../../machine/field.ts';
import type { Field } from '../../../drivers/field.ts';
import { openField } from '../../../drivers/open-field.ts';
import { scattered, until } from '../test-field.ts';
import { networkLine } from '../wire/lines.ts';
import { MbapPeer, type Received } from '../wire/mbap-peer.ts';

const addresses = [0, 10, 20, 30];
const clock = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };

/** A register reads ten times its address, and each request is answered only when `release` says so. */
class SlowDevice {
  readonly peer: MbapPeer;
  readonly field: Field;
  readonly readings: FieldReading[] = [];
  /** Most requests that were waiting for their reply at a time. */
  most = 0;
  #waiting: Received[] = [];

  constructor(peer: MbapPeer, window: number) {
    this.peer = peer;
    const line = networkLine('tcp', peer.port, { window });
    const module = { id: 'io1', line: line.id, unit: 1, simulated: true, pollPeriodMs: 40, watchdogMs: null };
    this.field = openField(
      {
        lines: [line],
        modules: [{ ...module, profile: scattered }],
        bindings: addresses.map((address) => ({
          signal: `r${address}`,
          module: 'io1',
          channel: `r${address}`,
          direction: 'input',
        })),
      },
      clock,
      { info: () => {}, warn: () => {} },
    );
    this.field.onReadings((readings) => this.readings.push(...readings));
    peer.answer = (request) => {
      this.#waiting.push(request);
      this.most = Math.max(this.most, this.#waiting.length);
      // answered once nothing more comes with it, the newest first
      setTimeout(() => this.release(), 5);
      return null;
    };
    this.field.open();
  }

  /** Of these addresses no request is answered. */
  deafTo: readonly number[] = [];

  release(): void {
    for (const request of this.#waiting.splice(0).toReversed()) {
      const address = request.pdu.readUInt16BE(1);
      if (this.deafTo.includes(address)) continue;
      const pdu = Buffer.from([4, 2, 0, 0]);
      pdu.writeUInt16BE(10 * address, 2);
      request.send(frame(request, pdu));
    }
  }
}

function frame({ transaction, unit }: Received, pdu: Buffer): Buffer {
  const header = Buffer.alloc(7);
  header.writeUInt16BE(transaction, 0);
  header.writeUInt16BE(1 + pdu.length, 4);
  header.writeUInt8(unit, 6);
  return Buffer.concat([header, pdu]);
}

describe('a device that takes several requests at once', () => {
  let device: SlowDevice;
  afterEach(async () => {
    await device.field.close(new Map(), 500);
    await device.peer.close();
  });

  for (const [window, most] of [
    [1, 1],
    [2, 2],
    [16, 4],
  ] as const) {
    it(`is asked ${most} at once with a window of ${window}, and every value is its own`, async () => {
      device = new SlowDevice(await MbapPeer.listen(), window);
      await until('some polls', () => device.readings.length >= 40);
      assert.equal(device.most, most);
      for (const { signal, value, quality } of device.readings) {
        assert.deepEqual([signal, value, quality], [signal, 10 * Number(signal.slice(1)), 'Good']);
      }
    });
  }

  it('that leaves several of them unanswered at once has been silent once', async () => {
    device = new SlowDevice(await MbapPeer.listen(), 16);
    await until('some polls', () => device.readings.length >= 8);
    device.deafTo = [10, 20, 30];
    await until('a time-out', () => (device.field.statistics()[0]?.timeouts ?? 0) >= 3);
    assert.equal(device.field.modules()[0]?.demoted, false, 'three time-outs of one moment are no three in a row');
    device.deafTo = [];
    const before = device.readings.length;
    await until('readings again', () => device.readings.slice(before).some(({ signal }) => signal === 'r30'));
  });
});
