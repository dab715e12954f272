import assert from 'node:assert/strict';

import { drop, set, tellsExactly } from './cases.ts';
import { configurationAfter } from './factory.ts';

describe('the check of shifts', () => {
  tellsExactly([
    [
      'a time zone that nobody knows',
      [set(['shifts', 'timeZone'], 'Europe/Linz')],
      'shifts.timeZone',
      /no known time zone; write its IANA name/,
    ],
    [
      'a time that is none',
      [set(['shifts', 'shifts', 0, 'from'], '6 o’clock')],
      'shifts.shifts[0].from',
      /hours and minutes, such as 06:00/,
    ],
    [
      'shifts that overlap',
      [set(['shifts', 'shifts', 0, 'to'], '14:30')],
      'shifts.shifts[1]',
      /\(late, 14:00 to 22:00\) overlaps early/,
    ],
    [
      'shifts that overlap over midnight',
      [set(['shifts', 'shifts', 2, 'to'], '06:01')],
      'shifts.shifts[2]',
      /\(night, 22:00 to 06:01\) overlaps early/,
    ],
    [
      'two shifts of one name',
      [set(['shifts', 'shifts', 1, 'name'], 'early')],
      'shifts.shifts[1].name',
      /as another shift's/,
    ],
    [
      'a shift without a length',
      [set(['shifts', 'shifts', 0, 'to'], '06:00')],
      'shifts.shifts[0].to',
      /the same as from/,
    ],
    [
      'a holiday that is no date',
      [set(['shifts', 'holidays'], ['2026-02-30'])],
      'shifts.holidays[0]',
      /a date, such as 2026-12-25/,
    ],
  ]);

  it('lets hours go without a shift', () => {
    const { shifts } = configurationAfter(
      set(['shifts', 'shifts'], [{ name: 'day', from: '06:00', to: '14:00', production: true }]),
    );
    assert.deepEqual(
      shifts.shifts.map(({ name }) => name),
      ['day'],
    );
  });

  it('has the usual three shifts when none are declared', () => {
    const { shifts } = configurationAfter(drop(['shifts']));
    assert.equal(shifts.timeZone, 'UTC');
    assert.deepEqual(
      shifts.shifts.map(({ name }) => name),
      ['early', 'late', 'night'],
    );
  });
});
