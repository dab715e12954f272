import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { scattered, TestField, until } from '../test-field.ts';
import { timeoutMs } from '../wire/lines.ts';

/** A module that knows one function, keeps still to all others, and answers after the time-out for a while. */
describe('a module of a serial line that is slow and ignores what it does not know', () => {
  let test: TestField;
  afterEach(async () => {
    await test.stop();
  });

  it('has no reply of one register taken for another’s, and is back when it is quick again', async () => {
    test = await TestField.start('rtu-over-tcp', [{ id: 'io1', unit: 1, profile: scattered }]);
    for (const address of [0, 10, 20, 30]) test.slave.unit(1).input.set(address, 1_000 + address);
    await until('readings', () => test.last('io1.r30')?.value === 1_030);
    for (let round = 0; round < 3; round++) {
      const afterMs = (2.5 + round) * timeoutMs;
      test.slave.react = ({ functionCode }) => (functionCode === 4 ? { kind: 'answer', afterMs } : { kind: 'silence' });
      await until('demotion', () => test.module('io1').demoted);
      await sleep(1_000);
      test.slave.react = ({ functionCode }) => (functionCode === 4 ? { kind: 'answer' } : { kind: 'silence' });
      await until('it is back', () => !test.module('io1').demoted, 12_000);
    }
    for (const { signal, value, quality } of test.readings) {
      if (quality === 'Good' && value !== 0) assert.equal(value, 1_000 + Number(signal.slice('io1.r'.length)), signal);
    }
  });
});
