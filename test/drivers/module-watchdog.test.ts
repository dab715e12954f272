import assert from 'node:assert/strict';
import type { WatchdogDeclaration } from '../../drivers/declaration.ts';
import { isWatchdog, off, ssr1 } from './heater-module.ts';
import type { Framing } from './misbehaving-slave.ts';
import { heaters, powerUp, TestField, until } from './test-field.ts';

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`protecting a module by ${framing}`, () => {
    let test: TestField;
    afterEach(async () => {
      await test.stop();
    });

    it('sets the watchdog and its safe state, reads them back, and is verified only then', async () => {
      test = await TestField.start(framing, [ssr1]);
      assert.equal(test.module('ssr1').verified, false);
      await until('verified', () => test.module('ssr1').verified);
      const { holding } = test.slave.unit(1);
      assert.deepEqual([holding.get(100), holding.get(101)], [2_000, 3]);
      const checks = test.slave.seen.filter((request) => request.functionCode === 3 && isWatchdog(request));
      assert.deepEqual(
        checks.map(({ address }) => address),
        [101, 100],
      );
    });

    it('is not verified by a module that does not keep its watchdog time', async () => {
      test = await TestField.start(framing, [ssr1], {});
      test.slave.react = (request) =>
        request.functionCode === 6 && request.address === 100 ? { kind: 'ignore-write' } : { kind: 'answer' };
      await test.polls('ssr1', 5);
      assert.equal(test.module('ssr1').verified, false);
      assert.ok(test.log.some(({ message }) => message.includes('not protected')));
    });

    it('triggers a watchdog that wants to be triggered, and sets it up anew when it expired', async () => {
      const watchdog: WatchdogDeclaration = {
        address: 100,
        msPerCount: 100,
        safeState: null,
        feed: { area: 'holding', address: 102, values: [1, 2] },
        status: { area: 'holding', address: 103, mask: 3, active: 1 },
      };
      test = await TestField.start(framing, [{ ...ssr1, profile: { ...heaters, watchdog }, watchdogMs: 600 }]);
      const { holding } = test.slave.unit(1);
      for (const address of [102, 103]) holding.set(address, 0);
      test.slave.prepare = ({ address, functionCode }) => {
        if (functionCode === 6 && address === 102) holding.set(103, 1);
      };
      const feeds = () => test.slave.writes(1).filter(({ address }) => address === 102);
      test.command({ ...off, 'ssr1.duty0': 40 });
      await until('verified', () => test.module('ssr1').verified);
      assert.equal(holding.get(100), 6);
      await until('ten feeds', () => feeds().length >= 10);
      const gaps = feeds().map(({ atMs }, n) => atMs - (feeds()[n - 1]?.atMs ?? atMs));
      assert.ok(Math.max(...gaps) < 600, gaps.join(', '));
      assert.ok(feeds().every(({ argument }, n) => argument === 1 + (n % 2)));

      // it expired: the module has made its outputs safe
      holding.set(103, 2).set(0, 0);
      test.slave.prepare = () => {};
      await until('unverified', () => !test.module('ssr1').verified);
      assert.ok(test.log.some(({ message }) => message.includes('lost its watchdog')));
      holding.set(103, 1);
      await until('verified', () => test.module('ssr1').verified && holding.get(0) === 400);
    });

    it('sets a module up anew that restarted behind an open line', async () => {
      test = await TestField.start(framing, [ssr1]);
      test.command({ ...off, 'ssr1.duty0': 40, 'ssr1.fan': true });
      await until('verified', () => test.module('ssr1').verified && test.last('ssr1.duty0')?.value === 40);
      powerUp(test.slave.unit(1), heaters);
      await until('the watchdog is set again', () => test.slave.unit(1).holding.get(100) === 2_000, 3_000);
      await until('the outputs are written again', () => test.slave.unit(1).holding.get(0) === 400);
      await until('the coil, too', () => test.slave.unit(1).coil.get(0) === 1);
      await until('verified', () => test.module('ssr1').verified && test.module('ssr1').mismatches.length === 0);
    });

    it('is unverified as soon as the module is silent', async () => {
      test = await TestField.start(framing, [{ ...ssr1, watchdogMs: 400 }]);
      await until('verified', () => test.module('ssr1').verified);
      test.slave.react = () => ({ kind: 'silence' });
      await until('unverified', () => !test.module('ssr1').verified, 1_000);
    });
  });
}
