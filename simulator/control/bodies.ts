import { z } from 'zod';
import { faultKinds } from '../faults/fault-kinds.ts';

export const fastest = 5;

export const faultBody = z.strictObject({
  target: z.string(),
  fault: z.string().describe(faultKinds.join(', ')),
  params: z.record(z.string(), z.unknown()).optional(),
  /** Real time until the fault ends by itself. */
  seconds: z.number().positive().max(86_400).optional(),
});

export const panelBody = z.strictObject({
  button: z.enum(['start', 'stop']),
  /** How long a finger rests on it: longer than the module is polled, so that no press is missed. */
  holdMs: z.int().min(20).max(60_000).default(600),
});

export const speedBody = z.strictObject({ factor: z.number().min(0).max(fastest) });

export const temperaturesBody = z.record(z.string(), z.number().min(-50).max(500));
