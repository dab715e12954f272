import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { parseLine, type ParsedLine } from './strict-lines.ts';

/** An InfluxDB 2.x as far as its write API and its buckets go, strict about every word on the wire. */
export interface V2Server {
  readonly url: string;
  /** Points in the order in which they were accepted. */
  readonly accepted: ParsedLine[];
  /** What was wrong with a request. */
  readonly faults: string[];
  readonly requests: { readonly path: string; readonly gzip: boolean; readonly lines: number }[];
  readonly buckets: { name: string; orgID: string; retentionRules: unknown }[];
  /** Answers every write with this status instead. */
  refuse: { status: number; retryAfterS?: number } | null;
  /** What InfluxQL is asked, and answered with. */
  readonly queries: string[];
  answer: { readonly columns: readonly string[]; readonly values: readonly (readonly unknown[])[] } | null;
  /** Lines of which this holds are invalid. */
  isInvalid: (line: ParsedLine) => boolean;
  close(): Promise<void>;
}

export const v2Place = { org: 'Plant & Sons', bucket: 'tve micro', token: 'secret==' };

export async function v2Server(): Promise<V2Server> {
  const server = createServer((request, response) => {
    void body(request).then((bytes) => serve(request, bytes, response));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const state: V2Server = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    accepted: [],
    faults: [],
    requests: [],
    buckets: [],
    queries: [],
    answer: null,
    refuse: null,
    isInvalid: () => false,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };

  function serve(request: IncomingMessage, bytes: Buffer, response: ServerResponse): void {
    const url = new URL(request.url ?? '', state.url);
    const call = `${request.method} ${url.pathname}`;
    if (request.headers.authorization !== `Token ${v2Place.token}`) {
      state.faults.push(`authorization ${request.headers.authorization}`);
      say(response, 401, { code: 'unauthorized', message: 'unauthorized access' });
    } else if (call === 'POST /api/v2/write') {
      write(request, url, bytes, response);
    } else if (call === 'GET /query') {
      const { db, epoch, q = '' } = Object.fromEntries(url.searchParams);
      if (db !== v2Place.bucket || epoch !== 'ms') state.faults.push(`query ${url.search}`);
      state.queries.push(q);
      const [, signal] = /FROM (\w+)/.exec(q) ?? [];
      say(response, 200, {
        results: [{ statement_id: 0, series: state.answer && [{ name: signal, ...state.answer }] }],
      });
    } else if (call === 'GET /api/v2/buckets') {
      const named = state.buckets.filter(({ name }) => name === url.searchParams.get('name'));
      say(response, 200, { buckets: named });
    } else if (call === 'GET /api/v2/orgs') {
      say(response, 200, { orgs: [{ id: '0123456789abcdef', name: url.searchParams.get('org') }] });
    } else if (call === 'POST /api/v2/buckets') {
      const bucket = JSON.parse(bytes.toString('utf8')) as V2Server['buckets'][number];
      state.buckets.push(bucket);
      say(response, 201, bucket);
    } else {
      state.faults.push(call);
      say(response, 404, { code: 'not found', message: 'path not found' });
    }
  }

  function write(request: IncomingMessage, url: URL, bytes: Buffer, response: ServerResponse): void {
    const wanted = { org: v2Place.org, bucket: v2Place.bucket, precision: 'ms' };
    const given = Object.fromEntries(url.searchParams);
    if (JSON.stringify(given) !== JSON.stringify(wanted)) state.faults.push(`query ${url.search}`);
    const type = request.headers['content-type'];
    if (type !== 'text/plain; charset=utf-8') state.faults.push(`content type ${type}`);
    if (state.buckets.length === 0) {
      say(response, 404, { code: 'not found', message: `bucket "${v2Place.bucket}" not found` });
      return;
    }
    if (state.refuse !== null) {
      const { status, retryAfterS } = state.refuse;
      say(
        response,
        status,
        { code: 'unavailable', message: 'later' },
        retryAfterS && { 'retry-after': `${retryAfterS}` },
      );
      return;
    }
    const gzip = request.headers['content-encoding'] === 'gzip';
    const texts = (gzip ? gunzipSync(bytes) : bytes).toString('utf8').split('\n');
    state.requests.push({ path: url.pathname, gzip, lines: texts.length });
    const lines = texts.map(parseLineOrFault);
    const invalid = lines.filter((line) => line === null || state.isInvalid(line));
    if (invalid.length > 0) {
      say(response, 400, { code: 'invalid', message: `partial write: ${invalid.length} lines refused` });
      return;
    }
    for (const line of lines) if (line !== null) state.accepted.push(line);
    response.writeHead(204).end();
  }

  function parseLineOrFault(text: string): ParsedLine | null {
    try {
      return parseLine(text);
    } catch (error) {
      state.faults.push(String(error));
      return null;
    }
  }

  return state;
}

async function body(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

function say(response: ServerResponse, status: number, words: object | null, headers = {}): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers });
  response.end(words === null ? '' : JSON.stringify(words));
}
