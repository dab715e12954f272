import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Framing } from './misbehaving-slave.ts';
import { heaters, scattered, TestField, thermocouples, until } from './test-field.ts';
import { timeoutMs } from './wire/lines.ts';

const ai1 = { id: 'ai1', unit: 1, profile: thermocouples };

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`reading by ${framing}`, () => {
    let test: TestField;
    afterEach(async () => {
      await test.stop();
    });

    it('delivers values in the unit of the signal, with the time at which the reply arrived', async () => {
      test = await TestField.start(framing, [ai1, { id: 'ssr2', unit: 2, profile: heaters }]);
      test.slave.unit(1).input.set(0, 1935);
      test.slave.unit(1).input.set(1, 0x10000 - 55);
      test.slave.unit(2).input.set(0, 0x43fa);
      test.slave.unit(2).input.set(1, 0x0000);
      await until('readings', () => test.last('ai1.t0')?.value === 193.5 && test.last('ssr2.power')?.value === 0.5);
      assert.equal(test.last('ai1.t1')?.value, -5.5);
      const reading = test.last('ai1.t0');
      assert.ok(reading !== undefined);
      assert.equal(reading.quality, 'Good');
      assert.ok(Math.abs(reading.wallMs - reading.atMs - (Date.now() - performance.now())) < 50);
      assert.ok(performance.now() - reading.atMs < 1_000);
    });

    it('gives a code of the module as quality, without a value', async () => {
      test = await TestField.start(framing, [ai1]);
      test.slave.unit(1).input.set(0, 32_767);
      test.slave.unit(1).input.set(1, 200);
      await until('readings', () => test.last('ai1.t1')?.value === 20);
      assert.deepEqual([test.last('ai1.t0')?.value, test.last('ai1.t0')?.quality], [null, 'BadSensorFailure']);
    });

    it('gives a float that is no number as a failed sensor', async () => {
      test = await TestField.start(framing, [{ id: 'ssr1', unit: 1, profile: heaters }]);
      test.slave.unit(1).input.set(0, 0x7fc0);
      await until('a reading', () => test.last('ssr1.power')?.quality === 'BadSensorFailure');
      assert.equal(test.last('ssr1.power')?.value, null);
    });

    it('condemns the channels of a status bit in the same poll, and the one after it is gone', async () => {
      test = await TestField.start(framing, [ai1]);
      const memory = test.slave.unit(1);
      memory.input.set(0, 200);
      await until('a good reading', () => test.last('ai1.t0')?.quality === 'Good');
      // The values are false exactly while the bit is set.
      let polls = 0;
      test.slave.prepare = ({ address, argument }) => {
        if (address !== 0 || argument !== 4) return;
        polls++;
        const isFaulty = polls % 3 === 0;
        memory.input.set(0, isFaulty ? 9_999 : 200);
        memory.input.set(8, isFaulty ? 1 : 0);
      };
      await until('many polls', () => polls > 20);
      const values = test.of('ai1.t0');
      assert.ok(values.some((reading) => reading.quality === 'BadSensorFailure'));
      for (const { value, quality } of values) {
        assert.ok(quality === 'Good' ? value === 200 / 10 || value === 0 : value === null, `${value} ${quality}`);
      }
    });

    it('delivers no reading at all while the module is silent, and is back by itself', async () => {
      test = await TestField.start(framing, [ai1]);
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      test.slave.react = () => ({ kind: 'silence' });
      await until('a time-out', () => test.statistics('ai1').timeouts > 0);
      const count = test.readings.length;
      const { lastAnswerAtMs } = test.module('ai1');
      await until('more time-outs', () => test.statistics('ai1').timeouts > 2);
      assert.equal(test.readings.length, count);
      assert.equal(test.module('ai1').lastAnswerAtMs, lastAnswerAtMs);
      await until('demotion', () => test.module('ai1').demoted);
      test.slave.react = () => ({ kind: 'answer' });
      const startedMs = performance.now();
      await until('a reading', () => test.readings.length > count);
      assert.ok(performance.now() - startedMs < 2_500, `back after ${performance.now() - startedMs} ms`);
      assert.equal(test.module('ai1').demoted, false);
    });

    it('turns a refused register bad by itself, and it alone', async () => {
      test = await TestField.start(framing, [ai1]);
      const memory = test.slave.unit(1);
      for (const address of [0, 1, 2, 3]) memory.input.set(address, 100 + address);
      memory.input.delete(2);
      await until('the verdict', () => test.last('ai1.t2')?.quality === 'BadConfigurationError');
      await until('the neighbours', () => test.last('ai1.t3')?.value === 10.3);
      assert.equal(test.last('ai1.t2')?.value, null);
      assert.deepEqual([test.last('ai1.t0')?.value, test.last('ai1.t1')?.value], [10, 10.1]);
      const { exceptions } = test.statistics('ai1');
      await test.polls('ai1', 5);
      // Bisected once: from then on only the single register is tried, about once a second.
      assert.ok(test.statistics('ai1').exceptions - exceptions <= 1);
      assert.equal(test.log.filter(({ message }) => message.includes('refuses FC04 input 2')).length, 1);
      assert.equal(test.module('ai1').demoted, false);

      memory.input.set(2, 102);
      await until('the register is back', () => test.last('ai1.t2')?.quality === 'Good');
      assert.equal(test.last('ai1.t2')?.value, 10.2);
    });

    it('keeps asking a module that refuses everything, and takes all its values up again', async () => {
      test = await TestField.start(framing, [ai1]);
      test.slave.unit(1).input.set(0, 200);
      await until('a reading', () => test.last('ai1.t0')?.value === 20);
      test.slave.react = () => ({ kind: 'exception', code: 4 });
      await until('device failure', () =>
        ['t0', 't1', 't2', 't3'].every((id) => test.last(`ai1.${id}`)?.quality === 'BadDeviceFailure'),
      );
      const asked = test.slave.seen.length;
      await sleep(300);
      assert.ok(test.slave.seen.length - asked >= 3, 'its watchdog is fed');
      test.slave.react = () => ({ kind: 'answer' });
      await until(
        'good again',
        () => ['t0', 't1', 't2', 't3'].every((id) => test.last(`ai1.${id}`)?.quality === 'Good'),
        2_000,
      );
    });

    it('hears a module that refuses everything after it was silent', async () => {
      test = await TestField.start(framing, [ai1]);
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      test.slave.react = () => ({ kind: 'silence' });
      await until('a time-out', () => test.statistics('ai1').timeouts > 0);
      test.slave.react = () => ({ kind: 'exception', code: 2 });
      await until('the verdict', () => test.last('ai1.t0')?.quality === 'BadConfigurationError', 2_000);
      assert.equal(test.module('ai1').demoted, false);
    });

    it('brings no reading of a busy module, and does not count it as lost', async () => {
      test = await TestField.start(framing, [ai1]);
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      test.slave.react = () => ({ kind: 'exception', code: 6 });
      await until('exceptions', () => test.statistics('ai1').exceptions > 5);
      const count = test.readings.length;
      await until('more exceptions', () => test.statistics('ai1').exceptions > 10);
      assert.equal(test.readings.length, count);
      assert.equal(test.module('ai1').demoted, false);
      assert.ok(performance.now() - (test.module('ai1').lastAnswerAtMs ?? 0) < 500);
    });

    it('takes the exception of a gateway for the silence of the unit behind it', async () => {
      test = await TestField.start(framing, [ai1, { id: 'ai2', unit: 2, profile: thermocouples }]);
      await until('a reading', () => test.last('ai1.t0') !== undefined);
      test.slave.react = ({ unit }) => (unit === 1 ? { kind: 'exception', code: 0x0b } : { kind: 'answer' });
      await until('demotion', () => test.module('ai1').demoted);
      const { lastAnswerAtMs } = test.module('ai1');
      await test.polls('ai2');
      assert.equal(test.module('ai1').lastAnswerAtMs, lastAnswerAtMs);
      assert.equal(test.module('ai2').demoted, false);
      assert.equal(test.slave.connections, 1);
    });

    it('never delivers a late reply as the value of another register, nor as a newer value', async () => {
      test = await TestField.start(framing, [
        { id: 'm1', unit: 1, profile: scattered },
        { id: 'm2', unit: 2, profile: scattered },
      ]);
      // Every answer carries a number of its own, so that a reading tells which request it came from.
      const answers = new Map<number, { signal: string; atMs: number }>();
      let number = 0;
      test.slave.prepare = ({ unit, address, argument, atMs }) => {
        for (let n = 0; n < argument; n++) {
          answers.set(++number, { signal: `m${unit}.r${address + n}`, atMs });
          test.slave.unit(unit).input.set(address + n, number);
        }
      };
      let requests = 0;
      const delays = [0.3, 1.2, 0, 1.6, 0, 0, 2.4, 0, 0.6, 1.05, 1.05, 1.05, 0, 0];
      test.slave.react = () => {
        const share = delays[requests++ % delays.length] ?? 0;
        return requests % 5 === 0 ? { kind: 'answer', afterMs: share * timeoutMs } : { kind: 'answer' };
      };
      await until(
        'many late replies',
        () => test.statistics('m1').lateFrames + test.statistics('m2').lateFrames > 8,
        9_000,
      );
      const good = test.readings.filter((reading) => reading.quality === 'Good');
      assert.ok(good.length > 20);
      for (const { signal, value, atMs } of good) {
        const origin = answers.get(Number(value));
        assert.equal(origin?.signal, signal);
        assert.ok(atMs - origin.atMs < timeoutMs + 60, `${signal} is ${atMs - origin.atMs} ms old`);
      }
    }).timeout(12_000);

    it('survives a steadily slow module without ever showing what it said too late', async () => {
      test = await TestField.start(framing, [{ id: 'm1', unit: 1, profile: scattered }]);
      const asked = new Map<number, { address: number; atMs: number }>();
      let number = 0;
      test.slave.prepare = ({ address, argument, atMs }) => {
        for (let n = 0; n < argument; n++) {
          asked.set(++number, { address: address + n, atMs });
          test.slave.unit(1).input.set(address + n, number);
        }
      };
      test.slave.react = () => ({ kind: 'answer', afterMs: test.slave.seen.length === 1 ? timeoutMs + 50 : 60 });
      await until('readings', () => test.readings.length > 20, 8_000);
      for (const { signal, value, atMs } of test.readings) {
        const origin = asked.get(Number(value));
        assert.equal(`m1.r${origin?.address}`, signal);
        assert.ok(atMs - (origin?.atMs ?? 0) < timeoutMs + 60);
      }
    }).timeout(12_000);
  });
}
