import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../store/open-store.ts';
import { onBothDatabases } from './stores.ts';

const nobodyIsNew = { adminPassword: null, demo: false };

async function withAdmin(store: Store): Promise<string> {
  const [login] = await store.seedAccounts(nobodyIsNew);
  assert.ok(login);
  return login.password;
}

onBothDatabases('accounts', (fresh) => {
  it('lets the first administrator in with the generated password only, which must be changed', async () => {
    const store = await (await fresh()).open();
    const password = await withAdmin(store);
    assert.match(password, /^[a-z2-9]{4}(-[a-z2-9]{4}){3}$/u);
    assert.deepEqual(await store.accounts.authenticate('admin', password), {
      name: 'admin',
      role: 'admin',
      kind: 'person',
      mustChangePassword: true,
    });
    for (const wrong of ['', 'admin', 'password', `${password} `, password.toUpperCase()]) {
      assert.equal(await store.accounts.authenticate('admin', wrong), null, wrong);
    }
    assert.equal(await store.accounts.authenticate('nobody', password), null);
    assert.equal(await store.accounts.authenticate('ad\u0000min', password), null);
  });

  it('tells a generated password once, and never makes the account again', async () => {
    const database = await fresh();
    const first = await database.open();
    assert.deepEqual(
      (await first.seedAccounts({ adminPassword: null, demo: true })).map((login) => login.username),
      ['admin', 'operator', 'engineer'],
    );
    const again = await database.open();
    assert.deepEqual(await again.seedAccounts({ adminPassword: 'another one, later', demo: true }), []);
    assert.equal(await again.accounts.authenticate('admin', 'another one, later'), null);
  });

  it('asks nobody for a new password in the demonstration, and everybody once the same data is in service', async () => {
    const store = await (await fresh()).open();
    const logins = await store.seedAccounts({ adminPassword: null, demo: true });
    for (const { username, password } of logins) {
      assert.equal((await store.accounts.authenticate(username, password))?.mustChangePassword, false, username);
    }
    await store.seedAccounts(nobodyIsNew);
    for (const { username, password } of logins) {
      assert.equal((await store.accounts.authenticate(username, password))?.mustChangePassword, true, username);
    }
  });

  it('takes the administrator’s password from the deployment as it is', async () => {
    const store = await (await fresh()).open();
    const told = await store.seedAccounts({ adminPassword: 'given by the deployment', demo: false });
    assert.deepEqual(told, [], 'what was given need not be told');
    const admin = await store.accounts.authenticate('admin', 'given by the deployment');
    assert.equal(admin?.mustChangePassword, false);
  });

  it('knows a user name in any case and makes no second account that differs only by it', async () => {
    const store = await (await fresh()).open();
    const made = await store.accounts.create({ username: 'Jürgen.Huber', role: 'operator', site: 'Ansfelden' });
    assert.ok(made.ok);
    const twin = await store.accounts.create({ username: 'JÜRGEN.huber', role: 'admin' });
    assert.deepEqual([twin.ok, twin.ok ? null : twin.code], [false, 'USERNAME_TAKEN']);
    const signedIn = await store.accounts.authenticate('jürgen.HUBER', made.initialPassword);
    assert.deepEqual([signedIn?.name, signedIn?.role], ['Jürgen.Huber', 'operator']);
    assert.equal((await store.accounts.find('JÜRGEN.HUBER'))?.site, 'Ansfelden');
  });

  it('makes one account of two requests for the same name at once', async () => {
    const store = await (await fresh()).open();
    const both = await Promise.all(
      ['shift1', 'SHIFT1'].map(async (username) => store.accounts.create({ username, role: 'operator' })),
    );
    assert.equal(both.filter((creation) => creation.ok).length, 1);
    assert.equal((await store.accounts.list()).length, 1);
  });

  it('refuses names that the server acts under, and names that are none', async () => {
    const store = await (await fresh()).open();
    for (const username of [
      'panel',
      'System',
      'anonymous',
      '',
      ' ',
      '-x',
      'a b',
      'x'.repeat(65),
      'a\u0000b',
      "o'; drop",
    ]) {
      const creation = await store.accounts.create({ username, role: 'observer' });
      assert.deepEqual(creation.ok ? creation : creation.code, 'INVALID_USERNAME', username);
    }
    assert.deepEqual(await store.accounts.list(), []);
  });

  it('changes a password only for who knows the present one, and to none that is easily guessed', async () => {
    const store = await (await fresh()).open();
    const present = await withAdmin(store);
    const codeOf = async (current: string, next: string): Promise<string> => {
      const change = await store.accounts.changePassword('admin', current, next);
      return change.ok ? 'ok' : change.code;
    };
    assert.equal(await codeOf('wrong', 'violet granulate 7'), 'WRONG_PASSWORD');
    for (const weak of [
      'short',
      present,
      'admin-admin-admin',
      'aaaaaaaaaaaa',
      'password1234',
      'Tvemicro2026',
      'x'.repeat(257),
    ]) {
      assert.equal(await codeOf(present, weak), 'WEAK_PASSWORD', weak);
    }
    assert.equal(await codeOf(present, 'violet granulate 7'), 'ok');
    assert.equal(await store.accounts.authenticate('admin', present), null);
    const admin = await store.accounts.authenticate('admin', 'violet granulate 7');
    assert.equal(admin?.mustChangePassword, false);
    await store.seedAccounts(nobodyIsNew);
    assert.equal(
      (await store.accounts.find('admin'))?.mustChangePassword,
      false,
      'a chosen password is good in service',
    );
  });

  it('lets only one of two password changes through that come at once', async () => {
    const store = await (await fresh()).open();
    const present = await withAdmin(store);
    const changes = await Promise.all(
      ['first new password', 'other new password'].map(async (next) =>
        store.accounts.changePassword('admin', present, next),
      ),
    );
    assert.equal(changes.filter((change) => change.ok).length, 1);
  });

  it('lets nobody in whose account is disabled, and ends their sessions', async () => {
    const store = await (await fresh()).open();
    const password = await withAdmin(store);
    const opened = await store.sessions.open({ username: 'admin', address: '::1', atMs: 1_000, expiresAtMs: 2_000 });
    assert.ok(opened);
    assert.equal(await store.accounts.setDisabled('ADMIN', true), true);
    assert.equal(await store.accounts.authenticate('admin', password), null);
    assert.equal(await store.sessions.find(opened.token), null);
    assert.equal(await store.sessions.open({ username: 'admin', address: '::1', atMs: 1, expiresAtMs: 2 }), null);
    assert.equal(await store.accounts.setDisabled('admin', false), true);
    assert.ok(await store.accounts.authenticate('admin', password));
    assert.equal(await store.accounts.setDisabled('nobody', true), false);
  });

  it('takes as long for an unknown name as for a wrong password', async () => {
    const store = await (await fresh()).open();
    await withAdmin(store);
    const medianMs = async (username: string): Promise<number> => {
      const times: number[] = [];
      for (let i = 0; i < 9; i++) {
        const startedAtMs = performance.now();
        await store.accounts.authenticate(username, 'wrong password');
        times.push(performance.now() - startedAtMs);
      }
      return times.toSorted((a, b) => a - b)[4] ?? 0;
    };
    await medianMs('warm.up');
    const [known, unknown] = [await medianMs('admin'), await medianMs('nobody')];
    // An unchecked name would answer in well under a tenth of the time.
    assert.ok(unknown > known / 3 && known > unknown / 3, `known ${known} ms, unknown ${unknown} ms`);
  });
});

onBothDatabases('sessions', (fresh) => {
  it('are found by their token, which is kept as a digest only', async () => {
    const database = await fresh();
    const store = await database.open();
    await withAdmin(store);
    const opened = await store.sessions.open({
      username: 'Admin',
      address: '10.0.0.7',
      atMs: 1_000,
      expiresAtMs: 9_000,
    });
    assert.ok(opened);
    assert.deepEqual(await store.sessions.find(opened.token), opened.session);
    assert.equal(opened.session.username, 'admin');
    assert.equal(await store.sessions.find(opened.session.id), null);
    assert.equal(await store.sessions.find(''), null);
    if (database.databaseUrl === null) {
      await store.close();
      const file = join(database.dataDir, 'tvemicro.db');
      assert.equal(readFileSync(file).includes(opened.token), false);
      assert.equal(statSync(file).mode & 0o077, 0, 'nobody else may read the file');
    }
  });

  it('carry the rights of the account as they are now', async () => {
    const store = await (await fresh()).open();
    const password = await withAdmin(store);
    const opened = await store.sessions.open({ username: 'admin', address: '', atMs: 1, expiresAtMs: 9_000 });
    assert.equal(opened?.session.mustChangePassword, true);
    await store.accounts.changePassword('admin', password, 'violet granulate 7');
    assert.equal((await store.sessions.find(opened?.token ?? ''))?.mustChangePassword, false);
  });

  it('end one by one or all but one, and the expired are swept away', async () => {
    const store = await (await fresh()).open();
    await withAdmin(store);
    const open = async (atMs: number, expiresAtMs: number): Promise<{ token: string; session: { id: string } }> => {
      const opened = await store.sessions.open({ username: 'admin', address: '', atMs, expiresAtMs });
      assert.ok(opened);
      return opened;
    };
    const isThere = async (opened: { token: string }): Promise<boolean> =>
      (await store.sessions.find(opened.token)) !== null;
    const [expiring, a, b, c] = [await open(1, 5), await open(2, 900), await open(3, 900), await open(10, 900)];
    assert.equal(await isThere(expiring), false);
    await store.sessions.seen(a.session.id, 77);
    assert.equal((await store.sessions.find(a.token))?.lastSeenAtMs, 77);
    await store.sessions.end(a.session.id);
    await store.sessions.endAllOf('ADMIN', c.session.id);
    assert.deepEqual(await Promise.all([a, b, c].map(isThere)), [false, false, true]);
  });

  it('are at most twenty to an account; the one unused for longest gives way', async () => {
    const store = await (await fresh()).open();
    await withAdmin(store);
    const tokens: string[] = [];
    for (let i = 0; i < 21; i++) {
      const opened = await store.sessions.open({ username: 'admin', address: '', atMs: i, expiresAtMs: 99_000 });
      tokens.push(opened?.token ?? '');
    }
    const found = await Promise.all(tokens.map(async (token) => store.sessions.find(token)));
    assert.deepEqual(
      found.map((session) => session === null),
      tokens.map((_, i) => i === 0),
    );
  });
});
