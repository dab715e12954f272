import assert from 'node:assert/strict';
import { type Framing, type SeenRequest } from '../misbehaving-slave.ts';
import { heaters, TestField, until } from '../test-field.ts';

const { watchdog } = heaters;
assert.ok(watchdog !== null && watchdog.safeState !== null);
const watchdogAddresses = [watchdog.safeState.address, watchdog.address];
const isOfWatchdog = ({ functionCode, address }: SeenRequest) =>
  (functionCode === 3 || functionCode === 6) && watchdogAddresses.includes(address);
const isProof = (request: SeenRequest) => request.functionCode === 3 && isOfWatchdog(request);
const isOutput = (request: SeenRequest) => request.functionCode > 4 && !isOfWatchdog(request);
const isSwitchingOn = (request: SeenRequest) =>
  isOutput(request) &&
  (request.functionCode === 15 || request.functionCode === 16 ? request.values : [request.argument]).some(Boolean);

for (const framing of ['tcp', 'rtu-over-tcp'] satisfies Framing[]) {
  describe(`a module by ${framing} that comes into reach`, () => {
    let test: TestField;
    afterEach(async () => {
      await test.stop();
    });

    const on = {
      'ssr1.duty0': 50,
      'ssr1.duty1': 0,
      'ssr1.total': 0,
      'ssr1.fan': false,
      'ssr1.pump': false,
      'ssr1.contactor': false,
    };
    const isOn = (percent = 50) => test.slave.unit(1).holding.get(0) === 10 * percent;

    /** What was asked until the first output went on, from the given request on. */
    function beforeOn(from: number): SeenRequest[] {
      const seen = test.slave.seen.slice(from);
      return seen.slice(0, seen.findIndex(isSwitchingOn));
    }

    it('has no output on before its watchdog is set and read back', async () => {
      test = await TestField.start(framing, [{ id: 'ssr1', unit: 1, profile: heaters, watchdogMs: 1_000 }]);
      test.command(on);
      await until('on', () => isOn());
      assert.equal(beforeOn(0).filter(isProof).length, watchdogAddresses.length);
    });

    it('has none on before that either when a probe found it again, or the line was cut', async () => {
      test = await TestField.start(framing, [
        { id: 'ssr1', unit: 1, profile: heaters, watchdogMs: 1_000 },
        { id: 'ssr2', unit: 2, profile: heaters, watchdogMs: 1_000 },
      ]);
      test.command(on);
      await until('on', () => isOn());
      for (const loss of ['silence', 'cut']) {
        if (loss === 'silence') test.slave.react = ({ unit }) => ({ kind: unit === 1 ? 'silence' : 'answer' });
        else test.slave.cut();
        await until('lost', () => !test.module('ssr1').verified && (loss === 'cut' || test.module('ssr1').demoted));
        test.slave.unit(1).holding.set(0, 0);
        const percent = loss === 'silence' ? 60 : 70;
        test.command({ ...on, 'ssr1.duty0': percent });
        const from = test.slave.seen.length;
        test.slave.react = () => ({ kind: 'answer' });
        await until('on again', () => isOn(percent));
        const proofs = beforeOn(from).filter((request) => request.unit === 1 && isProof(request));
        assert.equal(proofs.length, watchdogAddresses.length, loss);
      }
    });

    it('is switched off all the same while its watchdog is being set', async () => {
      test = await TestField.start(framing, [{ id: 'ssr1', unit: 1, profile: heaters, watchdogMs: 1_000 }]);
      test.slave.unit(1).holding.set(1, 300);
      test.command(on);
      await until('on', () => isOn());
      const seen = test.slave.seen;
      const off = seen.findIndex((request) => isOutput(request) && !isSwitchingOn(request));
      assert.ok(off >= 0 && off < seen.findLastIndex(isProof), 'off waited for the watchdog');
    });

    it('has its outputs on although it refuses its watchdog', async () => {
      test = await TestField.start(framing, [{ id: 'ssr1', unit: 1, profile: heaters, watchdogMs: 1_000 }]);
      test.slave.react = (request) => (isOfWatchdog(request) ? { kind: 'exception', code: 2 } : { kind: 'answer' });
      test.command(on);
      await until('on', () => isOn());
    });
  });
}
