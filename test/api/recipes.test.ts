import assert from 'node:assert/strict';
import type { AuditRecord } from '../../operations/ports/audit.ts';
import { StoreUnavailableError } from '../../operations/ports/failure.ts';
import { codeOf, Plant, type SignedIn } from './plant.ts';

const base = '/api/v1/recipes';

const pet = {
  zones: { zone1: { setpointC: 250, minimumC: 220, gains: { kp: 4, ki: 0.05, kd: 12 } } },
  drives: { main: { speedRpm: 900, maximumRpm: 1_000 } },
};

const away = async (): Promise<never> => Promise.reject(new StoreUnavailableError('away'));

/** Parts that this machine does not have. */
function strangers(count: number, part: object): object {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`none${i}`, part]));
}

describe('recipes over REST', () => {
  let plant: Plant;
  let engineer: SignedIn;
  let operator: SignedIn;

  beforeEach(async () => {
    plant = await Plant.open();
    engineer = await plant.signIn('engineer');
    operator = await plant.signIn('operator');
  });
  afterEach(async () => {
    await plant.close();
  });

  const save = async (body: object) => plant.send('post', base, { as: engineer, body });
  const change = async (name: string, body: object, version: string | null) =>
    plant.send('put', `${base}/${encodeURIComponent(name)}`, {
      as: engineer,
      body,
      ...(version === null ? {} : { headers: { 'If-Match': version } }),
    });
  const audited = async (limit = 1): Promise<readonly AuditRecord[]> => (await plant.store.audit.list({ limit })).items;

  it('are saved by engineers, and told with author, time, reason and their version as entity tag', async () => {
    const response = await save({ name: '  PET clear ', ...pet, reason: 'first batch' });
    assert.equal(response.status, 201);
    const expected = {
      name: 'PET clear',
      version: 1,
      ...pet,
      author: 'engineer',
      savedAt: '2026-11-23T06:00:00.000Z',
      reason: 'first batch',
    };
    assert.deepEqual(response.body, expected);
    assert.equal(response.get('ETag'), '"1"');
    assert.deepEqual((await plant.send('get', base, { as: operator })).body, [expected]);
    const read = await plant.send('get', `${base}/pet%20CLEAR`, { as: operator });
    assert.equal(read.get('ETag'), '"1"');
    assert.deepEqual(read.body, { ...expected, deleted: false, versions: [{ ...expected, deleted: false }] });
  });

  it('are refused with the path of every fault, and not stored, when this machine could never take them', async () => {
    const response = await save({
      name: 'PET',
      zones: { zone1: { setpointC: 300, minimumC: 50, gains: { kp: -1, ki: 0, kd: 0 } }, zone9: {} },
      drives: { main: { speedRpm: 2_000, maximumRpm: 0 } },
    });
    assert.deepEqual([response.status, codeOf(response)], [422, 'INVALID_VALUE']);
    assert.deepEqual(
      (response.body.errors as { path: string }[]).map(({ path }) => path),
      [
        'zones.zone1.minimumC',
        'zones.zone1.setpointC',
        'zones.zone1.gains.kp',
        'zones.zone9',
        'drives.main.maximumRpm',
        'drives.main.speedRpm',
      ],
    );
    assert.equal(await plant.store.recipes.find('PET'), null);
    const [entry] = await audited();
    assert.deepEqual([entry?.action, entry?.result, entry?.actor], ['createRecipe', 'refused', 'engineer']);
  });

  for (const [what, body] of [
    ['no name', { ...pet }],
    ['an empty name', { name: ' ', ...pet }],
    ['a name that is too long', { name: 'P'.repeat(61), ...pet }],
    ['a foreign key', { name: 'PET', zones: { zone1: { setpoint: 200 } } }],
    ['a setpoint in quotes', { name: 'PET', zones: { zone1: { setpointC: '200' } } }],
    ['half the gains', { name: 'PET', zones: { zone1: { gains: { kp: 4 } } } }],
    ['a reason that is a novel', { name: 'PET', reason: 'x'.repeat(201) }],
  ] as const) {
    it(`are not saved with ${what}`, async () => {
      assert.equal((await save(body)).status, 422);
      assert.deepEqual(await plant.store.recipes.list(), []);
    });
  }

  it('are refused by the first faults and the number of the others, and the audit holds none of it', async () => {
    const many = await save({ name: 'PET', zones: strangers(100, { setpointC: 200 }) });
    assert.deepEqual([many.status, many.body.errors.length, many.body.reasons.length], [422, 20, 20]);
    assert.match(many.body.detail, /… and 80 more$/u);
    const [entry] = await audited();
    assert.deepEqual(entry?.args, { recipe: 'PET' });
    const tooMany = await save({ name: 'PET', zones: strangers(101, {}) });
    assert.deepEqual(tooMany.body.errors, [{ path: 'zones', message: 'has at most 100 parts' }]);
    const broken = await save({ name: 'PET', drives: strangers(50, { speedRpm: 'fast' }) });
    assert.deepEqual([broken.status, broken.body.errors.length], [422, 20]);
    assert.match(broken.body.detail, /; … and 30 more$/u);
  });

  it('of a name that can’t be one are not there, and the audit keeps no more of it than a name', async () => {
    const long = `${base}/${'P'.repeat(2_000)}`;
    for (const [method, path, body, headers] of [
      ['get', long, undefined, {}],
      ['put', long, pet, { 'If-Match': '"1"' }],
      ['delete', long, undefined, {}],
      ['post', `${long}/preview`, undefined, {}],
      ['post', `${long}/load`, undefined, {}],
    ] as const) {
      const response = await plant.send(method, path, { as: engineer, body, headers });
      assert.deepEqual([response.status, codeOf(response)], [404, 'NOT_FOUND'], method);
    }
    assert.equal((await plant.send('delete', long, { as: operator })).status, 403);
    for (const entry of await audited(10)) assert.ok(JSON.stringify(entry).length < 1_500, JSON.stringify(entry));
  });

  it('of a name that is taken are not saved, in whatever case it comes', async () => {
    await save({ name: 'PET' });
    const response = await save({ name: 'pet', ...pet });
    assert.deepEqual([response.status, codeOf(response)], [409, 'NAME_TAKEN']);
    assert.match(response.body.detail, /There is a recipe “PET” already/u, 'it is the one that there is that is named');
    assert.equal((await plant.store.recipes.find('PET'))?.version, 1);
  });

  it('are changed with the version in If-Match: missing 428, of another version 412', async () => {
    await save({ name: 'PET', ...pet });
    for (const [header, status, code] of [
      [null, 428, 'PRECONDITION_REQUIRED'],
      ['"2"', 412, 'VERSION_CONFLICT'],
      ['W/"1"', 412, 'VERSION_CONFLICT'],
      ['1', 412, 'VERSION_CONFLICT'],
      ['"0", "2"', 412, 'VERSION_CONFLICT'],
    ] as const) {
      const response = await change('PET', pet, header);
      assert.deepEqual([response.status, codeOf(response)], [status, code], header ?? 'none');
    }
    const changed = await change('PET', { zones: { zone1: { setpointC: 255 } }, reason: 'too stiff' }, '"1"');
    assert.deepEqual([changed.status, changed.body.version, changed.get('ETag')], [200, 2, '"2"']);
    assert.deepEqual([changed.body.drives, changed.body.reason], [{}, 'too stiff'], 'the body replaces all');
    assert.equal((await change('PET', pet, '"7", "2"')).body.version, 3);
    assert.equal((await change('PET', pet, '*')).body.version, 4);
    const { body } = await plant.send('get', `${base}/PET`, { as: operator });
    assert.deepEqual(
      (body.versions as { version: number; zones: typeof pet.zones }[]).map(({ version, zones }) => [
        version,
        zones.zone1.setpointC,
      ]),
      [
        [4, 250],
        [3, 250],
        [2, 255],
        [1, 250],
      ],
    );
  });

  it('say what is wrong with a value before they ask for the version', async () => {
    await save({ name: 'PET', ...pet });
    assert.equal((await change('PET', { zones: { zone1: { setpointC: 300 } } }, null)).status, 422);
    assert.equal((await change('PP', { zones: { zone1: { setpointC: 300 } } }, null)).status, 404);
  });

  it('that are deleted are gone but for those who ask for them', async () => {
    await save({ name: 'PET', ...pet });
    const remove = async (headers = {}) =>
      plant.send('delete', `${base}/PET`, { as: engineer, headers, body: { reason: 'not made any more' } });
    assert.equal((await remove({ 'If-Match': '"2"' })).status, 412);
    assert.equal((await remove()).status, 204);
    assert.equal((await remove()).status, 404);
    assert.deepEqual((await plant.send('get', base, { as: operator })).body, []);
    assert.equal((await plant.send('get', `${base}/PET`, { as: operator })).status, 404);
    const { body } = await plant.send('get', `${base}/PET?include=deleted`, { as: operator });
    assert.deepEqual([body.deleted, body.version, body.versions.length], [true, 2, 2]);
    assert.equal((await plant.send('post', `${base}/PET/load`, { as: operator })).status, 404);
    const again = await save({ name: 'PET' });
    assert.equal(again.body.version, 3);
  });

  it('with a slash, a quote or an umlaut in their name are found', async () => {
    for (const name of ['PET/PP 50%', '„weich“', 'Größe 1', '__proto__']) {
      assert.equal((await save({ name, ...pet })).status, 201);
      const { status, body } = await plant.send('get', `${base}/${encodeURIComponent(name)}`, { as: operator });
      assert.deepEqual([status, body.name], [200, name]);
    }
  });

  it('leave every change in the audit, with the versions before and after and what they say', async () => {
    await save({ name: 'PET', ...pet, reason: 'first batch' });
    await change('PET', { zones: {} }, '"1"');
    await change('PET', pet, '"1"');
    await plant.send('delete', `${base}/PET`, { as: engineer });
    const entries = (await audited(10)).filter(({ action }) => action.endsWith('Recipe')).toReversed();
    assert.deepEqual(
      entries.map(({ action, actor, args, before, after, reason, result }) => [
        action,
        actor,
        args,
        before,
        after,
        reason,
        result,
      ]),
      [
        [
          'createRecipe',
          'engineer',
          { recipe: 'PET', version: 1, content: JSON.stringify(pet) },
          null,
          1,
          'first batch',
          'accepted',
        ],
        [
          'changeRecipe',
          'engineer',
          { recipe: 'PET', version: 2, content: '{"zones":{},"drives":{}}' },
          1,
          2,
          null,
          'accepted',
        ],
        ['changeRecipe', 'engineer', { recipe: 'PET', content: JSON.stringify(pet) }, null, null, null, 'refused'],
        ['deleteRecipe', 'engineer', { recipe: 'PET', version: 3 }, 2, null, null, 'accepted'],
      ],
    );
  });

  it('are loaded whole through the gate, by an operator', async () => {
    await save({ name: 'PET', ...pet });
    const { status, body } = await plant.send('post', `${base}/pet/load`, { as: operator });
    assert.deepEqual([status, body], [200, { accepted: true, commandId: 'c1', state: 'READY' }]);
    assert.deepEqual(
      plant.gate.requests.map(({ action, principal, origin }) => [action, principal.name, origin]),
      [[{ name: 'loadRecipe', recipe: { name: 'PET', version: 1, ...pet } }, 'operator', 'rest']],
    );
  });

  it('are loaded only in the version that was looked at, when that is named', async () => {
    await save({ name: 'PET', ...pet });
    await change('PET', pet, '"1"');
    const load = async (version: string) =>
      plant.send('post', `${base}/PET/load`, { as: operator, headers: { 'If-Match': version } });
    const stale = await load('"1"');
    assert.deepEqual([stale.status, codeOf(stale)], [412, 'VERSION_CONFLICT']);
    assert.deepEqual(
      [stale.body.reasons[0].code, stale.body.reasons[0].actual, stale.body.reasons[0].required],
      ['RECIPE_CHANGED', 2, 1],
    );
    assert.equal((await load('2')).status, 400);
    assert.deepEqual(plant.gate.requests, []);
    assert.equal((await load('"2"')).status, 200);
  });

  for (const [kind, status, code] of [
    ['invalid', 422, 'INVALID_VALUE'],
    ['state', 409, 'REFUSED'],
    ['unavailable', 503, 'CONTROL_UNAVAILABLE'],
  ] as const) {
    it(`that the machine refuses as ${kind} are answered with ${status} and all the reasons`, async () => {
      await save({ name: 'PET', ...pet });
      const reasons = [
        { code: 'LIMITS_FIXED_WHILE_RUNNING', text: 'Stop it first.', actual: 220, required: 170, unit: '°C' },
        { code: 'AUTOTUNE_ACTIVE', text: 'Wait.' },
      ];
      plant.gate.outcome = { accepted: false, commandId: 'c2', state: 'RUNNING', kind, reasons };
      const response = await plant.send('post', `${base}/PET/load`, { as: operator });
      assert.deepEqual([response.status, codeOf(response), response.body.reasons], [status, code, reasons]);
    });
  }

  it('that there are not are answered with 404 and the reason, and are in the audit', async () => {
    const response = await plant.send('post', `${base}/PET/load`, { as: operator, body: '{' });
    assert.deepEqual([response.status, codeOf(response)], [404, 'NOT_FOUND']);
    assert.equal(response.body.reasons[0].code, 'UNKNOWN_RECIPE');
    const [entry] = await audited();
    assert.deepEqual(
      [entry?.action, entry?.args, entry?.actor, entry?.origin, entry?.result, entry?.reasons[0]?.code],
      ['loadRecipe', { recipe: 'PET' }, 'operator', 'rest', 'refused', 'UNKNOWN_RECIPE'],
    );
    assert.deepEqual(plant.gate.requests, []);
  });

  it('show beforehand what they would change and what stands against it', async () => {
    await save({ name: 'PET', ...pet });
    plant.machine.turn({ state: 'RUNNING' });
    plant.machine.read('temperature.zone1', { value: 200, quality: 'BadSensorFailure', sourceTimeMs: 1 });
    const { status, body } = await plant.send('post', `${base}/PET/preview`, { as: operator });
    assert.equal(status, 200);
    assert.deepEqual([body.name, body.version], ['PET', 1]);
    assert.deepEqual(body.changes, [
      { path: 'zones.zone1.setpointC', what: 'Setpoint of Barrel zone 1', from: 200, to: 250, unit: '°C' },
      { path: 'zones.zone1.minimumC', what: 'Minimum of Barrel zone 1', from: 170, to: 220, unit: '°C' },
      { path: 'zones.zone1.gains.kp', what: 'Gain kp of Barrel zone 1', from: 5, to: 4, unit: '%/K' },
      { path: 'zones.zone1.gains.ki', what: 'Gain ki of Barrel zone 1', from: 0.1, to: 0.05, unit: '%/(K·s)' },
      { path: 'zones.zone1.gains.kd', what: 'Gain kd of Barrel zone 1', from: 10, to: 12, unit: '%·s/K' },
      { path: 'drives.main.speedRpm', what: 'Speed of Main drive', from: null, to: 900, unit: 'rpm' },
      { path: 'drives.main.maximumRpm', what: 'Maximum of Main drive', from: 1_500, to: 1_000, unit: 'rpm' },
    ]);
    assert.deepEqual(
      body.reasons.map(({ code }: { code: string }) => code),
      ['LIMITS_FIXED_WHILE_RUNNING', 'LIMITS_FIXED_WHILE_RUNNING', 'TEMP_DATA_STALE'],
    );
    assert.deepEqual(plant.gate.requests, [], 'nothing is asked of the machine');
  });

  it('tell nobody what they would change while the machine is not known', async () => {
    await save({ name: 'PET', ...pet });
    const preview = async () => plant.send('post', `${base}/PET/preview`, { as: operator });
    plant.machine.controlAlive = false;
    const response = await preview();
    assert.deepEqual([response.status, codeOf(response)], [503, 'CONTROL_UNAVAILABLE']);
    plant.machine.controlAlive = true;
    plant.machine.zones = [];
    assert.equal((await preview()).status, 503);
  });

  it('say that a tuning stands against them', async () => {
    await save({ name: 'PET' });
    const [zone] = plant.machine.zones;
    assert.ok(zone);
    const test = {
      phase: 'relay',
      code: null,
      text: 'The relay switches.',
      setpointC: 200,
      maximumDutyPercent: 100,
      startedAtMs: 1,
      endedAtMs: null,
      progress: 0.5,
      cycles: 2,
      etaSeconds: 60,
      result: null,
    } as const;
    plant.machine.zones = [{ ...zone, tuning: { test, applied: null } }];
    const { body } = await plant.send('post', `${base}/PET/preview`, { as: operator });
    assert.deepEqual(
      body.reasons.map(({ code }: { code: string }) => code),
      ['AUTOTUNE_ACTIVE'],
    );
  });

  it('are not to be had while the database is away, and loading says so', async () => {
    const { recipes } = plant.store;
    recipes.find = away;
    const response = await plant.send('post', `${base}/PET/load`, { as: operator });
    assert.deepEqual([response.status, codeOf(response)], [503, 'STORE_UNAVAILABLE']);
    assert.deepEqual(plant.gate.requests, []);
    assert.equal((await plant.send('post', `${base}/PET/preview`, { as: operator })).status, 503);
    recipes.find = async () => Promise.reject(new SyntaxError('what is stored is no JSON'));
    const unreadable = await plant.send('post', `${base}/PET/load`, { as: operator });
    assert.deepEqual(
      [unreadable.status, codeOf(unreadable)],
      [500, 'INTERNAL'],
      'no fault of the database or the control',
    );
    assert.equal(unreadable.body.reasons[0].code, 'RECIPE_UNREADABLE');
  });

  it('in force show with the machine: name, version, and whether they were changed since', async () => {
    plant.machine.turn({ recipe: 'PET', recipeVersion: 3, recipeModified: true });
    const { body } = await plant.send('get', '/api/v1/machine', { as: operator });
    assert.deepEqual([body.recipe, body.recipeVersion, body.recipeModified], ['PET', 3, true]);
  });

  it('in force move the minimum that is shown with a temperature', async () => {
    const [zone] = plant.machine.zones;
    assert.ok(zone);
    plant.machine.zones = [{ ...zone, minimumC: 120 }];
    const { body } = await plant.send('get', '/api/v1/signals/temperature.zone1', { as: operator });
    assert.deepEqual(
      body.limits.find(({ kind }: { kind: string }) => kind === 'minimum'),
      { kind: 'minimum', side: 'below', value: 120 },
    );
  });
});
