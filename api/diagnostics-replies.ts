import { z } from 'zod';
import { count, ScanReply, Time } from './replies.ts';

/** The shapes of what is told for people who look for a fault. Parts without a contract may be added beside these. */

const Range = z.strictObject({ address: count.describe('Zero-based'), count });
const Area = z.string().describe('coil, discrete, holding or input');
const Percent = z.number().min(0);
const exceptionCode = z.int().describe('MODBUS Application Protocol V1.1b3, 7');

const LineReply = z.looseObject({
  id: z.string(),
  transport: z.enum(['tcp', 'udp', 'rtu-over-tcp', 'rtu', 'ascii-over-tcp', 'ascii']),
  where: z.string().describe('host:port, or the path of the serial port'),
  baudRate: z.int().nullable().describe('Null: no serial line is behind it'),
  state: z.enum(['connecting', 'open', 'back-off', 'closed']),
  stateSince: Time,
  reason: z.string().nullable().describe('Why it is not open'),
  nextTry: Time.nullable(),
  reconnects: count,
  load: z.looseObject({
    pollPercent: Percent.describe('By plan: polls, read-backs and checks of the watchdogs'),
    writePercent: Percent.describe('By plan: every output written and read back as often as outputs are commanded'),
    planPercent: Percent.describe('Both together'),
    measuredPercent: Percent.nullable().describe('A request was under way so much of the last minute; null: too early'),
    words: z.string(),
    warning: z.string().nullable().describe('What to do about it; null: nothing'),
  }),
  modules: z.array(z.string()),
});

const BlockReply = z.strictObject({
  reads: z.enum(['inputs', 'outputs']),
  functionCode: z.int(),
  area: Area,
  address: count,
  count,
  periodMs: z.number(),
  cells: z.array(Range).describe('Values in it'),
  readOver: z.array(Range).describe('Registers in it that nobody declared'),
});

const ModuleReply = z.looseObject({
  id: z.string(),
  line: z.string(),
  requests: count,
  failures: count,
  timeouts: count,
  exceptions: count,
  lateFrames: count,
  latencyP50Ms: z.number().nullable(),
  latencyP95Ms: z.number().nullable(),
  demoted: z.boolean().describe('Only probed, since it does not answer'),
  lastError: z.string().nullable().describe('Names line, unit, function and range'),
  lastErrorAt: Time.nullable(),
  unit: z.int().optional().describe('This and what follows is missing while the control process does not answer'),
  standing: z.enum(['healthy', 'suspect', 'demoted']).optional(),
  standingSince: Time.optional(),
  watchdog: z.enum(['none', 'verified', 'unverified']).optional(),
  verified: z.boolean().optional().describe('Watchdog and every output are known to be as they should'),
  blocks: z.array(BlockReply).optional().describe('What is read of it in one poll, request by request'),
  holes: z
    .array(Range.extend({ area: Area, exception: exceptionCode, meaning: z.string(), since: Time }))
    .optional()
    .describe('Registers that it refuses, left out of the blocks'),
});

export const DiagnosticsReply = z.looseObject({
  history: z.looseObject({
    store: z.string(),
    recorded: count,
    delivered: count,
    spooled: count,
    deadLettered: count,
    dropped: count,
  }),
  lines: z.array(LineReply).nullable().describe('Null: the control process did not answer'),
  modules: z.array(ModuleReply),
  scan: ScanReply,
  modbusServer: z
    .looseObject({
      host: z.string(),
      port: z.int(),
      listening: z.boolean().describe('False while the port can not be had; it is tried again'),
      connections: count,
      turnedAway: z.strictObject({ address: count, limit: count }).describe('Clients that were closed at once, by why'),
      garbled: count.describe('Clients that were dropped because what they sent is no Modbus'),
      requests: count,
      exceptions: z.record(z.string(), count).describe('Exception code → replies with it'),
      writes: count,
      refusedWrites: count,
    })
    .optional()
    .describe('The Modbus TCP server for legacy clients, where the configuration declares one'),
});

export const FramesReply = z.strictObject({
  line: z.string(),
  frames: z
    .array(
      z.strictObject({
        at: Time,
        direction: z.enum(['sent', 'received']),
        hex: z.string().describe('As it was on the wire'),
        exchange: z.int().nullable().describe('The same for a request and its reply'),
        transaction: z.int().nullable().describe('Modbus TCP only'),
        crc: z.enum(['right', 'wrong']).nullable().describe('RTU only'),
        unit: z.int().nullable(),
        functionCode: z.int().nullable(),
        area: Area.nullable(),
        address: count.nullable(),
        count: count.nullable(),
        values: z
          .array(z.int())
          .nullable()
          .describe('Registers as 0…65535, or bits as 0 and 1; of a mask write AND and OR'),
        exception: z.strictObject({ code: exceptionCode, meaning: z.string() }).nullable(),
        latencyMs: z.number().nullable().describe("From the request's first byte to the reply's last"),
        marks: z
          .array(z.enum(['late', 'refused', 'exception', 'unasked', 'unanswered', 'bad-crc', 'incomplete', 'garbage']))
          .describe('late: given up before it came; refused: not what was asked, and not used'),
        words: z.string().describe('All of it for people'),
      }),
    )
    .describe('Oldest first'),
});
