import { rowsOf, StoreRefusedError } from './influx-answer.ts';
import type { InfluxTarget } from './settings.ts';

/** How the generations of InfluxDB differ: paths, authentication, and how a database is made. */
export interface InfluxFlavour {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly writePath: string;
  /** Ends inside the query string. */
  readonly queryPath: string;
  prepare(request: InfluxRequest, retentionDays: number): Promise<void>;
}

export type InfluxRequest = (method: 'GET' | 'POST', path: string, body?: object) => Promise<unknown>;

export function influxFlavour(target: InfluxTarget): InfluxFlavour {
  return target.flavour === 'v1' ? version1(target) : version2(target);
}

/** The retention policy that this server makes and keeps; a database made by others keeps theirs. */
const policy = 'raw';

function version1(target: InfluxTarget & { flavour: 'v1' }): InfluxFlavour {
  const { username, password, database } = target;
  const credentials = Buffer.from(`${username ?? ''}:${password ?? ''}`).toString('base64');
  return {
    url: withoutSlash(target.url),
    headers: username === null ? {} : { authorization: `Basic ${credentials}` },
    writePath: `/write?db=${encodeURIComponent(database)}&precision=ms`,
    queryPath: `/query?db=${encodeURIComponent(database)}`,
    async prepare(request, retentionDays) {
      const ask = async (statement: string) =>
        rowsOf(await request('POST', `/query?epoch=ms&q=${encodeURIComponent(statement)}`));
      const name = quotedName(database);
      const hours = retentionHours(retentionDays);
      const known = (await ask('SHOW DATABASES')).some((row) => row['name'] === database);
      if (!known) {
        await ask(`CREATE DATABASE ${name} WITH DURATION ${hours}h REPLICATION 1 NAME ${quotedName(policy)}`);
        return;
      }
      const policies = await ask(`SHOW RETENTION POLICIES ON ${name}`);
      const own = policies.find((row) => row['name'] === policy);
      if (own === undefined || own['duration'] === `${hours}h0m0s`) return;
      await ask(`ALTER RETENTION POLICY ${quotedName(policy)} ON ${name} DURATION ${hours}h`);
    },
  };
}

function version2(target: InfluxTarget & { flavour: 'v2' }): InfluxFlavour {
  const org = encodeURIComponent(target.org);
  const bucket = encodeURIComponent(target.bucket);
  return {
    url: withoutSlash(target.url),
    headers: { authorization: `Token ${target.token}` },
    writePath: `/api/v2/write?org=${org}&bucket=${bucket}&precision=ms`,
    queryPath: `/query?db=${bucket}`,
    async prepare(request, retentionDays) {
      if (await hasBucket(request, `/api/v2/buckets?org=${org}&name=${bucket}`)) return;
      const { orgs } = (await request('GET', `/api/v2/orgs?org=${org}`)) as { orgs?: readonly { id: string }[] };
      await request('POST', '/api/v2/buckets', {
        orgID: orgs?.[0]?.id,
        name: target.bucket,
        retentionRules: [{ type: 'expire', everySeconds: retentionHours(retentionDays) * 3_600 }],
      });
    },
  };
}

async function hasBucket(request: InfluxRequest, path: string): Promise<boolean> {
  try {
    const found = (await request('GET', path)) as { buckets?: readonly unknown[] } | null;
    return (found?.buckets ?? []).length > 0;
  } catch (error) {
    if (error instanceof StoreRefusedError && error.status === 404) return false;
    throw error;
  }
}

/** InfluxDB takes nothing below an hour. */
function retentionHours(days: number): number {
  return Math.max(1, Math.round(days * 24));
}

function quotedName(name: string): string {
  return `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
