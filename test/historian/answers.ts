import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Quality } from '../../machine/quality.ts';
import type { Aggregate, HistoryPoint, HistoryQuery } from '../../operations/ports/history.ts';
import type { Remembered } from './straightforward.ts';

export const aggregates: readonly Aggregate[] = [
  'average',
  'minimum',
  'maximum',
  'count',
  'timeAverage',
  'interpolative',
  'start',
  'end',
];

/** The begin of a minute an hour ago: well within any retention. */
export const t = Math.floor(Date.now() / 60_000) * 60_000 - 3_600_000;

const quality = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Quality>('Good') },
  { weight: 1, arbitrary: fc.constantFrom<Quality>('BadSensorFailure', 'BadCommunicationError') },
  { weight: 1, arbitrary: fc.constant<Quality>('UncertainLastUsableValue') },
);

/**
 * Samples in no order, at full hundredths of a second over four minutes with gaps, some at the same ms; as history keeps them, that is without a value
 * where they are Bad.
 */
export function samples<T extends number | boolean>(value: fc.Arbitrary<T>): fc.Arbitrary<readonly Remembered[]> {
  const time = fc
    .oneof(fc.integer({ min: 0, max: 6_000 }), fc.integer({ min: 10_000, max: 24_000 }))
    .map((tens) => t + tens * 10);
  return fc
    .array(fc.record({ atMs: time, value, quality }), { maxLength: 80 })
    .map((all) => all.map((one) => (one.quality.startsWith('Bad') ? { ...one, value: null } : one)));
}

export const range = fc
  .record({
    from: fc.integer({ min: -2_000, max: 20_000 }),
    length: fc.integer({ min: 1, max: 25_000 }),
    intervalMs: fc.constantFrom(1_000, 7_330, 30_000, 60_000, 120_000),
    limit: fc.constantFrom(3, 1_000),
  })
  .map(({ from, length, intervalMs, limit }) => {
    const fromMs = t + from * 10;
    return { fromMs, toMs: fromMs + length * 10, intervalMs, limit };
  });

/** Sums may differ in the last digits, since they are added up in another order. */
export function assertSame(
  actual: readonly HistoryPoint[],
  expected: readonly HistoryPoint[],
  query: HistoryQuery,
): void {
  const what = JSON.stringify(query);
  assert.equal(actual.length, expected.length, what);
  for (const [i, [atMs, value, quality]] of expected.entries()) {
    const [actualAtMs, actualValue, actualQuality] = actual[i]!;
    assert.equal(actualAtMs, atMs, what);
    if (typeof value === 'number' && typeof actualValue === 'number') {
      const tolerance = 1e-9 * Math.max(1, Math.abs(value));
      assert.ok(Math.abs(actualValue - value) <= tolerance, `${actualValue} for ${value} at ${i} of ${what}`);
    } else {
      assert.equal(actualValue, value, `at ${i} of ${what}`);
    }
    assert.equal(actualQuality, quality, `at ${i} of ${what}`);
  }
}
