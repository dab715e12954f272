import assert from 'node:assert/strict';
import { codeOf, cookieOf, Plant, signedIn, type SignedIn } from './plant.ts';

describe('signing in', () => {
  let plant: Plant;
  beforeEach(async () => {
    plant = await Plant.open();
  });
  afterEach(async () => {
    await plant.close();
  });

  const statusOf = async (username: string, password: string): Promise<number> =>
    (await plant.send('post', '/api/v1/session', { body: { username, password } })).status;

  it('gives a cookie that scripts and other sites never see, and a CSRF token', async () => {
    const body = { username: 'OPERATOR', password: plant.passwordOf('operator') };
    const response = await plant.send('post', '/api/v1/session', { body });
    assert.equal(response.status, 200);
    assert.deepEqual(response.body.user, { username: 'operator', role: 'operator', mustChangePassword: false });
    const cookie = cookieOf(response);
    assert.match(cookie, /^tve_session=[\w-]{43};/u);
    assert.match(cookie, /; httponly/iu);
    assert.match(cookie, /; samesite=strict/iu);
    assert.doesNotMatch(cookie, /; secure/iu);
    const who = await plant.send('get', '/api/v1/session', { as: signedIn(response) });
    assert.deepEqual(who.body, response.body);
    const overTls = await plant.send('post', '/api/v1/session', { body, headers: { 'X-Forwarded-Proto': 'https' } });
    assert.match(cookieOf(overTls), /; secure/iu);
  });

  it('answers a wrong password and an unknown name alike', async () => {
    const answers = [];
    for (const username of ['operator', 'nobody', '', 'o\u0000perator']) {
      const response = await plant.send('post', '/api/v1/session', { body: { username, password: 'wrong' } });
      assert.equal(response.status, 401);
      assert.ok(response.get('WWW-Authenticate'));
      assert.deepEqual(response.get('Set-Cookie'), undefined);
      answers.push(response.text);
    }
    assert.equal(new Set(answers).size, 1);
  });

  it('makes whoever guesses wait longer and longer, without locking out the same account elsewhere', async () => {
    const attempt = async (password: string, from: string): Promise<[number, string | undefined]> => {
      const body = { username: 'operator', password };
      const response = await plant.send('post', '/api/v1/session', { body, headers: { 'X-Forwarded-For': from } });
      return [response.status, response.get('Retry-After')];
    };
    for (let i = 0; i < 5; i++) assert.deepEqual((await attempt(`guess ${i}`, '10.0.0.9'))[0], 401);
    const right = plant.passwordOf('operator');
    assert.deepEqual(await attempt(right, '10.0.0.9'), [429, '5']);
    assert.equal((await attempt(right, '10.0.0.10'))[0], 200);
    plant.nowMs += 5_000;
    assert.equal((await attempt('guess 6', '10.0.0.9'))[0], 401);
    assert.deepEqual(await attempt('guess 7', '10.0.0.9'), [429, '10']);
    plant.nowMs += 10_000;
    assert.equal((await attempt(right, '10.0.0.9'))[0], 200);
    assert.equal((await attempt('a slip', '10.0.0.9'))[0], 401);
    assert.equal((await attempt(right, '10.0.0.9'))[0], 200);
  });

  it('slows down who tries one password on many accounts, also when an account of their own works in between', async () => {
    const statuses: number[] = [];
    for (let i = 0; i < 33; i++) {
      statuses.push(await statusOf(`user${i}`, 'spring2026!'));
      if (i % 10 === 5) assert.equal(await statusOf('operator', plant.passwordOf('operator')), 200);
    }
    assert.deepEqual(statuses, [...Array<number>(30).fill(401), 429, 429, 429]);
  });

  it('does not let many attempts at once pass for the first', async () => {
    const responses = await Promise.all(
      Array.from({ length: 12 }, async (_, i) =>
        plant.send('post', '/api/v1/session', { body: { username: 'operator', password: `guess ${i}` } }),
      ),
    );
    assert.ok(responses.filter((response) => response.status === 401).length <= 5);
    assert.equal(new Set(responses.map((response) => response.status)).size, 2);
  });

  it('ends the session that the browser had before', async () => {
    const first = await plant.signIn('operator');
    const second = await plant.signIn('operator', undefined, { Cookie: first.cookie });
    assert.notEqual(first.cookie, second.cookie);
    assert.equal((await plant.send('get', '/api/v1/session', { as: first })).status, 401);
    assert.equal((await plant.send('get', '/api/v1/session', { as: second })).status, 200);
  });

  it('is written into the audit, by account and address, and never with a password', async () => {
    const headers = { 'X-Forwarded-For': '10.1.2.3' };
    await plant.send('post', '/api/v1/session', { body: { username: 'engineer', password: 'pa55' }, headers });
    await plant.send('post', '/api/v1/session', { body: { username: 'my-pa55word', password: 'x' }, headers });
    const engineer = await plant.signIn('engineer', undefined, headers);
    await plant.send('delete', '/api/v1/session', { as: engineer, headers });
    const { items } = await plant.store.audit.list({ limit: 10 });
    assert.deepEqual(
      items.toReversed().map((item) => [item.actor, item.action, item.result, item.station, item.reasons[0]?.code]),
      [
        ['engineer', 'signIn', 'refused', '10.1.2.3', 'SIGN_IN_FAILED'],
        ['unknown', 'signIn', 'refused', '10.1.2.3', 'SIGN_IN_FAILED'],
        ['engineer', 'signIn', 'accepted', '10.1.2.3', undefined],
        ['engineer', 'signOut', 'accepted', '10.1.2.3', undefined],
      ],
    );
    assert.doesNotMatch(JSON.stringify(items), /pa55/u);
  });
});

describe('a session', () => {
  let plant: Plant;
  let operator: SignedIn;
  beforeEach(async () => {
    plant = await Plant.open();
    operator = await plant.signIn('operator');
  });
  afterEach(async () => {
    await plant.close();
  });
  const statusOfReading = async (as: SignedIn): Promise<number> =>
    (await plant.send('get', '/api/v1/machine', { as })).status;

  it('ends by signing out, and its cookie is taken back', async () => {
    const response = await plant.send('delete', '/api/v1/session', { as: operator });
    assert.equal(response.status, 204);
    assert.match(cookieOf(response), /^tve_session=;.*1970/u);
    assert.equal(await statusOfReading(operator), 401);
  });

  it('ends when unused, not while it is used, and at the latest after its longest time', async () => {
    for (let minutes = 0; minutes < 12 * 60 - 20; minutes += 20) {
      assert.equal(await statusOfReading(operator), 200, `after ${minutes} minutes`);
      plant.nowMs += 20 * 60_000;
    }
    plant.nowMs += 20 * 60_000;
    assert.equal(await statusOfReading(operator), 401, 'after twelve hours');
    const engineer = await plant.signIn('engineer');
    plant.nowMs += 30 * 60_000;
    assert.equal(await statusOfReading(engineer), 401, 'after thirty idle minutes');
  });

  it('does not need the database for every reading to be noted', async () => {
    const before = await plant.store.sessions.find(operator.cookie.replace('tve_session=', ''));
    plant.nowMs += 10_000;
    await statusOfReading(operator);
    const after = await plant.store.sessions.find(operator.cookie.replace('tve_session=', ''));
    assert.equal(after?.lastSeenAtMs, before?.lastSeenAtMs);
  });

  it('ends at once when its account is disabled', async () => {
    await plant.store.accounts.setDisabled('operator', true);
    assert.equal(await statusOfReading(operator), 401);
  });

  it('can still stop the machine while the database is away', async () => {
    await plant.store.close();
    const stop = await plant.send('post', '/api/v1/machine/stop', { as: operator });
    assert.equal(stop.status, 200, stop.text);
    const stranger = { cookie: `tve_session=${'x'.repeat(43)}`, csrfToken: operator.csrfToken };
    const refused = await plant.send('post', '/api/v1/machine/stop', { as: stranger });
    assert.deepEqual([refused.status, codeOf(refused)], [503, 'STORE_UNAVAILABLE']);
  });
});

describe('the own password', () => {
  let plant: Plant;
  beforeEach(async () => {
    plant = await Plant.open();
  });
  afterEach(async () => {
    await plant.close();
  });

  it('is changed by who knows the present one; all other sessions of the account end', async () => {
    const [here, there] = [await plant.signIn('operator'), await plant.signIn('operator')];
    const change = async (current: string, next: string): Promise<[number, string | undefined]> => {
      const response = await plant.send('post', '/api/v1/session/password', { as: here, body: { current, next } });
      return [response.status, response.status === 200 ? undefined : codeOf(response)];
    };
    const present = plant.passwordOf('operator');
    assert.deepEqual(await change('wrong', 'violet granulate 7'), [403, 'WRONG_PASSWORD']);
    assert.deepEqual(await change(present, 'short'), [422, 'WEAK_PASSWORD']);
    assert.deepEqual(await change(present, 'violet granulate 7'), [200, undefined]);
    assert.equal((await plant.send('get', '/api/v1/session', { as: here })).status, 200);
    assert.equal((await plant.send('get', '/api/v1/session', { as: there })).status, 401);
    await plant.signIn('operator', 'violet granulate 7');
    const { items } = await plant.store.audit.list({ action: 'changePassword', limit: 10 });
    assert.deepEqual(
      items.map((item) => item.result),
      ['accepted', 'refused', 'refused'],
    );
  });

  it('that must be changed allows reading, changing it and signing out, and nothing else', async () => {
    const initial = await plant.addAccount('newcomer', 'admin');
    const newcomer = await plant.signIn('newcomer');
    assert.equal((await plant.send('get', '/api/v1/users', { as: newcomer })).status, 200);
    for (const [method, path, body] of [
      ['post', '/machine/start', {}],
      ['post', '/machine/stop', {}],
      ['put', '/signals/heater.zone1.setpoint', { value: 1 }],
      ['post', '/users', { username: 'x', role: 'admin' }],
    ] as const) {
      const response = await plant.send(method, `/api/v1${path}`, { as: newcomer, body });
      assert.deepEqual([response.status, codeOf(response)], [403, 'PASSWORD_CHANGE_REQUIRED'], path);
    }
    assert.deepEqual(plant.gate.requests, []);
    const body = { current: initial, next: 'violet granulate 7' };
    const changed = await plant.send('post', '/api/v1/session/password', { as: newcomer, body });
    assert.equal(changed.body.user.mustChangePassword, false);
    assert.equal((await plant.send('post', '/api/v1/machine/stop', { as: newcomer })).status, 200);
    assert.equal((await plant.send('delete', '/api/v1/session', { as: newcomer })).status, 204);
  });
});
