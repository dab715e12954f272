import assert from 'node:assert/strict';
import fc from 'fast-check';
import { qualityCodes } from '../../machine/quality.ts';
import { ageOf, type Reading, standing, streamDelayMs } from '../../web/src/live/freshness.ts';

const nowMs = 1_800_000_000_000;
const reading = (change: Partial<Reading> = {}): Reading => ({
  value: 200,
  quality: 'Good',
  sourceTimeMs: nowMs - 500,
  simulated: false,
  ...change,
});
const here = { plantNowMs: nowMs, freshnessMs: 1_000, connected: true };

const anyReading = fc.record({
  value: fc.oneof(fc.double(), fc.boolean(), fc.string(), fc.constant(null)),
  quality: fc.oneof(fc.constantFrom(...Object.keys(qualityCodes)), fc.string()),
  sourceTimeMs: fc.option(fc.integer({ min: nowMs - 100_000, max: nowMs + 1_000 })),
  simulated: fc.boolean(),
});

describe('how far a value on the page may be believed', () => {
  it('is current while it is good, fresh and connected', () => {
    assert.equal(standing(reading(), here), 'current');
  });

  it('is old once its age is beyond the limit and the time that the stream may hold it back', () => {
    const limitMs = here.freshnessMs + streamDelayMs;
    assert.equal(standing(reading({ sourceTimeMs: nowMs - limitMs }), here), 'current');
    assert.equal(standing(reading({ sourceTimeMs: nowMs - limitMs - 1 }), here), 'old');
  });

  it('does not age as a setting, however long ago it was made', () => {
    const setting = reading({ sourceTimeMs: nowMs - 30 * 86_400_000 });
    assert.equal(standing(setting, { ...here, freshnessMs: null }), 'current');
  });

  it('is bad by the server’s word, whatever its age', () => {
    assert.equal(standing(reading({ quality: 'BadSensorFailure' }), here), 'bad');
    assert.equal(standing(reading({ quality: 'SomethingNew' }), here), 'bad');
    assert.equal(standing(reading({ quality: 'UncertainLastUsableValue' }), here), 'uncertain');
  });

  it('is none where there never was a value', () => {
    assert.equal(standing(undefined, here), 'none');
    assert.equal(standing(reading({ value: null }), here), 'none');
  });

  it('is never current without a connection, without a value or with a quality that is not good', () => {
    fc.assert(
      fc.property(anyReading, fc.option(fc.nat(10_000)), fc.boolean(), (sample, freshnessMs, connected) => {
        const judged = standing(sample, { plantNowMs: nowMs, freshnessMs, connected });
        const mayBeCurrent = connected && sample.value !== null && sample.quality.startsWith('Good');
        assert.ok(judged !== 'current' || mayBeCurrent);
      }),
    );
  });

  it('only gets worse as time goes by', () => {
    fc.assert(
      fc.property(anyReading, fc.nat(100_000), (sample, laterMs) => {
        const now = standing(sample, here);
        const later = standing(sample, { ...here, plantNowMs: nowMs + laterMs });
        assert.ok(now === 'current' || now === later);
      }),
    );
  });

  it('has an age that is never negative', () => {
    assert.equal(ageOf(reading({ sourceTimeMs: nowMs + 40 }), nowMs), 0);
    assert.equal(ageOf(reading({ sourceTimeMs: null }), nowMs), null);
  });
});
