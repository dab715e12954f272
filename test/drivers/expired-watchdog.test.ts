import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ProfileDeclaration } from '../../drivers/declaration.ts';
import type { Framing } from './misbehaving-slave.ts';
import { drive, TestField, until } from './test-field.ts';

const [control, time, status, release] = [0, 10, 11, 12];
const [active, expired] = [1, 2];

/** A drive whose watchdog says that it has expired, until that is taken back. */
const latching: ProfileDeclaration = {
  ...drive,
  id: 'latching',
  watchdog: {
    address: time,
    safeState: null,
    prepare: [{ area: 'holding', address: release, value: 0x55 }],
    status: { area: 'holding', address: status, mask: 0xffff, active },
  },
};
/** Long enough for it to be set up, and to be started again by mistake. */
const observedMs = 1_500;

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`a drive by ${framing} whose watchdog stops it without clearing its run bit`, () => {
    let test: TestField;
    /** How often it began to run. */
    let starts = 0;
    let runs = false;
    const held = (address: number) => test.slave.unit(1).holding.get(address) ?? 0;

    /** It runs by its run bit, unless its watchdog has expired. */
    function look(): void {
      const isRunning = (held(control) & 1) === 1 && held(status) !== expired;
      if (isRunning && !runs) starts++;
      runs = isRunning;
    }

    beforeEach(async () => {
      [starts, runs] = [0, false];
      test = await TestField.start(framing, [{ id: 'drive1', unit: 1, profile: latching, watchdogMs: 1_000 }]);
      const { holding } = test.slave.unit(1);
      holding.set(status, 0).set(release, 0);
      test.slave.prepare = ({ functionCode, address }) => {
        look();
        if (functionCode === 6 && address === release) holding.set(status, 0);
        if (functionCode === 6 && address === time && held(status) === 0) holding.set(status, active);
        look();
      };
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until('verified', () => test.module('drive1').verified);
      test.command({ 'drive1.command': 100, 'drive1.reset': false });
      await until('running', () => test.last('drive1.command')?.value === 100);
      look();
      assert.equal(starts, 1);
    });
    afterEach(async () => {
      await test.stop();
    });

    async function mustStandUntilStarted(): Promise<void> {
      await until('set up anew', () => test.module('drive1').verified && held(status) === active);
      await sleep(observedMs);
      look();
      assert.equal(starts, 1, 'it ran again unasked');
      assert.equal(runs, false);
      assert.equal(test.module('drive1').mismatches[0]?.signal, 'drive1.command');
      test.command({ 'drive1.command': 0, 'drive1.reset': false });
      await until('stopped as commanded', () => test.module('drive1').mismatches.length === 0);
      test.command({ 'drive1.command': 60, 'drive1.reset': false });
      await until('running', () => test.last('drive1.command')?.value === 60);
      look();
      assert.equal(starts, 2);
    }

    it('stands until it is told to stop and then to start, where the expiry is found', async () => {
      test.slave.unit(1).holding.set(status, expired);
      // a reply that is missing is reason enough to look
      let isMissing = true;
      test.slave.react = () => {
        const reaction = { kind: isMissing ? ('silence' as const) : ('answer' as const) };
        isMissing = false;
        return reaction;
      };
      await until('noticed', () => test.log.some(({ message }) => message.includes('lost its watchdog')));
      await mustStandUntilStarted();
    });

    it('stands as long where it comes back after a silence', async () => {
      test.slave.react = () => ({ kind: 'silence' });
      await until('demoted', () => test.module('drive1').demoted || !test.module('drive1').verified);
      test.slave.unit(1).holding.set(status, expired);
      await sleep(1_000);
      test.slave.react = () => ({ kind: 'answer' });
      await mustStandUntilStarted();
    });

    it('stands as long where its word to stop gets no reply at first, or is not done', async () => {
      test.slave.unit(1).holding.set(status, expired);
      const faults = ['silence', 'silence', 'ignore-write', 'ignore-write'] as const;
      let missed = 0;
      let isFirst = true;
      test.slave.react = ({ functionCode, address }) => {
        if (isFirst) {
          isFirst = false;
          return { kind: 'silence' };
        }
        if (functionCode !== 6 || address !== control) return { kind: 'answer' };
        return { kind: faults[missed++] ?? 'answer' };
      };
      await mustStandUntilStarted();
      assert.ok(missed > faults.length);
    });

    it('runs on where the line was cut before it expired', async () => {
      test.slave.cut();
      await until('unverified', () => !test.module('drive1').verified);
      await until('verified', () => test.module('drive1').verified);
      await test.polls('drive1');
      look();
      assert.deepEqual([starts, runs], [1, true]);
      assert.equal(test.last('drive1.command')?.value, 100);
    });
  });
}
