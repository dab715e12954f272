import { z } from 'zod';

import { choice, text, whole, yesNo } from './quantity.ts';

const target = (value: number, unit: string, direction: 'atLeast' | 'atMost') => ({ target: value, unit, direction });

const factoryTargets = {
  activation: target(90, '%', 'atLeast'),
  retention7d: target(75, '%', 'atLeast'),
  controlLatency: target(500, 'ms', 'atMost'),
  sensorFreshness: target(99, '%', 'atLeast'),
  errorRate: target(0.5, '%', 'atMost'),
  sensorFailures: target(1, '%', 'atMost'),
};

/** What the first weeks after launch are measured by. */
export const Hypercare = z.strictObject({
  collectionPeriodMinutes: whole('Time over which each figure is collected', 1, 1440, 'min').default(15),
  targets: z
    .record(
      z.string().regex(/^[a-z][a-zA-Z0-9]*$/),
      z.strictObject({
        target: z.number().describe('Target, a number in its unit'),
        unit: text('Unit of the target', 12),
        direction: choice('Which side of the target is good', ['atLeast', 'atMost']),
      }),
    )
    .default(factoryTargets)
    .describe('Target of each figure: { target, unit, direction }'),
});

const clock = (what: string) =>
  z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/)
    .describe(`${what}, as hours and minutes, such as 06:00`);

export const Shifts = z.strictObject({
  timeZone: text('Time zone of the site by its IANA name, such as Europe/Vienna', 60).default('UTC'),
  shifts: z
    .array(
      z.strictObject({
        name: text('Name of the shift', 40),
        from: clock('Begin'),
        to: clock('End'),
        production: yesNo('Whether the machine produces in it'),
      }),
    )
    .default([
      { name: 'early', from: '06:00', to: '14:00', production: true },
      { name: 'late', from: '14:00', to: '22:00', production: true },
      { name: 'night', from: '22:00', to: '06:00', production: false },
    ])
    .describe('Shifts of a day: { name, from, to, production }'),
  holidays: z
    .array(z.iso.date().describe('A date, such as 2026-12-25'))
    .default([])
    .describe('Dates without production, such as 2026-12-25'),
});
