import { z } from 'zod';
import { appliedStates, tuningPhases } from '../machine/tuning/tuning-status.ts';
import { zoneTestVerdicts } from '../machine/zone-status.ts';

/** The shapes of what the interface tells of zones and their tuning. Names are part of the contract. */

const Time = z.iso.datetime().describe('RFC 3339, UTC');
const seconds = z.number().min(0);

const GainsReply = z.strictObject({
  kp: z.number().describe('%/K'),
  ki: z.number().describe('%/(K·s)'),
  kd: z.number().describe('%·s/K'),
});

const GainsFrom = z.enum(['configuration', 'recipe', 'tuning']);

const StepReply = z.strictObject({
  points: z.array(z.tuple([z.number(), z.number()])).describe('Time since the step in s, temperature in °C'),
  overshootK: z.number(),
  settlingSeconds: seconds
    .nullable()
    .describe('From then on within 5 % of the step; null: not within what was looked at'),
});

const ResultReply = z.strictObject({
  gains: GainsReply.describe('Found; in force only once they are applied'),
  ultimateGain: z.number().describe('%/K'),
  ultimatePeriodSeconds: seconds,
  swingK: z.number().describe('Half the way from the lowest to the highest temperature of the test'),
  baselineK: z.number().describe('Mean absolute error under the gains that were in force during the test'),
  presentGains: GainsReply.describe('In force during the test'),
  predicted: z
    .strictObject({ present: StepReply, found: StepReply })
    .describe('A step of 10 K up to the setpoint, by the heater model, with either gains'),
});

const TestReply = z.strictObject({
  phase: z.enum(tuningPhases),
  code: z.string().nullable().describe('Why it ended without a result'),
  text: z.string(),
  setpoint: z.number().describe('°C'),
  maxDuty: z.number().describe('%'),
  startedAt: Time,
  endedAt: Time.nullable(),
  progress: z.number().min(0).max(1),
  cycles: z.int().min(0).describe('Full cycles of the relay so far'),
  etaSeconds: seconds.nullable().describe('What is left; null when it is over or can’t be told'),
  result: ResultReply.nullable(),
});

const AppliedReply = z.strictObject({
  state: z.enum(appliedStates),
  gains: GainsReply,
  replaced: GainsReply,
  replacedFrom: GainsFrom,
  appliedAt: Time,
  baselineK: z.number().describe('Mean absolute error under the gains before'),
  meanErrorK: z.number().nullable().describe('Under the new ones, since the watch began'),
  watchedSeconds: seconds,
  watchSeconds: seconds,
  text: z.string().nullable().describe('How the watch ended'),
});

const ModelReply = z.strictObject({
  from: z.enum(['configuration', 'learnt']).describe('Learnt on the machine, where that tells better'),
  gainKPerPercent: z.number(),
  timeConstantSeconds: seconds,
  deadTimeSeconds: seconds,
  ambientC: z.number(),
  warmedBy: z.array(z.strictObject({ zone: z.string(), kPerK: z.number() })),
  learning: z.boolean(),
  errorShare: z.number().nullable().describe('Squared error of the learnt model, as a share of the configured one’s'),
});

const ZoneTestReply = z.strictObject({
  verdict: z.enum(zoneTestVerdicts),
  crossedWith: z.string().nullable().describe('The zone that answered in its place'),
  text: z.string(),
  startedAt: Time,
  endedAt: Time.nullable(),
});

export const ZoneTuningReply = z.strictObject({
  zone: z.string(),
  title: z.string(),
  controlAlive: z
    .boolean()
    .describe('Whether the control process is heard from; if not, all else is what was known last'),
  gains: GainsReply.describe('In force'),
  gainsFrom: GainsFrom,
  configuredGains: GainsReply,
  workingSetpoint: z
    .number()
    .nullable()
    .describe('What the control follows now, in °C; null: it controls nothing, or is not heard from'),
  secondsToBand: seconds.nullable(),
  minimum: z.number().describe('Below it no drive turns, in °C'),
  model: ModelReply.describe('What is expected of its heater'),
  zoneTest: ZoneTestReply.nullable().describe('The commissioning test that heats it alone: under way, or the last one'),
  test: TestReply.nullable().describe('Under way, or the last one'),
  applied: AppliedReply.nullable().describe('The last gains that a test put in place of others'),
});
