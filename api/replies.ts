import { z } from 'zod';
import { alarmTransitions } from '../machine/alarms/alarm.ts';
import { roles } from '../machine/commands/role.ts';
import { machineModes, machineStates } from '../machine/control/state.ts';
import { qualityCodes, type Quality } from '../machine/quality.ts';

/** The shapes of what the interface answers, for documentation and tests. Names are part of the contract. */

export const Time = z.iso.datetime().describe('RFC 3339, UTC');
const Value = z.union([z.number(), z.boolean(), z.string(), z.null()]);
const QualityName = z
  .enum(Object.keys(qualityCodes) as [Quality, ...Quality[]])
  .describe('Name of the OPC UA status code');
export const Priority = z.int().min(1).max(4).describe('1 critical … 4 low');
export const RoleName = z.enum(roles);

export const ReasonReply = z.strictObject({
  code: z.string(),
  text: z.string().describe('The thing, the number and the way out, for the operator'),
  actual: Value.optional(),
  required: Value.optional(),
  unit: z.string().optional(),
  etaSeconds: z.number().optional(),
});

export const CommandReply = z.strictObject({
  accepted: z.literal(true),
  commandId: z.string(),
  state: z.enum(machineStates),
  note: z.string().optional().describe('For example that nothing was running'),
});

export const UserReply = z.strictObject({ username: z.string(), role: RoleName, mustChangePassword: z.boolean() });

export const SessionReply = z.strictObject({
  user: UserReply,
  csrfToken: z.string().describe('To be sent as X-CSRF-Token with every change'),
});

export const count = z.int().min(0);

export const ScanReply = z
  .looseObject({
    periodMs: z.number(),
    count,
    overruns: count,
    jitterP50Ms: z.number(),
    jitterP99Ms: z.number(),
    jitterMaxMs: z.number(),
  })
  .describe('Jitter is how far a scan began from when it was due, over the last ten minutes at most');

export const MachineReply = z.strictObject({
  title: z.string(),
  site: z.string(),
  simulated: z.boolean().describe('Any module is simulated'),
  controlAlive: z
    .boolean()
    .describe('Whether the control process is heard from; if not, all else is what was known last'),
  state: z.enum(machineStates),
  mode: z.enum(machineModes),
  startPermitted: z.boolean(),
  blockers: z.array(ReasonReply).describe('All that stands against a start; empty exactly when it is permitted'),
  alarms: z.strictObject({ unacknowledged: z.int(), active: z.int(), highest: Priority.nullable() }),
  heating: z.boolean(),
  recipe: z.string().nullable().describe('Name of the recipe that was loaded last; null: none'),
  recipeVersion: z.int().nullable(),
  recipeModified: z.boolean().describe('Something that the recipe names has been changed since'),
  scan: ScanReply,
  at: Time,
});

export const SampleReply = z.strictObject({
  id: z.string(),
  value: Value,
  quality: QualityName,
  sourceTime: Time.nullable().describe('When the reading was taken on the bus or the setting was made; null: never'),
  simulated: z.boolean(),
});

export const SignalReply = SampleReply.extend({
  unit: z.string().nullable(),
  ageMs: z.number().nullable(),
  title: z.string(),
  direction: z.enum(['input', 'output', 'setting', 'derived']),
  type: z.enum(['Double', 'Boolean', 'UInt16', 'UInt32', 'Enumeration', 'String']),
  span: z.tuple([z.number(), z.number()]).nullable().describe('Physical or permitted range, in the unit'),
  states: z.array(z.string()).nullable().describe('Texts of an enumeration, or of a Boolean as [false, true]'),
  decimals: z.int().nullable(),
  role: RoleName.nullable().describe('The least role that may write it; null: nobody'),
  freshnessMs: z.number().nullable().describe('Older than this a reading is not current; null: it does not age'),
  limits: z.array(
    z.strictObject({
      kind: z.enum(['trip', 'alarm', 'minimum']),
      side: z.enum(['above', 'below']),
      value: z.number(),
    }),
  ),
});

export const AlarmReply = z.strictObject({
  id: z.string(),
  occurrenceId: z.string(),
  priority: Priority,
  text: z.string(),
  state: z.enum([
    'normal',
    'unacknowledged',
    'acknowledged',
    'returned-unacknowledged',
    'latched',
    'shelved',
    'suppressed',
    'out-of-service',
  ]),
  active: z.boolean(),
  acknowledged: z.boolean(),
  latched: z.boolean(),
  trip: z.boolean(),
  firstOut: z.boolean(),
  suppressedBy: z.string().nullable(),
  shelvedUntil: Time.nullable(),
  shelf: z
    .strictObject({ kind: z.enum(['shelved', 'out-of-service']), by: z.string(), at: Time, reason: z.string() })
    .nullable()
    .describe('Who put it aside, and why; null: nobody'),
  raisedAt: Time.describe(
    'When it rang; of an alarm that was put aside before it ever rang (`count` 0): when that was',
  ),
  clearedAt: Time.nullable(),
  value: Value,
  quality: QualityName.nullable(),
  explanation: z.string().describe('The thing, the number, the limit and the way out, for the operator'),
  unit: z.string().nullable(),
  count,
  consequence: z.string(),
  response: z.string(),
});

const Celsius = z.number().describe('°C');
const Rpm = z.number().describe('rpm');

/** No machine has so many; what is more is a mistake, and would have to be told fault by fault. */
const mostParts = 100;

function partsOf<Part extends z.ZodType>(part: Part) {
  return z
    .record(z.string().max(60), part)
    .refine((parts) => Object.keys(parts).length <= mostParts, `has at most ${mostParts} parts`)
    .meta({ maxProperties: mostParts });
}

/** The settings and limits of one product, as they are sent and answered. */
export const RecipeZones = partsOf(
  z.strictObject({
    setpointC: Celsius.optional(),
    minimumC: Celsius.optional(),
    gains: z
      .strictObject({ kp: z.number(), ki: z.number(), kd: z.number() })
      .describe('%/K, %/(K·s), %·s/K')
      .optional(),
  }),
);
export const RecipeDrives = partsOf(z.strictObject({ speedRpm: Rpm.optional(), maximumRpm: Rpm.optional() }));

const RecipeVersionReply = z.strictObject({
  name: z.string(),
  version: z.int().min(1),
  zones: RecipeZones,
  drives: RecipeDrives,
  author: z.string(),
  savedAt: Time,
  reason: z.string().nullable(),
  deleted: z.boolean().describe('This version took the recipe away'),
});

export const RecipeReply = RecipeVersionReply.omit({ deleted: true });

export const RecipeHistoryReply = RecipeVersionReply.extend({
  versions: z.array(RecipeVersionReply).describe('Newest first, this one included'),
});

export const RecipePreviewReply = z.strictObject({
  name: z.string(),
  version: z.int().min(1),
  changes: z.array(
    z.strictObject({
      path: z.string().describe('Where it stands in a recipe'),
      what: z.string(),
      from: z.number().nullable(),
      to: z.number(),
      unit: z.string(),
    }),
  ),
  reasons: z.array(ReasonReply).describe('All that stands against loading it now'),
});

const next = z.string().nullable().describe('Cursor of the following page; null: this is the last');

export const AlarmJournalReply = z.strictObject({
  items: z.array(
    AlarmReply.extend({
      entry: z.int(),
      at: Time,
      transition: z.enum(alarmTransitions),
      actor: z.string().nullable().describe('Null: nobody did it, it came about'),
      station: z.string().nullable().describe('Address or device that the actor asked from'),
      comment: z.string().nullable().describe('Said by itself or with an acknowledgement, or the reason of a shelf'),
    }),
  ),
  next,
});

export const AuditReply = z.strictObject({
  items: z.array(
    z.strictObject({
      seq: z.int(),
      at: Time,
      actor: z.string(),
      role: RoleName.nullable(),
      kind: z.enum(['person', 'token', 'panel', 'system']),
      origin: z.enum(['rest', 'opcua', 'panel', 'modbus', 'system']),
      station: z.string().nullable(),
      action: z.string(),
      args: z.record(z.string(), Value),
      before: Value,
      after: Value,
      reason: z.string().nullable(),
      result: z.enum(['accepted', 'refused', 'failed']),
      reasons: z.array(ReasonReply),
      previousHash: z.string(),
      hash: z.string(),
    }),
  ),
  next,
});

export const HistoryReply = z.strictObject({
  series: z.array(
    z.strictObject({
      signal: z.string(),
      unit: z.string().nullable(),
      points: z.array(z.tuple([z.int(), Value, z.string()])).describe('[ms since 1970, value or null, quality]'),
      truncated: z.boolean().describe('There is more in this range than one reply carries; go on from the last time'),
    }),
  ),
});

export const SnapshotEvent = z.strictObject({
  at: Time,
  machine: MachineReply,
  signals: z.array(SampleReply),
  alarms: z.array(AlarmReply),
});

export const DeltaEvent = z.strictObject({ at: Time, signals: z.array(SampleReply) });

export const AccountReply = z.strictObject({
  username: z.string(),
  role: RoleName,
  site: z.string().nullable(),
  disabled: z.boolean(),
  mustChangePassword: z.boolean(),
  createdAt: Time,
  lastSignInAt: Time.nullable(),
});
