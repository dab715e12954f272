import assert from 'node:assert/strict';
import { alignHistory, gapMs, recentSpanMs, RecentTable } from '../../web/src/live/recent-table.ts';

const row = (value: number | null): ReadonlyMap<string, number | null> => new Map([['t', value]]);

describe('the recent past that the page draws', () => {
  it('keeps half an hour and no more', () => {
    const table = new RecentTable();
    for (let atMs = 0; atMs <= 2 * recentSpanMs; atMs += 60_000) table.add(atMs, row(1));
    const { timesMs } = table.columns(['t'], 0);
    assert.equal(timesMs[0], recentSpanMs);
    assert.equal(timesMs.at(-1), 2 * recentSpanMs);
  });

  it('draws no line over a time that nobody knows', () => {
    const table = new RecentTable();
    table.add(0, row(20));
    table.add(1_000, row(null));
    table.add(2_000, row(21));
    table.add(2_000 + gapMs + 1, row(22));
    assert.deepEqual(table.columns(['t'], 0).values, [[20, null, 21, null, 22]]);
  });

  it('puts history where it has nothing of its own', () => {
    const table = new RecentTable();
    table.add(100_000, row(50));
    const past = [70_000, 80_000, 99_000].map((atMs) => ({ atMs, values: row(40) }));
    table.fill(past);
    assert.deepEqual(table.columns(['t'], 0).timesMs, [70_000, 80_000, 100_000]);
  });

  it('forgets rows of a time to come when the server’s clock was set back', () => {
    const table = new RecentTable();
    table.add(10_000, row(1));
    table.add(20_000, row(2));
    table.add(12_000, row(3));
    assert.deepEqual(table.columns(['t'], 0).timesMs, [10_000, 12_000]);
  });

  it('tells the rate over the last minute, and none over a gap or too short a time', () => {
    const table = new RecentTable();
    table.add(0, row(100));
    assert.equal(table.ratePerMinute('t', 0), null);
    table.add(30_000, row(102));
    assert.equal(table.ratePerMinute('t', 30_000), 4);
    table.add(60_000, row(null));
    assert.equal(table.ratePerMinute('t', 60_000), null);
  });

  it('brings series with points at different times onto one row of times', () => {
    const series = new Map([
      [
        'dense',
        [
          [0, 1],
          [10_000, 2],
          [20_000, null],
          [30_000, 4],
        ] as const,
      ],
      ['sparse', [[5_000, 200]] as const],
    ]);
    const rows = alignHistory(series, 0, 40_000, 10_000);
    assert.deepEqual(
      rows.map(({ values }) => values.get('dense')),
      [1, 2, null, 4, 4],
    );
    assert.deepEqual(
      rows.map(({ values }) => values.get('sparse')),
      [null, 200, 200, 200, null],
    );
  });
});
