import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import supertest from 'supertest';
import { createApi, type Api, type ApiOptions } from '../../api/create-api.ts';
import { ProblemReply } from '../../api/problem.ts';
import type { ModuleStatistics } from '../../machine/field.ts';
import type { Role } from '../../machine/commands/role.ts';
import type { Diagnostics } from '../../operations/ports/diagnostics.ts';
import type { FrameMonitor, MonitoredFrame } from '../../operations/ports/frame-monitor.ts';
import type { HistoryPoint, HistoryQuery } from '../../operations/ports/history.ts';
import { SignInThrottle } from '../../operations/sign-in-throttle.ts';
import { recipeLoader } from '../../server/gateway/recipe-loader.ts';
import { openStore, type Store } from '../../store/open-store.ts';
import { silentLog, temporaryFolder } from '../store/stores.ts';
import { FakeGate, FakeMachine } from './fake-machine.ts';
import { FakeTrust } from './fake-trust.ts';

export interface SignedIn {
  readonly cookie: string;
  readonly csrfToken: string;
}

export type Method = 'get' | 'post' | 'put' | 'delete' | 'patch';

export interface Sent {
  readonly as?: SignedIn | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const ai1: ModuleStatistics = {
  id: 'ai1',
  line: 'rtu0',
  requests: 9,
  failures: 1,
  timeouts: 1,
  exceptions: 0,
  lateFrames: 0,
  latencyP50Ms: 3,
  latencyP95Ms: null,
  demoted: false,
  lastError: null,
  lastErrorAtMs: null,
};

export const diagnostics: Diagnostics = {
  history: { store: 'embedded', recorded: 6, delivered: 3, spooled: 2, deadLettered: 1, dropped: 0 },
  modules: [ai1],
  scan: new FakeMachine().status.scan,
  field: {
    lines: [
      {
        id: 'rtu0',
        transport: 'rtu',
        where: '/dev/ttyUSB0',
        baudRate: 19_200,
        state: 'back-off',
        stateSinceMs: 1_763_000_000_000,
        reason: 'rtu0: /dev/ttyUSB0 did not open within 2000 ms',
        nextTryMs: 1_763_000_001_000,
        reconnects: 2,
        load: {
          pollPercent: 40,
          writePercent: 23,
          planPercent: 63,
          measuredPercent: null,
          words: 'The plan uses 63 % of 19,200 baud',
          warning: null,
        },
        modules: ['ai1'],
      },
    ],
    modules: [
      {
        id: 'ai1',
        statistics: { ...ai1, requests: 10, demoted: true },
        unit: 1,
        standing: 'demoted',
        standingSinceMs: 1_763_000_000_000,
        watchdog: 'none',
        verified: false,
        blocks: [
          {
            reads: 'inputs',
            functionCode: 4,
            area: 'input',
            address: 0,
            count: 4,
            periodMs: 250,
            cells: [
              { address: 0, count: 1 },
              { address: 3, count: 1 },
            ],
            readOver: [{ address: 1, count: 2 }],
          },
        ],
        holes: [
          {
            area: 'input',
            address: 8,
            count: 1,
            exception: 2,
            meaning: 'illegal data address',
            sinceMs: 1_763_000_000_000,
          },
        ],
      },
    ],
  },
};

const frame: MonitoredFrame = {
  atMs: 1_763_000_000_000.25,
  direction: 'received',
  bytes: Uint8Array.from([1, 0x84, 2, 0xc2, 0xc1]),
  exchange: 17,
  transaction: null,
  crc: 'right',
  unit: 1,
  functionCode: 4,
  area: 'input',
  address: 8,
  count: 1,
  values: null,
  exception: { code: 2, meaning: 'illegal data address' },
  latencyMs: 3.25117,
  marks: ['exception'],
  words: 'unit 1 FC04 read input registers 8: exception 2, illegal data address',
};

/** A monitor with one frame on one line, or one that fails. */
export class FakeMonitor implements FrameMonitor {
  readonly lines = ['rtu0'];
  readonly asked: [string, number][] = [];
  fails: Error | null = null;

  async frames(line: string, last: number): Promise<readonly MonitoredFrame[]> {
    this.asked.push([line, last]);
    if (this.fails !== null) throw this.fails;
    return [frame];
  }

  async capture(line: string, last: number): Promise<Uint8Array> {
    await this.frames(line, last);
    return Uint8Array.from([0xd4, 0xc3, 0xb2, 0xa1]);
  }
}

interface Template {
  readonly database: Uint8Array;
  readonly logins: readonly { readonly username: string; readonly password: string }[];
}

/** Made once and copied for every plant: digesting three passwords each time would be most of the work. */
let template: Promise<Template> | null = null;

async function makeTemplate(): Promise<Template> {
  const folder = temporaryFolder();
  const store = await openStore({ databaseUrl: null, dataDir: folder.path, log: silentLog });
  const logins = await store.seedAccounts({ adminPassword: null, demo: true });
  await store.close();
  const database = readFileSync(join(folder.path, 'tvemicro.db'));
  folder.remove();
  return { database, logins };
}

/** The interface over a real store on SQLite and a machine that shows what it is told. */
export class Plant {
  readonly machine = new FakeMachine();
  readonly gate = new FakeGate();
  readonly monitor = new FakeMonitor();
  readonly trust = new FakeTrust();
  readonly historyQueries: HistoryQuery[] = [];
  historyPoints: readonly HistoryPoint[] | Error = [];
  nowMs = Date.parse('2026-11-23T06:00:00Z');
  readonly api: Api;
  readonly store: Store;
  readonly #folder: { remove(): void };
  readonly #passwords = new Map<string, string>();

  private constructor(store: Store, folder: { remove(): void }, options: Partial<ApiOptions>) {
    this.store = store;
    this.#folder = folder;
    this.api = createApi({
      machine: this.machine,
      gate: this.gate,
      recipes: store.recipes,
      recipeLoader: recipeLoader({
        recipes: store.recipes,
        gate: this.gate,
        machine: this.machine,
        audit: store.audit,
        onRefused: () => undefined,
        log: pino({ level: 'silent' }),
      }),
      accounts: store.accounts,
      sessions: store.sessions,
      throttle: new SignInThrottle(() => this.nowMs),
      audit: store.audit,
      journal: store.alarmJournal,
      history: {
        query: async (query) => {
          this.historyQueries.push(query);
          if (this.historyPoints instanceof Error) throw this.historyPoints;
          return this.historyPoints;
        },
      },
      diagnostics: () => diagnostics,
      frames: this.monitor,
      certificates: this.trust,
      ready: () => ({ ready: true, reasons: [] }),
      settings: { panelAddresses: [], sessionIdleMinutes: 30, sessionMaximumHours: 12, trustProxy: true },
      webRoot: '/nonexistent',
      metrics: new Registry(),
      version: '1.2.3',
      log: silentLog,
      now: () => this.nowMs,
      ...options,
    });
  }

  static async open(options: Partial<ApiOptions> = {}): Promise<Plant> {
    template ??= makeTemplate();
    const { database, logins } = await template;
    const folder = temporaryFolder();
    writeFileSync(join(folder.path, 'tvemicro.db'), database);
    const store = await openStore({ databaseUrl: null, dataDir: folder.path, log: silentLog });
    const plant = new Plant(store, folder, options);
    for (const login of logins) plant.#passwords.set(login.username, login.password);
    return plant;
  }

  async close(): Promise<void> {
    await this.api.close();
    await this.store.close();
    this.#folder.remove();
  }

  passwordOf(username: string): string {
    return this.#passwords.get(username) ?? '';
  }

  /** Makes an observer: the demonstration has none. */
  async addAccount(username: string, role: Role): Promise<string> {
    const creation = await this.store.accounts.create({ username, role });
    assert.ok(creation.ok);
    this.#passwords.set(username, creation.initialPassword);
    return creation.initialPassword;
  }

  async send(method: Method, path: string, { as, body, headers }: Sent = {}): Promise<supertest.Response> {
    let request = supertest(this.api.app.callback())[method](path);
    if (as !== undefined) request = request.set('Cookie', as.cookie).set('X-CSRF-Token', as.csrfToken);
    for (const [name, value] of Object.entries(headers ?? {})) request = request.set(name, value);
    const response = await (body === undefined ? request : request.send(body as string | object));
    this.checkReply(method, path, response);
    return response;
  }

  async signIn(username: string, password = this.passwordOf(username), headers = {}): Promise<SignedIn> {
    const response = await this.send('post', '/api/v1/session', { body: { username, password }, headers });
    assert.equal(response.status, 200, response.text);
    return signedIn(response);
  }

  /** No answer leaves that is not as declared: an error is problem details, all else has the route's own schema. */
  checkReply(method: Method, path: string, response: supertest.Response): void {
    if (!path.startsWith('/api/v1/') || path.endsWith('openapi.json')) return;
    if (response.status >= 400) {
      assert.equal(response.type, 'application/problem+json', `${method} ${path}: ${response.status} ${response.text}`);
      const problem = ProblemReply.parse(JSON.parse(response.text));
      assert.equal(problem.status, response.status);
      assert.doesNotMatch(response.text, /node_modules|\.ts:\d/u, 'no stack leaves the server');
      return;
    }
    const route = this.routeOf(method, path);
    assert.ok(route, `${method} ${path} is not declared`);
    assert.equal(response.status, route.status ?? 200);
    assert.equal(response.get('ETag') !== undefined, route.tellsVersion === true, `${method} ${path}: ETag`);
    if (response.type === 'application/json') route.reply.parse(JSON.parse(response.text));
    else assert.ok(response.status === 204 || route.alsoAs?.[response.type] !== undefined, response.type);
  }

  routeOf(method: Method, path: string): Api['routes'][number] | undefined {
    const [plain] = path.replace('/api/v1', '').split('?');
    const fits = (declared: string): boolean => {
      const [wanted, given] = [declared.split('/'), (plain ?? '').split('/')];
      return wanted.length === given.length && wanted.every((part, i) => part.startsWith(':') || part === given[i]);
    };
    const candidates = this.api.routes.filter((route) => route.method === method && fits(route.path));
    return candidates.find((route) => !route.path.includes(':')) ?? candidates[0];
  }
}

export function signedIn(response: supertest.Response): SignedIn {
  const cookie = cookieOf(response).split(';')[0] ?? '';
  return { cookie, csrfToken: (JSON.parse(response.text) as { csrfToken: string }).csrfToken };
}

export function cookieOf(response: supertest.Response): string {
  return (response.get('Set-Cookie') ?? []).join('\n');
}

export function codeOf(response: supertest.Response): string {
  return (JSON.parse(response.text) as { code: string }).code;
}
