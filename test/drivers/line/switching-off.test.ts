import assert from 'node:assert/strict';
import type { ProfileDeclaration } from '../../../drivers/declaration.ts';
import { type Framing, type SeenRequest } from '../misbehaving-slave.ts';
import { heaters, TestField, until } from '../test-field.ts';

const addresses = Array.from({ length: 20 }, (_, n) => 2 * n);
/** Registers that no write can carry together. */
const many: ProfileDeclaration = {
  ...heaters,
  id: 'many',
  inputs: {},
  outputs: Object.fromEntries(
    addresses.map((address) => [`r${address}`, { kind: 'register' as const, address, type: 'uint16' as const }]),
  ),
  watchdog: null,
};
const { fan } = heaters.outputs;
assert.ok(fan !== undefined);
const fanOnly: ProfileDeclaration = { ...heaters, inputs: {}, outputs: { fan }, watchdog: null };

const all = (value: number) => Object.fromEntries(addresses.map((address) => [`out1.r${address}`, value]));
const isOff = ({ unit, functionCode, argument }: SeenRequest) => unit === 2 && functionCode === 5 && argument === 0;
const isWriteToFirst = ({ unit, functionCode }: SeenRequest) => unit === 1 && functionCode > 4;

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`what is switched off on the second module of a line by ${framing}`, () => {
    let test: TestField;
    beforeEach(async () => {
      test = await TestField.start(framing, [
        { id: 'out1', unit: 1, profile: many },
        { id: 'ssr2', unit: 2, profile: fanOnly },
      ]);
    });
    afterEach(async () => {
      await test.stop();
    });

    /** Everything reads as commanded. */
    async function settled(value: number, runs: boolean): Promise<void> {
      test.command({ ...all(value), 'ssr2.fan': runs });
      await until('settled', () =>
        [...addresses.map((address) => [`out1.r${address}`, value]), ['ssr2.fan', runs]].every(
          ([signal, wanted]) => test.last(String(signal))?.value === wanted,
        ),
      );
    }

    async function requestsBeforeOff(from: number): Promise<number> {
      await until('off', () => test.slave.seen.slice(from).some(isOff));
      return test.slave.seen.slice(from).findIndex(isOff);
    }

    it('waits for one request at most when it is commanded with many changes of the first', async () => {
      for (let value = 1; value <= 5; value++) {
        await settled(value, true);
        const from = test.slave.seen.length;
        test.command({ ...all(value + 100), 'ssr2.fan': false });
        const before = await requestsBeforeOff(from);
        assert.ok(before <= 1, `${before} requests before it`);
        await until('the rest', () => addresses.every((n) => test.slave.unit(1).holding.get(n) === value + 100));
      }
    });

    it('waits for one request at most when it is commanded while many changes of the first are written', async () => {
      for (let value = 1; value <= 5; value++) {
        await settled(value, true);
        const begun = test.slave.seen.length;
        test.slave.react = (request) => ({ kind: 'answer', afterMs: isWriteToFirst(request) ? 8 : 0 });
        test.command({ ...all(value + 100), 'ssr2.fan': true });
        await until('some written', () => test.slave.seen.slice(begun).filter(isWriteToFirst).length >= value);
        const from = test.slave.seen.length;
        test.command({ ...all(value + 100), 'ssr2.fan': false });
        const before = await requestsBeforeOff(from);
        assert.ok(before <= 1, `${before} requests before it`);
        await until('the rest', () => addresses.every((n) => test.slave.unit(1).holding.get(n) === value + 100));
        assert.ok(test.slave.seen.slice(from + before).some(isWriteToFirst), 'there was something to wait for');
      }
    });
  });
}
