import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { csvLine } from '../../api/csv.ts';
import { StoreUnavailableError } from '../../operations/ports/failure.ts';
import { FieldSilentError } from '../../operations/ports/frame-monitor.ts';
import { HistoryUnavailableError } from '../../operations/ports/history.ts';
import { temporaryFolder } from '../store/stores.ts';
import { codeOf, diagnostics, Plant, type SignedIn } from './plant.ts';

/** Headers that a described operation takes, and whether they are needed. */
function headersOf({ parameters }: { parameters: { name: string; in: string; required: boolean }[] }): unknown[] {
  return parameters.filter((parameter) => parameter.in === 'header').map(({ name, required }) => [name, required]);
}

describe('history over REST', () => {
  let plant: Plant;
  let operator: SignedIn;
  beforeEach(async () => {
    plant = await Plant.open();
    operator = await plant.signIn('operator');
  });
  afterEach(async () => {
    await plant.close();
  });
  const range = 'from=2026-11-23T05:00:00Z&to=2026-11-23T06:00:00Z';
  const fromMs = Date.parse('2026-11-23T05:00:00Z');
  const toMs = Date.parse('2026-11-23T06:00:00Z');

  it('gives raw points with quality and a gap as a gap', async () => {
    plant.historyPoints = [
      [fromMs, 201.5, 'Good'],
      [fromMs + 1, null, 'BadSensorFailure'],
    ];
    const path = `/api/v1/history?signal=temperature.zone1&${range}`;
    const { body } = await plant.send('get', path, { as: operator });
    const points = [
      [fromMs, 201.5, 'Good'],
      [fromMs + 1, null, 'BadSensorFailure'],
    ];
    assert.deepEqual(body, { series: [{ signal: 'temperature.zone1', unit: '°C', points, truncated: false }] });
    assert.deepEqual(plant.historyQueries, [{ signal: 'temperature.zone1', fromMs, toMs, limit: 10_001 }]);
  });

  for (const [query, expected] of [
    ['points=60', { intervalMs: 60_000, aggregate: 'average' }],
    ['interval=10', { intervalMs: 10_000, aggregate: 'average' }],
    ['interval=0.5&aggregate=maximum', { intervalMs: 500, aggregate: 'maximum' }],
    ['aggregate=timeAverage', { intervalMs: 7_200, aggregate: 'timeAverage' }],
    ['aggregate=raw&points=50', { limit: 51 }],
  ] as const) {
    it(`asks the store rightly for ${query}`, async () => {
      const path = `/api/v1/history?signal=temperature.zone1&${range}&${query}`;
      assert.equal((await plant.send('get', path, { as: operator })).status, 200);
      const expectedQuery = { signal: 'temperature.zone1', fromMs, toMs, limit: 10_001, ...expected };
      assert.deepEqual(plant.historyQueries, [expectedQuery]);
    });
  }

  it('takes several signals, of what is no number the last value, and the last hour unless told otherwise', async () => {
    const path = '/api/v1/history?signal=temperature.zone1,fan.on&signal=fan.on&points=10';
    assert.equal((await plant.send('get', path, { as: operator })).status, 200);
    assert.deepEqual(
      plant.historyQueries.map((query) => [query.signal, query.aggregate, plant.nowMs - query.fromMs, query.toMs]),
      [
        ['temperature.zone1', 'average', 3_600_000, plant.nowMs],
        ['fan.on', 'end', 3_600_000, plant.nowMs],
      ],
    );
  });

  it('says when there is more than one reply carries', async () => {
    plant.historyPoints = Array.from({ length: 6 }, (_, i) => [fromMs + i, i, 'Good'] as const);
    const path = `/api/v1/history?signal=temperature.zone1&${range}&aggregate=raw&points=5`;
    const { body } = await plant.send('get', path, { as: operator });
    assert.deepEqual([body.series[0].points.length, body.series[0].truncated], [5, true]);
  });

  it('refuses what cannot be meant', async () => {
    for (const query of [
      'from=2026-11-23T06:00:00Z&to=2026-11-23T05:00:00Z',
      `${range}&points=10001`,
      `${range}&interval=0.1`,
      `${range}&interval=-1`,
      `${range}&points=5&interval=5`,
      `${range}&aggregate=median`,
      `${range}&form=x`,
    ]) {
      const response = await plant.send('get', `/api/v1/history?signal=temperature.zone1&${query}`, { as: operator });
      assert.deepEqual([response.status, codeOf(response)], [422, 'INVALID_VALUE'], query);
    }
    assert.equal((await plant.send('get', '/api/v1/history', { as: operator })).status, 422);
    assert.deepEqual(plant.historyQueries, []);
  });

  it('tells a store that does not answer from a range in which nothing was recorded', async () => {
    plant.historyPoints = new HistoryUnavailableError('influx', new Error('ECONNREFUSED'));
    const path = '/api/v1/history?signal=temperature.zone1';
    const response = await plant.send('get', path, { as: operator });
    assert.deepEqual([response.status, codeOf(response)], [503, 'HISTORY_UNAVAILABLE']);
  });

  it('is also CSV, in which no text runs as a formula', async () => {
    plant.historyPoints = [
      [fromMs, -1.5, 'Good'],
      [fromMs + 1, '=HYPERLINK("http://evil")', 'Good'],
      [fromMs + 2, null, 'BadNoData'],
    ];
    const response = await plant.send('get', `/api/v1/history?signal=temperature.zone1&${range}`, {
      as: operator,
      headers: { Accept: 'text/csv' },
    });
    assert.equal(response.type, 'text/csv');
    assert.match(response.get('Content-Disposition') ?? '', /attachment; filename="history\.csv"/u);
    assert.equal(
      response.text,
      [
        'time,signal,value,unit,quality',
        '2026-11-23T05:00:00.000Z,temperature.zone1,-1.5,°C,Good',
        '2026-11-23T05:00:00.001Z,temperature.zone1,"\'=HYPERLINK(""http://evil"")",°C,Good',
        '2026-11-23T05:00:00.002Z,temperature.zone1,,°C,BadNoData',
        '',
      ].join('\r\n'),
    );
  });
});

describe('a line of CSV', () => {
  it('never has a field that begins like a formula, whatever the texts are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (texts) => {
        const line = csvLine(texts);
        const fields = line.match(/(?:^|,)(?:"(?:[^"]|"")*"|[^",\r\n]*)/gu) ?? [];
        assert.ok(
          fields.every((field) => !/^,?"?[=+\-@\t\r]/u.test(field)),
          line,
        );
      }),
    );
  });
});

describe('the audit over REST', () => {
  let plant: Plant;
  beforeEach(async () => {
    plant = await Plant.open();
  });
  afterEach(async () => {
    await plant.close();
  });

  it('shows administrators all entries and everybody else their own', async () => {
    const [operator, admin] = [await plant.signIn('operator'), await plant.signIn('admin')];
    const actors = async (as: SignedIn, query = ''): Promise<string[]> => {
      const { body } = await plant.send('get', `/api/v1/audit${query}`, { as });
      return (body as { items: { actor: string }[] }).items.map((item) => item.actor);
    };
    assert.deepEqual(await actors(admin), ['admin', 'operator']);
    assert.deepEqual(await actors(operator), ['operator']);
    assert.deepEqual(await actors(operator, '?actor=operator'), ['operator']);
    assert.deepEqual(await actors(admin, '?actor=operator&action=signIn'), ['operator']);
    const refused = await plant.send('get', '/api/v1/audit?actor=admin', { as: operator });
    assert.deepEqual([refused.status, codeOf(refused)], [403, 'NOT_PERMITTED']);
    assert.deepEqual(await actors(admin, '?action=readAudit'), ['operator']);
    const { body } = await plant.send('get', '/api/v1/audit/verify', { as: admin });
    assert.deepEqual(body, { valid: true, entries: 3, firstBroken: null });
  });

  it('that cannot be written stops nobody, and is counted', async () => {
    const broken = await Plant.open();
    await broken.close();
    const other = await Plant.open({ audit: broken.store.audit });
    try {
      const operator = await other.signIn('operator');
      assert.equal((await other.send('post', '/api/v1/machine/start', { as: operator })).status, 200);
      const metrics = await other.send('get', '/metrics');
      assert.match(metrics.text, /^tve_audit_write_failures_total 1$/mu);
    } finally {
      await other.close();
    }
  });
});

describe('accounts over REST', () => {
  it('are made by an administrator; the initial password opens one door, which is its change', async () => {
    const plant = await Plant.open();
    try {
      const admin = await plant.signIn('admin');
      const made = await plant.send('post', '/api/v1/users', {
        as: admin,
        body: { username: 'huber', role: 'operator', site: 'Linz' },
      });
      assert.deepEqual([made.body.username, made.body.role], ['huber', 'operator']);
      const signIn = await plant.send('post', '/api/v1/session', {
        body: { username: 'huber', password: made.body.initialPassword },
      });
      assert.equal(signIn.body.user.mustChangePassword, true);
      for (const [username, status, code] of [
        ['HUBER', 409, 'USERNAME_TAKEN'],
        ['system', 422, 'INVALID_VALUE'],
      ] as const) {
        const response = await plant.send('post', '/api/v1/users', { as: admin, body: { username, role: 'admin' } });
        assert.deepEqual([response.status, codeOf(response)], [status, code]);
      }
      const { body } = await plant.send('get', '/api/v1/users', { as: admin });
      const names = (body as { username: string; site: string | null }[]).map(({ username, site }) => [username, site]);
      assert.deepEqual(names, [
        ['admin', null],
        ['engineer', null],
        ['huber', 'Linz'],
        ['operator', null],
      ]);
      assert.doesNotMatch(JSON.stringify(body), /argon2|hash/iu);
      const { items } = await plant.store.audit.list({ action: 'createUser', limit: 10 });
      assert.deepEqual(
        items.map((item) => [item.args['username'], item.result]),
        [
          ['system', 'refused'],
          ['HUBER', 'refused'],
          ['huber', 'accepted'],
        ],
      );
    } finally {
      await plant.close();
    }
  });
});

describe('the server about itself', () => {
  let plant: Plant;
  const folder = temporaryFolder();
  before(async () => {
    mkdirSync(join(folder.path, 'assets'));
    writeFileSync(join(folder.path, 'index.html'), '<!doctype html><title>HMI</title>');
    writeFileSync(join(folder.path, 'assets', 'main-1a2b.js'), 'void 0;');
    plant = await Plant.open({
      webRoot: folder.path,
      ready: () => ({ ready: false, reasons: ['the scan does not run'] }),
    });
  });
  after(async () => {
    await plant.close();
    folder.remove();
  });

  it('tells diagnostics as they are given, each module with what its line knows of it', async () => {
    const engineer = await plant.signIn('engineer');
    const { body } = await plant.send('get', '/api/v1/diagnostics', { as: engineer });
    const { history, scan, field } = diagnostics;
    const [line] = field?.lines ?? [];
    const [report] = field?.modules ?? [];
    const at = '2025-11-13T02:13:20.000Z';
    const { stateSinceMs: _since, nextTryMs: _next, ...lineSame } = line ?? {};
    const { standingSinceMs: _standing, holes, statistics, ...standing } = report ?? {};
    const { lastErrorAtMs: _error, ...counters } = statistics ?? {};
    const { sinceMs: _hole, ...hole } = holes?.[0] ?? {};
    assert.deepEqual(body, {
      history,
      scan,
      lines: [{ ...lineSame, stateSince: at, nextTry: '2025-11-13T02:13:21.000Z' }],
      modules: [
        {
          ...counters,
          lastErrorAt: null,
          ...standing,
          standingSince: at,
          holes: [{ ...hole, since: at }],
        },
      ],
    });
  });

  it('tells what it knows of the modules while the control process does not answer', async () => {
    const silent = await Plant.open({ diagnostics: () => ({ ...diagnostics, field: null }) });
    try {
      const engineer = await silent.signIn('engineer');
      const { body } = await silent.send('get', '/api/v1/diagnostics', { as: engineer });
      assert.equal(body.lines, null);
      assert.deepEqual([body.modules[0].id, body.modules[0].requests, body.modules[0].standing], ['ai1', 9, undefined]);
    } finally {
      await silent.close();
    }
  });

  it('shows the frames of a line, and gives them as a file', async () => {
    const engineer = await plant.signIn('engineer');
    const { body } = await plant.send('get', '/api/v1/diagnostics/frames?line=rtu0&last=7', { as: engineer });
    assert.equal(body.line, 'rtu0');
    const [frame] = body.frames;
    assert.deepEqual(
      [frame.at, frame.hex, frame.latencyMs, frame.marks, frame.exception],
      ['2025-11-13T02:13:20.000Z', '01 84 02 c2 c1', 3.25, ['exception'], { code: 2, meaning: 'illegal data address' }],
    );
    const file = await plant.send('get', '/api/v1/diagnostics/frames.pcap?line=rtu0', { as: engineer });
    assert.equal(file.get('Content-Disposition'), 'attachment; filename="rtu0.pcap"');
    assert.equal(file.get('Content-Length'), '4');
    assert.deepEqual(plant.monitor.asked, [
      ['rtu0', 7],
      ['rtu0', 200],
    ]);
    for (const query of [
      '',
      '?line=rtu0&last=0',
      '?line=rtu0&last=2001',
      '?line=rtu0&last=x',
      '?line=rtu0&line=rtu0',
    ]) {
      const { status } = await plant.send('get', `/api/v1/diagnostics/frames${query}`, { as: engineer });
      assert.equal(status, 422, query);
    }
  });

  it('answers 503 when the control process does not tell its frames in time', async () => {
    const engineer = await plant.signIn('engineer');
    plant.monitor.fails = new FieldSilentError('the frames of rtu0: no answer');
    for (const path of ['frames', 'frames.pcap']) {
      const answer = await plant.send('get', `/api/v1/diagnostics/${path}?line=rtu0`, { as: engineer });
      assert.deepEqual([answer.status, codeOf(answer), answer.get('Retry-After')], [503, 'CONTROL_UNAVAILABLE', '5']);
    }
    plant.monitor.fails = null;
  });

  it('is alive, and says what it is not ready for', async () => {
    const health = await plant.send('get', '/healthz');
    assert.deepEqual([health.status, health.body], [200, { alive: true }]);
    const ready = await plant.send('get', '/readyz');
    assert.deepEqual([ready.status, ready.body], [503, { ready: false, reasons: ['the scan does not run'] }]);
  });

  it('counts requests by route, method and class, and makes no label of what strangers ask for', async () => {
    await plant.send('get', '/api/v1/signals/temperature.zone1');
    await plant.send('get', '/api/v1/wp-admin.php');
    const { text, type } = await plant.send('get', '/metrics');
    assert.equal(type, 'text/plain');
    const counted =
      'tve_http_request_duration_seconds_count{route="/api/v1/signals/:id",method="GET",status_class="4xx"} 1';
    assert.ok(text.includes(counted), text);
    assert.doesNotMatch(text, /wp-admin/u);
    assert.match(text, /^tve_live_streams 0$/mu);
  });

  it('describes the whole interface in OpenAPI 3.1, from the declarations that check the requests', async () => {
    const { body } = await plant.send('get', '/api/v1/openapi.json');
    assert.equal(body.openapi, '3.1.0');
    assert.equal(body.info.version, '1.2.3');
    const described = Object.entries(body.paths as Record<string, object>).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method} ${path}`),
    );
    const declared = plant.api.routes.map((route) => `${route.method} ${route.path.replaceAll(/:(\w+)/gu, '{$1}')}`);
    assert.deepEqual(described.toSorted(), declared.toSorted());
    const ids = Object.values(body.paths as Record<string, Record<string, { operationId: string }>>).flatMap(
      (operations) => Object.values(operations).map((operation) => operation.operationId),
    );
    assert.equal(new Set(ids).size, ids.length);
    const write = body.paths['/signals/{id}'].put;
    assert.deepEqual(write.requestBody.content['application/json'].schema.required, ['value']);
    assert.deepEqual(Object.keys(write.responses), [
      '200',
      '400',
      '401',
      '403',
      '404',
      '409',
      '413',
      '415',
      '422',
      '429',
      '502',
      '503',
    ]);
    assert.deepEqual(body.paths['/session'].post.security, []);
    const recipe = body.paths['/recipes/{name}'];
    assert.deepEqual(headersOf(recipe.put), [['If-Match', true]]);
    assert.deepEqual(headersOf(recipe.delete), [['If-Match', false]]);
    assert.deepEqual(headersOf(body.paths['/recipes/{name}/load'].post), [['If-Match', false]]);
    assert.deepEqual(headersOf(recipe.get), []);
    assert.deepEqual(
      [recipe.get, recipe.put].map(({ responses }) => Object.keys(responses['200'].headers)),
      [['ETag'], ['ETag']],
    );
    assert.deepEqual(Object.keys(body.paths['/recipes'].post.responses['201'].headers), ['ETag']);
    assert.ok('428' in recipe.put.responses && !('428' in recipe.delete.responses) && '412' in recipe.delete.responses);
    const parameters = body.paths['/history'].get.parameters as { name: string; required: boolean }[];
    assert.deepEqual(
      parameters.filter(({ required }) => required).map(({ name }) => name),
      ['signal'],
    );
  });

  it('has a readable page of it, without scripts or anything from elsewhere', async () => {
    const page = await plant.send('get', '/api/docs');
    assert.equal(page.type, 'text/html');
    for (const route of plant.api.routes) assert.ok(page.text.includes(`</span>${route.path}</h3>`), route.path);
    assert.doesNotMatch(page.text, /<script|https?:\/\/|style=/u);
    assert.equal((await plant.send('get', '/api/docs.css')).type, 'text/css');
  });

  it('serves the built page, asks for it anew each time, and keeps what is named by its content', async () => {
    const page = await plant.send('get', '/');
    assert.match(page.text, /HMI/u);
    assert.equal(page.get('Cache-Control'), 'no-cache');
    assert.match((await plant.send('get', '/assets/main-1a2b.js')).get('Cache-Control') ?? '', /immutable/u);
    assert.equal((await plant.send('get', '/assets/none.js')).status, 404);
    assert.equal((await plant.send('get', '/../../etc/passwd')).status, 404);
    assert.equal((await plant.send('get', '/%2e%2e/%2e%2e/etc/passwd')).status, 404);
  });

  it('says how to build the page where it is not built', async () => {
    const bare = await Plant.open();
    try {
      const page = await bare.send('get', '/');
      assert.equal(page.status, 503);
      assert.match(page.text, /npm run build/u);
    } finally {
      await bare.close();
    }
  });

  it('lets pages load nothing from elsewhere and be framed by nobody', async () => {
    for (const path of ['/', '/api/docs', '/api/v1/machine', '/nothing']) {
      const response = await plant.send('get', path);
      const policy = response.get('Content-Security-Policy') ?? '';
      assert.match(policy, /default-src 'none'/u, path);
      assert.match(policy, /frame-ancestors 'none'/u);
      assert.doesNotMatch(policy, /unsafe/u);
      assert.equal(response.get('X-Content-Type-Options'), 'nosniff');
      assert.equal(response.get('X-Powered-By'), undefined);
    }
    assert.equal((await plant.send('get', '/api/v1/machine')).get('Cache-Control'), 'no-store');
  });

  it('answers a mistake of its own with a reference into its log, and a missing database with 503', async () => {
    const logged: object[] = [];
    const log = { info: () => undefined, warn: () => undefined, error: (details: object) => logged.push(details) };
    let error: Error = new TypeError('secret /srv/path.ts:1');
    const faulty = await Plant.open({
      log,
      diagnostics: () => {
        throw error;
      },
    });
    try {
      const engineer = await faulty.signIn('engineer');
      const mistake = await faulty.send('get', '/api/v1/diagnostics', { as: engineer });
      assert.deepEqual([mistake.status, codeOf(mistake)], [500, 'INTERNAL']);
      assert.doesNotMatch(mistake.text, /secret/u);
      const { reference } = JSON.parse(mistake.text) as { reference: string };
      assert.deepEqual(
        logged.map((details) => (details as { reference?: string }).reference),
        [reference],
      );
      error = new StoreUnavailableError('no disk');
      const missing = await faulty.send('get', '/api/v1/diagnostics', { as: engineer });
      assert.deepEqual([missing.status, missing.get('Retry-After')], [503, '5']);
    } finally {
      await faulty.close();
    }
  });
});
