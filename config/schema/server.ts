import { z } from 'zod';

import { choice, quantity, secret, text, whole, yesNo } from './quantity.ts';

const url = (what: string, protocols: RegExp) =>
  z.string().regex(protocols, { error: 'is no address of that kind' }).describe(what);

const opcTcp = /^opc\.tcp:\/\/[^\s/?#]+(\/\S*)?$/;

/** Each key has an environment variable that wins over it; settings.ts has the table and the defaults. */
export const Server = z.strictObject({
  dataDir: text('Folder of embedded database, certificates and buffers', 4096).optional(),
  httpHost: text('Address that REST and HMI listen on', 253).optional(),
  httpPort: whole('Port of REST and HMI, 0 picks a free one', 0, 65_535).optional(),
  opcuaHost: text('Address that OPC UA listens on', 253).optional(),
  opcuaPort: whole('Port of OPC UA, 0 picks a free one', 0, 65_535).optional(),
  databaseUrl: url('PostgreSQL database, postgres://…; none: embedded SQLite', /^postgres(ql)?:\/\/\S+$/)
    .meta({ writeOnly: true }) // it has the password of the database in it
    .optional(),
  influx: z
    .strictObject({
      url: url('Address of InfluxDB, http://… or https://…', /^https?:\/\/\S+$/).optional(),
      token: secret('InfluxDB 2.x, 3.x: token').optional(),
      org: text('InfluxDB 2.x: organisation', 200).optional(),
      bucket: text('InfluxDB 2.x, 3.x: bucket', 200).optional(),
      database: text('InfluxDB 1.x: database', 200).optional(),
      username: text('InfluxDB 1.x: user name', 200).optional(),
      password: secret('InfluxDB 1.x: password').optional(),
    })
    .optional()
    .describe('Time series store; none: embedded history'),
  adminPassword: secret('Password of the first administrator', 12).optional(),
  nodesetsDir: text('Folder of further OPC UA NodeSet2 files', 4096).optional(),
  logLevel: choice('Least severe log lines that are written', [
    'trace',
    'debug',
    'info',
    'warn',
    'error',
    'silent',
  ]).optional(),
});

export const Opcua = z.strictObject({
  allowUnsecured: yesNo('Whether clients may connect without signing and encryption').default(false),
  allowAnonymous: yesNo('Whether clients may read without an account').default(false),
  maxSessions: whole('Most sessions at a time', 1, 1000).default(100),
  discoveryServer: url(
    'Local discovery server to register with, opc.tcp://…; none: no registration',
    opcTcp,
  ).optional(),
  reverseConnect: z
    .array(url('Where a client listens for servers, opc.tcp://…', opcTcp))
    .max(8)
    .default([])
    .describe('Clients that the server connects to by itself, because they cannot reach it'),
});

export const Http = z.strictObject({
  trustProxy: yesNo('A reverse proxy stands before the server: its X-Forwarded-For names the client').default(false),
  panelAddresses: z
    .array(z.union([z.ipv4(), z.ipv6()]).describe('An IPv4 or IPv6 address'))
    .default([])
    .describe('Addresses of the local panel, which may stop the machine without signing in'),
  sessionIdleMinutes: quantity('A session ends after this time without use', 'min', 1, 10_080).default(30),
  sessionMaximumHours: quantity('A session ends after this time in any case', 'h', 0.1, 720).default(12),
});

export const History = z.strictObject({
  rawRetentionDays: quantity('Raw points are kept for this long', 'days', 1, 3650).default(30),
  spoolMaximumMegabytes: whole('Disk that undelivered points may take', 16, 1_000_000, 'MB').default(2048),
});
