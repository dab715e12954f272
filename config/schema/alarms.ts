import { z } from 'zod';

import { quantity, text, yesNo } from './quantity.ts';

/** `ESTOP`, or a family such as `{ZONE}_OVERTEMP`: one alarm per zone. */
export const alarmKey = z
  .string()
  .regex(/^(\{(ZONE|DRIVE|SENSOR|MODULE|LINE)\}|[A-Z][A-Z0-9]*)(_[A-Z0-9]+)*$/)
  .max(60)
  .describe('the id of an alarm in capitals, such as MOTOR_WARM, or of a family, such as {ZONE}_OVERTEMP');

/** One alarm, or one family of alarms, with what it means and what to do. */
export const Alarm = z.strictObject({
  text: text('What the operator reads', 80),
  priority: z
    .union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)])
    .describe('Priority: 1 critical, 2 high, 3 medium, 4 low'),
  trip: z
    .strictObject({ afterSeconds: quantity('Time from the condition to the trip', 's', 0, 600) })
    .optional()
    .describe('Stops the machine: { afterSeconds }'),
  latches: yesNo('Whether it stays until it is cleared by command; every trip does').optional(),
  onDelaySeconds: quantity('The condition must stand this long', 's', 0, 3600).default(0),
  offDelaySeconds: quantity('The condition must be gone this long', 's', 0, 3600).default(0),
  limit: z
    .strictObject({
      signal: z
        .string()
        .regex(/^(\{[a-zA-Z]+\}|[a-z][a-zA-Z0-9]*(\.[a-z][a-zA-Z0-9]*)+)$/)
        .describe('The signal that is watched, such as temperature.motor; in a family also {temperature}'),
      above: z.number().optional().describe('Alarm above this, a number in the unit of the signal'),
      below: z.number().optional().describe('Alarm below this, a number in the unit of the signal'),
      deadband: z.number().min(0).describe('Returns this much inside the limit, in the unit of the signal, 0 or more'),
    })
    .refine((limit) => limit.above !== undefined || limit.below !== undefined, {
      error: 'has neither above nor below, so it could never ring',
    })
    .optional()
    .describe('For alarms on one signal: { signal, above or below, deadband }'),
  consequence: text('What happens if nobody acts', 300),
  response: text('What the operator should do', 400),
});
