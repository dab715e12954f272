import assert from 'node:assert/strict';
import { FieldModule } from '../../../drivers/module/field-module.ts';
import { probePeriodMs } from '../../../drivers/module/probing.ts';
import { RateLimitedLog } from '../../../drivers/rate-limited-log.ts';
import { thermocouples } from '../test-field.ts';

describe('a module that does not answer', () => {
  let nowMs = 1_000;
  const clock = { monotonicMs: () => nowMs, wallMs: () => nowMs };
  const log = new RateLimitedLog({ info: () => {}, warn: () => {} }, clock);
  const bindings = [{ signal: 'ai1.t0', module: 'ai1', channel: 't0', direction: 'input' as const }];

  it('is asked once in a probe period from then on, however often it is polled otherwise', () => {
    const module = new FieldModule(
      {
        id: 'ai1',
        line: 'line0',
        unit: 1,
        simulated: true,
        pollPeriodMs: 50,
        watchdogMs: null,
        profile: thermocouples,
      },
      bindings,
      { requestMs: 5, registerMs: 1 },
      clock,
      log,
      () => {},
    );
    module.connected();
    for (let n = 0; n < 3; n++) {
      const askedMs = nowMs;
      nowMs += 20;
      module.silent(askedMs, 0);
    }
    assert.equal(module.standing, 'demoted');
    assert.equal(module.dueMs, nowMs + probePeriodMs);
    for (let probe = 0; probe < 5; probe++) {
      nowMs = module.dueMs;
      const askedMs = nowMs;
      module.probed(false);
      nowMs += 20;
      module.silent(askedMs, 0);
      assert.equal(module.dueMs, askedMs + probePeriodMs, `after probe ${probe}`);
    }
  });
});
