import path from 'node:path';

import type { z } from 'zod';

import type { InfluxSettings, ServerSettings } from './configuration.ts';
import type { Report } from './fault.ts';
import { Server } from './schema/server.ts';
import { describeIssues } from './schema-fault.ts';

type ServerSection = z.infer<typeof Server>;
type InfluxSection = NonNullable<ServerSection['influx']>;

/** Environment variable of each key of the file's `server` section. */
export const serverVariables = {
  TVE_DATA_DIR: ['dataDir'],
  TVE_HTTP_HOST: ['httpHost'],
  TVE_HTTP_PORT: ['httpPort'],
  TVE_OPCUA_HOST: ['opcuaHost'],
  TVE_OPCUA_PORT: ['opcuaPort'],
  TVE_DATABASE_URL: ['databaseUrl'],
  TVE_INFLUX_URL: ['influx', 'url'],
  TVE_INFLUX_TOKEN: ['influx', 'token'],
  TVE_INFLUX_ORG: ['influx', 'org'],
  TVE_INFLUX_BUCKET: ['influx', 'bucket'],
  TVE_INFLUX_USERNAME: ['influx', 'username'],
  TVE_INFLUX_PASSWORD: ['influx', 'password'],
  TVE_INFLUX_DATABASE: ['influx', 'database'],
  TVE_ADMIN_PASSWORD: ['adminPassword'],
  TVE_NODESETS: ['nodesetsDir'],
  TVE_LOG_LEVEL: ['logLevel'],
} as const;

/**
 * Deployment settings: the environment wins over the file, key by key, and both over the defaults. An empty variable
 * counts as not set. Faults of the environment are reported under the name of the variable.
 */
export function settingsFrom(env: NodeJS.ProcessEnv, section: ServerSection, report: Report): ServerSettings {
  const given = withoutFaults(environmentSection(env), report);
  const server: ServerSection = { ...section, ...given };
  const influx = influxOf({ ...section.influx, ...given.influx }, report);
  const dataDir = server.dataDir ?? 'data';
  return {
    dataDir,
    httpHost: server.httpHost ?? '127.0.0.1',
    httpPort: server.httpPort ?? 8080,
    opcuaHost: server.opcuaHost ?? '127.0.0.1',
    opcuaPort: server.opcuaPort ?? 4840,
    databaseUrl: server.databaseUrl ?? null,
    influx,
    adminPassword: server.adminPassword ?? null,
    nodesetsDir: server.nodesetsDir ?? path.join(dataDir, 'nodesets'),
    logLevel: server.logLevel ?? 'info',
  };
}

/** What the environment says, in the shape of the file's section; ports as numbers where they read as numbers. */
function environmentSection(env: NodeJS.ProcessEnv): Record<string, unknown> {
  const section: Record<string, unknown> = {};
  const influx: Record<string, unknown> = {};
  for (const [variable, [key, inner]] of Object.entries(serverVariables)) {
    const text = env[variable]?.trim();
    if (text === undefined || text === '') continue;
    const value = key.endsWith('Port') && /^\d+$/.test(text) ? Number(text) : text;
    if (inner === undefined) section[key] = value;
    else influx[inner] = value;
  }
  return Object.keys(influx).length > 0 ? { ...section, influx } : section;
}

function withoutFaults(given: Record<string, unknown>, report: Report): ServerSection {
  const parsed = Server.safeParse(given);
  if (parsed.success) return parsed.data;
  describeIssues(Server, given, parsed.error.issues, [], (keys, message) => report([variableOf(keys)], message));
  return {};
}

function variableOf(keys: readonly (string | number)[]): string {
  const found = Object.entries(serverVariables).find(([, path]) => path.join('.') === keys.join('.'));
  return found?.[0] ?? keys.join('.');
}

/** Which InfluxDB it is follows from what is given: a token means 2.x or 3.x, a database 1.x. */
function influxOf(given: InfluxSection, report: Report): InfluxSettings | null {
  const { url, token, org, bucket, database, username, password } = given;
  const path = ['server', 'influx'];
  const second = token !== undefined || org !== undefined || bucket !== undefined;
  const first = database !== undefined || username !== undefined || password !== undefined;
  if (url === undefined) {
    if (first || second)
      report([...path, 'url'], 'is missing; give TVE_INFLUX_URL, the address of InfluxDB, or none of its keys');
    return null;
  }
  if (first && second) {
    report(
      path,
      'has keys of InfluxDB 1.x (database, username, password) and of 2.x (token, org, bucket); give one kind',
    );
    return null;
  }
  if (database !== undefined) {
    return { flavour: 'v1', url, database, username: username ?? null, password: password ?? null };
  }
  if (token !== undefined && bucket !== undefined) return { flavour: 'v2', url, token, org: org ?? '', bucket };
  report(
    path,
    'is incomplete; beside url it needs token and bucket (and org) for InfluxDB 2.x and 3.x, or database for 1.x',
  );
  return null;
}
