import { z } from 'zod';

import { quantity, shortName, signal, text, whole, yesNo } from './quantity.ts';

const timing = {
  title: text('Name of the line on screens and in alarms', 60),
  timeoutMs: whole('Time within which a module must answer a request', 10, 10_000, 'ms').default(300),
  connectTimeoutMs: whole('Time within which a connection must stand', 100, 30_000, 'ms').default(2000),
  turnaroundMs: whole('Extra silence before each request', 0, 1000, 'ms').default(0),
  reconnectMs: whole('First pause before reconnecting, doubled with each attempt', 10, 60_000, 'ms').default(200),
  reconnectCapMs: whole('Longest pause between attempts to reconnect', 10, 60_000, 'ms').default(5000),
};

const network = {
  host: text('Host name or address of the module or gateway', 253),
  port: whole('TCP port of the module or gateway', 1, 65_535),
};

const serial = z
  .string()
  .regex(/^[1-9]\d{2,6} 8[NEO][12]$/)
  .default('115200 8N1')
  .describe('Serial format: baud rate, 8 data bits, parity (N none, E even, O odd) and stop bits, such as 115200 8N1');

/** One wire, or one socket, on which one request is under way at a time. */
export const Line = z
  .discriminatedUnion('transport', [
    z.strictObject({ transport: z.literal('tcp'), ...timing, ...network }),
    z.strictObject({ transport: z.literal('rtu-over-tcp'), ...timing, ...network, serial }),
    z.strictObject({
      transport: z.literal('rtu'),
      ...timing,
      path: text('Serial port, such as /dev/ttyUSB0', 200),
      serial,
    }),
  ])
  .describe('A line. transport: tcp, rtu-over-tcp or rtu');

/** One I/O module on a line. */
export const Module = z.strictObject({
  title: text('Name of the module on screens and in alarms', 60),
  profile: z
    .string()
    .regex(/^[a-z][a-z0-9-]*$/)
    .describe('Register map of the module: the name of a file in config/modules/, such as thermocouple-4'),
  line: shortName.describe('The line that it is wired to, from the section lines'),
  unit: whole('Unit address on the line', 1, 247),
  simulated: yesNo('Whether its values come from a simulator, which is then shown everywhere').default(false),
  pollPeriodMs: whole('Time from one reading to the next', 50, 5000, 'ms').default(250),
  watchdogMs: z
    .int()
    .min(1)
    .max(65_535)
    .nullable()
    .optional()
    .describe(
      'Time without a request after which the module itself makes its outputs safe, 1…65535 ms; null: deliberately none',
    ),
  nominalRpm: quantity(
    'Speed of the motor at nominal frequency, where the drive counts in shares of it',
    'rpm',
    1,
    60_000,
  ).optional(),
  safeOn: z
    .array(signal('An output that goes on when the watchdog expires'))
    .optional()
    .describe(
      'Outputs that go on when the watchdog expires; all others go off. Only where the module takes a safe state',
    ),
});
