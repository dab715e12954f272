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

const udp = { ...network, port: whole('UDP port of the module or gateway', 1, 65_535) };

const window = whole(
  'Requests that may be in flight at once; more than 1 only where the device or gateway is declared to take more',
  1,
  16,
).default(1);

const echo = yesNo('Whether the adapter repeats what is sent, as some two-wire ones do').default(false);

const serial = z
  .string()
  .regex(/^[1-9]\d{2,6} 8[NEO][12]$/)
  .default('115200 8N1')
  .describe('Serial format: baud rate, 8 data bits, parity (N none, E even, O odd) and stop bits, such as 115200 8N1');

const asciiSerial = z
  .string()
  .regex(/^[1-9]\d{2,6} [78][NEO][12]$/)
  .default('9600 7E1')
  .describe(
    'Serial format: baud rate, 7 or 8 data bits, parity (N none, E even, O odd) and stop bits, such as 9600 7E1',
  );

const path = text('Serial port, such as /dev/ttyUSB0', 200);

/** One wire, or one socket, on which one request is under way at a time, or as many as its window says. */
export const Line = z
  .discriminatedUnion('transport', [
    z.strictObject({ transport: z.literal('tcp'), ...timing, ...network, window }),
    z.strictObject({ transport: z.literal('udp'), ...timing, ...udp, window }),
    z.strictObject({ transport: z.literal('rtu-over-tcp'), ...timing, ...network, serial, echo }),
    z.strictObject({ transport: z.literal('rtu'), ...timing, path, serial, echo }),
    z.strictObject({ transport: z.literal('ascii-over-tcp'), ...timing, ...network, serial: asciiSerial, echo }),
    z.strictObject({ transport: z.literal('ascii'), ...timing, path, serial: asciiSerial, echo }),
  ])
  .describe('A line. transport: tcp, udp, rtu, rtu-over-tcp, ascii or ascii-over-tcp');

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
