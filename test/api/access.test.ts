import assert from 'node:assert/strict';
import fc from 'fast-check';
import { roles, includesRole, type Role } from '../../machine/commands/role.ts';
import { StoreUnavailableError } from '../../operations/ports/failure.ts';
import { codeOf, Plant, type Method, type SignedIn } from './plant.ts';

interface Endpoint {
  readonly method: Method;
  readonly path: string;
  readonly role: Role;
  /** A body that is taken; absent: none is read. */
  readonly body?: object;
  /** A body whose values are not valid. */
  readonly invalid?: object;
  /** The same address with an id that does not exist. */
  readonly unknown?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A second time there is nothing left to do. */
  readonly once?: true;
}

const endpoints: readonly Endpoint[] = [
  { method: 'get', path: '/session', role: 'observer' },
  { method: 'get', path: '/machine', role: 'observer' },
  { method: 'get', path: '/signals', role: 'observer' },
  { method: 'get', path: '/signals/temperature.zone1', role: 'observer', unknown: '/signals/temperature.zone9' },
  { method: 'get', path: '/alarms', role: 'observer' },
  { method: 'get', path: '/alarms/journal', role: 'observer' },
  { method: 'get', path: '/alarms/statistics', role: 'observer' },
  {
    method: 'get',
    path: '/history?signal=temperature.zone1',
    role: 'observer',
    unknown: '/history?signal=temperature.zone1,temperature.zone9',
  },
  { method: 'get', path: '/tuning', role: 'observer' },
  { method: 'get', path: '/tuning/zone1', role: 'observer', unknown: '/tuning/zone9' },
  {
    method: 'post',
    path: '/tuning/zone1',
    role: 'engineer',
    body: { setpoint: 200 },
    invalid: { setpoint: '200' },
    unknown: '/tuning/zone9',
  },
  { method: 'delete', path: '/tuning/zone1', role: 'engineer', unknown: '/tuning/zone9' },
  {
    method: 'post',
    path: '/tuning/zone1/apply',
    role: 'engineer',
    body: {},
    invalid: { force: true },
    unknown: '/tuning/zone9/apply',
  },
  {
    method: 'post',
    path: '/tuning/zone1/test',
    role: 'engineer',
    body: {},
    invalid: { force: true },
    unknown: '/tuning/zone9/test',
  },
  { method: 'get', path: '/audit', role: 'observer' },
  { method: 'get', path: '/audit/verify', role: 'admin' },
  { method: 'get', path: '/users', role: 'admin' },
  { method: 'get', path: '/diagnostics', role: 'engineer' },
  {
    method: 'get',
    path: '/diagnostics/frames?line=rtu0',
    role: 'engineer',
    unknown: '/diagnostics/frames?line=rtu9',
  },
  {
    method: 'get',
    path: '/diagnostics/frames.pcap?line=rtu0',
    role: 'engineer',
    unknown: '/diagnostics/frames.pcap?line=rtu9',
  },
  { method: 'post', path: '/machine/heat', role: 'operator', body: { on: true }, invalid: { on: 'yes' } },
  { method: 'post', path: '/machine/start', role: 'operator', body: {}, invalid: { force: true } },
  { method: 'post', path: '/machine/stop', role: 'operator' },
  { method: 'post', path: '/machine/emergency-stop', role: 'operator' },
  { method: 'post', path: '/machine/mode', role: 'operator', body: { mode: 'AUTO' }, invalid: { mode: 'auto' } },
  {
    method: 'post',
    path: '/machine/block-start',
    role: 'operator',
    body: { blocked: true, reason: 'MES' },
    invalid: { blocked: 1 },
  },
  {
    method: 'put',
    path: '/signals/heater.zone1.setpoint',
    role: 'operator',
    body: { value: 200 },
    invalid: { value: null },
    unknown: '/signals/heater.zone9.setpoint',
  },
  { method: 'post', path: '/alarms/clear', role: 'operator', body: {}, invalid: { all: true } },
  {
    method: 'post',
    path: '/alarms/ESTOP/acknowledge',
    role: 'operator',
    body: { occurrenceId: 'ESTOP-7', comment: 'seen' },
    invalid: { comment: 7 },
    unknown: '/alarms/NONE/acknowledge',
  },
  {
    method: 'post',
    path: '/alarms/ESTOP/comment',
    role: 'operator',
    body: { comment: 'the fan was blocked' },
    invalid: { comment: ' ' },
    unknown: '/alarms/NONE/comment',
  },
  {
    method: 'post',
    path: '/alarms/ESTOP/shelve',
    role: 'operator',
    body: { minutes: 30, reason: 'filter is on order' },
    invalid: { minutes: 30, reason: ' ' },
    unknown: '/alarms/NONE/shelve',
  },
  {
    method: 'post',
    path: '/alarms/ESTOP/unshelve',
    role: 'operator',
    body: {},
    invalid: { minutes: 1 },
    unknown: '/alarms/NONE/unshelve',
  },
  {
    method: 'post',
    path: '/alarms/ESTOP/out-of-service',
    role: 'engineer',
    body: { reason: 'probe is being replaced' },
    invalid: {},
    unknown: '/alarms/NONE/out-of-service',
  },
  {
    method: 'post',
    path: '/alarms/ESTOP/in-service',
    role: 'engineer',
    body: { reason: 'probe is new' },
    invalid: { reason: 7 },
    unknown: '/alarms/NONE/in-service',
  },
  {
    method: 'post',
    path: '/users',
    role: 'admin',
    body: { username: 'huber', role: 'operator' },
    invalid: { username: 'huber', role: 'boss' },
    status: 201,
    once: true,
  },
  { method: 'get', path: '/certificates', role: 'admin' },
  { method: 'post', path: `/certificates/${'B'.repeat(40)}/trust`, role: 'admin', unknown: '/certificates/0/trust' },
  { method: 'post', path: `/certificates/${'A'.repeat(40)}/reject`, role: 'admin', unknown: '/certificates/0/reject' },
  { method: 'delete', path: `/certificates/${'B'.repeat(40)}`, role: 'admin', unknown: '/certificates/0', status: 204 },
  { method: 'post', path: '/certificates/own/renew', role: 'admin' },
  { method: 'get', path: '/recipes', role: 'observer' },
  { method: 'get', path: '/recipes/PET%20clear', role: 'observer', unknown: '/recipes/none' },
  {
    method: 'post',
    path: '/recipes',
    role: 'engineer',
    body: { name: 'PP', zones: { zone1: { setpointC: 210 } } },
    invalid: { name: 'PP', zones: { zone1: { setpointC: 300 } } },
    status: 201,
    once: true,
  },
  {
    method: 'put',
    path: '/recipes/PET%20clear',
    role: 'engineer',
    body: { zones: { zone1: { setpointC: 255 } } },
    invalid: { zones: { zone1: { setpointC: '255' } } },
    unknown: '/recipes/none',
    headers: { 'If-Match': '*' },
  },
  { method: 'post', path: '/recipes/PET%20clear/load', role: 'operator', unknown: '/recipes/none/load' },
  {
    method: 'post',
    path: '/recipes/PET%20clear/preview',
    role: 'observer',
    body: {},
    invalid: { version: 1 },
    unknown: '/recipes/none/preview',
  },
  {
    method: 'delete',
    path: '/recipes/throwaway',
    role: 'engineer',
    body: { reason: 'not made any more' },
    invalid: { reason: 7 },
    unknown: '/recipes/none',
    status: 204,
    once: true,
  },
];

const wrongToken = (as: SignedIn | undefined): SignedIn => ({ cookie: as?.cookie ?? '', csrfToken: 'wrong' });

describe('who may do what', () => {
  let plant: Plant;
  const people = new Map<Role, SignedIn>();

  before(async () => {
    plant = await Plant.open();
    await plant.addAccount('observer', 'observer');
    await plant.store.accounts.changePassword('observer', plant.passwordOf('observer'), 'violet granulate 7');
    people.set('observer', await plant.signIn('observer', 'violet granulate 7'));
    for (const role of roles) if (role !== 'observer') people.set(role, await plant.signIn(role));
  });
  after(async () => {
    await plant.close();
  });
  beforeEach(async () => {
    plant.gate.requests.length = 0;
    const by = { name: 'engineer', atMs: 0, reason: null };
    // one that is there already stays as it is
    for (const name of ['PET clear', 'throwaway'])
      await plant.store.recipes.create(name, { zones: {}, drives: {} }, by);
  });

  const base = '/api/v1';
  const admin = (): SignedIn => people.get('admin') ?? { cookie: '', csrfToken: '' };

  it('is tested for every endpoint that there is', () => {
    const tested = new Set(endpoints.map(({ method, path }) => plant.routeOf(method, base + path)));
    const others = plant.api.routes
      .filter((route) => !tested.has(route))
      .map((route) => `${route.method} ${route.path}`);
    assert.deepEqual(others, ['post /session', 'delete /session', 'post /session/password', 'get /live']);
  });

  for (const { method, path, role, body, invalid, unknown, status = 200, headers, once } of endpoints) {
    describe(`${method.toUpperCase()} ${path}`, () => {
      const isChange = method !== 'get';

      it('is for nobody who is not signed in', async () => {
        for (const target of [path, unknown ?? path]) {
          const response = await plant.send(method, base + target, { body: invalid });
          assert.deepEqual([response.status, codeOf(response)], [401, 'NOT_SIGNED_IN']);
        }
        const forged = { cookie: 'tve_session=guessed', csrfToken: admin().csrfToken };
        assert.equal((await plant.send(method, base + path, { as: forged, body })).status, 401);
      });

      if (isChange) {
        it('is refused without the CSRF token, before the role is looked at', async () => {
          for (const holder of roles) {
            for (const target of [path, unknown ?? path]) {
              const as = wrongToken(people.get(holder));
              const response = await plant.send(method, base + target, { as, body: invalid });
              assert.deepEqual([response.status, codeOf(response)], [403, 'CSRF'], holder);
            }
          }
        });
      }

      it(`is for ${role} and above`, async () => {
        for (const holder of roles) {
          const response = await plant.send(method, base + path, {
            as: people.get(holder),
            body,
            ...(headers && { headers }),
          });
          const expected = includesRole(holder, role) ? status : 403;
          assert.equal(response.status, expected, `${holder}: ${response.text}`);
          if (expected === 403) assert.equal(codeOf(response), 'NOT_PERMITTED');
          if (once && expected === status) break;
        }
      });

      if (unknown !== undefined) {
        it('tells by role first and then that there is no such thing, whatever the body says', async () => {
          for (const holder of roles) {
            const as = people.get(holder);
            const response = await plant.send(method, base + unknown, { as, ...(isChange ? { body: '{' } : {}) });
            assert.equal(response.status, includesRole(holder, role) ? 404 : 403, holder);
          }
        });
      }

      if (body !== undefined) {
        it('takes JSON of the right size, form and values only, in this order', async () => {
          const as = admin();
          const sent = async (text: string, type: string): Promise<[number, string]> => {
            const response = await plant.send(method, base + path, {
              as,
              body: text,
              headers: { 'Content-Type': type },
            });
            return [response.status, codeOf(response)];
          };
          const large = `"${'x'.repeat(70_000)}"`;
          plant.gate.requests.length = 0;
          assert.deepEqual(await sent(large, 'text/plain'), [415, 'MEDIA_TYPE']);
          assert.deepEqual(await sent(JSON.stringify(body), 'application/x-www-form-urlencoded'), [415, 'MEDIA_TYPE']);
          assert.deepEqual(await sent(large, 'application/json'), [413, 'TOO_LARGE']);
          assert.deepEqual(await sent('{"on":', 'application/json'), [400, 'MALFORMED']);
          assert.deepEqual(await sent('7', 'application/json'), [400, 'MALFORMED']);
          assert.deepEqual(await sent(JSON.stringify(invalid), 'application/json'), [422, 'INVALID_VALUE']);
          assert.deepEqual(await sent(JSON.stringify({ ...body, foreign: 1 }), 'application/json'), [
            422,
            'INVALID_VALUE',
          ]);
          assert.deepEqual(plant.gate.requests, [], 'nothing of this reached the gate');
        });
      }
    });
  }

  it('is in the audit when the role was refused, with the address', async () => {
    const as = people.get('observer');
    await plant.send('post', `${base}/machine/start`, { as, headers: { 'X-Forwarded-For': '10.0.0.8' } });
    const [entry] = (await plant.store.audit.list({ limit: 1 })).items;
    assert.deepEqual(
      [entry?.actor, entry?.role, entry?.action, entry?.result, entry?.station, entry?.reasons[0]?.code],
      ['observer', 'observer', 'start', 'refused', '10.0.0.8', 'NOT_PERMITTED'],
    );
  });

  it('is answered with 405 and the right methods where the method is wrong', async () => {
    for (const [method, path, allowed] of [
      ['delete', '/machine', 'GET'],
      ['get', '/machine/start', 'POST'],
      ['put', '/alarms/clear', 'POST'],
      ['patch', '/signals/temperature.zone1', 'PUT'],
      ['post', '/openapi.json', 'GET'],
    ] as const) {
      const response = await plant.send(method, base + path, { as: admin() });
      if (!path.endsWith('json')) assert.equal(codeOf(response), 'METHOD_NOT_ALLOWED');
      assert.equal(response.status, 405);
      assert.match(response.get('Allow') ?? '', new RegExp(`\\b${allowed}\\b`, 'u'), path);
    }
  });

  it('is answered with 404 where nothing is', async () => {
    for (const path of ['/nothing', '/', '/signals/a/b', '/%zz', '/signals/%00', '/signals/%zz']) {
      assert.equal((await plant.send('get', base + path, { as: admin() })).status, 404, path);
    }
  });

  it('never makes the server fail, whatever is sent', async () => {
    const anyRequest = fc.record({
      endpoint: fc.constantFrom(...endpoints),
      body: fc.oneof(
        fc.jsonValue().map((value) => JSON.stringify(value)),
        fc.string({ unit: 'binary', maxLength: 50 }),
        fc
          .record(
            { value: fc.jsonValue(), mode: fc.jsonValue(), on: fc.jsonValue(), reason: fc.string({ unit: 'binary' }) },
            { requiredKeys: [] },
          )
          .map((value) => JSON.stringify(value)),
        fc.constantFrom('{"__proto__":{"on":true}}', '[]', 'null', '{"constructor":{"prototype":{}}}', '{"on":1e999}'),
      ),
      type: fc.constantFrom(
        'application/json',
        'application/json; charset=x',
        'text/plain',
        'application/problem+json',
        '',
      ),
      encoding: fc.constantFrom('identity', 'gzip', 'deflate', 'br', 'nonsense'),
      query: fc.webQueryParameters(),
    });
    await fc.assert(
      fc.asyncProperty(anyRequest, async ({ endpoint, body, type, encoding, query }) => {
        const { method, path } = endpoint;
        const target = `${base}${path}${path.includes('?') ? '&' : '?'}${query}`;
        const headers = method === 'get' ? {} : { 'Content-Type': type, 'Content-Encoding': encoding };
        const response = await plant.send(method, target, {
          as: admin(),
          headers,
          ...(method === 'get' ? {} : { body }),
        });
        assert.ok(response.status < 500, `${method} ${target}: ${response.text}`);
      }),
      { numRuns: 200 },
    );
  }).timeout(60_000);
});

const from = (address: string, more = {}): { headers: Record<string, string> } => ({
  headers: { 'X-Forwarded-For': address, ...more },
});

const panelSettings = {
  panelAddresses: ['::ffff:10.0.0.5'],
  sessionIdleMinutes: 30,
  sessionMaximumHours: 12,
  trustProxy: true,
};

describe('the local panel', () => {
  let plant: Plant;
  before(async () => {
    plant = await Plant.open({ settings: panelSettings });
  });
  after(async () => {
    await plant.close();
  });
  beforeEach(() => {
    plant.gate.requests.length = 0;
  });

  const stop = async (sent: { headers: Record<string, string> }): Promise<number> =>
    (await plant.send('post', '/api/v1/machine/stop', sent)).status;

  it('stops the machine without signing in, whatever comes as a body', async () => {
    for (const path of ['/api/v1/machine/stop', '/api/v1/machine/emergency-stop']) {
      const { headers } = from('10.0.0.5', { 'Content-Type': 'text/plain' });
      assert.equal((await plant.send('post', path, { headers, body: '{' })).status, 200);
    }
    assert.deepEqual(
      plant.gate.requests.map(({ action, principal, station }) => [
        action.name,
        principal.name,
        principal.kind,
        station,
      ]),
      [
        ['stop', 'panel', 'panel', '10.0.0.5'],
        ['emergencyStop', 'panel', 'panel', '10.0.0.5'],
      ],
    );
  });

  it('stops it as who is signed in there, and also when that session’s token is stale', async () => {
    const operator = await plant.signIn('operator');
    await plant.send('post', '/api/v1/machine/stop', { as: operator, ...from('10.0.0.5') });
    await plant.send('post', '/api/v1/machine/stop', { as: { ...operator, csrfToken: 'old' }, ...from('10.0.0.5') });
    assert.deepEqual(
      plant.gate.requests.map(({ principal }) => principal.name),
      ['operator', 'panel'],
    );
  });

  it('stops it although nobody can tell who is signed in there: the database is away or silent', async () => {
    for (const find of [
      async () => Promise.reject(new StoreUnavailableError('away')),
      async () => new Promise<null>(() => undefined),
    ]) {
      const cut = await Plant.open({ settings: panelSettings, sessions: { ...plant.store.sessions, find } });
      const sent = { as: { cookie: 'tve_session=x', csrfToken: 'x' }, ...from('10.0.0.5') };
      assert.equal((await cut.send('post', '/api/v1/machine/stop', sent)).status, 200);
      assert.equal((await cut.send('post', '/api/v1/machine/start', sent)).status, 503);
      await cut.close();
    }
  });

  it('starts, heats and reads nothing without signing in', async () => {
    for (const [method, path] of [
      ['post', '/machine/start'],
      ['post', '/machine/heat'],
      ['post', '/alarms/clear'],
      ['get', '/machine'],
    ] as const) {
      assert.equal((await plant.send(method, `/api/v1${path}`, from('10.0.0.5'))).status, 401, path);
    }
  });

  it('is nobody else: no other address, none that a client claims before the proxy’s, no other site’s page', async () => {
    assert.equal(await stop(from('10.0.0.6')), 401);
    assert.equal(await stop(from('10.0.0.5, 10.0.0.6')), 401);
    assert.equal(await stop(from('10.0.0.5', { 'Sec-Fetch-Site': 'cross-site' })), 401);
    assert.equal(await stop(from('10.0.0.5', { 'Sec-Fetch-Site': 'same-origin' })), 200);
  });

  it('is not believed by its header where no proxy is declared', async () => {
    const open = await Plant.open({ settings: { ...panelSettings, trustProxy: false } });
    try {
      assert.equal((await open.send('post', '/api/v1/machine/stop', from('10.0.0.5'))).status, 401);
    } finally {
      await open.close();
    }
  });
});
