import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import fc from 'fast-check';
import pg from 'pg';
import { isRecipeName, recipeNameKey, type RecipeContent } from '../../machine/recipes/recipe.ts';
import type { RecipeAuthor } from '../../operations/ports/recipes.ts';
import { onBothDatabases, type TestedDatabase } from './stores.ts';

const content = (setpointC: number): RecipeContent => ({
  zones: { zone1: { setpointC, gains: { kp: 5, ki: 0.1, kd: 10 } } },
  drives: { main: { speedRpm: 900.5 } },
});

const erna = (atMs: number, reason: string | null = null): RecipeAuthor => ({ name: 'erna', atMs, reason });

async function bySql(database: TestedDatabase, sql: string): Promise<void> {
  if (database.databaseUrl === null) {
    const connection = new DatabaseSync(join(database.dataDir, 'tvemicro.db'));
    try {
      connection.exec(sql);
    } finally {
      connection.close();
    }
    return;
  }
  const client = new pg.Client({ connectionString: database.databaseUrl });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

onBothDatabases('recipes', (fresh) => {
  it('are kept with author, time and reason, over a restart', async () => {
    const database = await fresh();
    const store = await database.open();
    const saving = await store.recipes.create('PET', content(250), erna(1_000, 'first batch'));
    const expected = {
      name: 'PET',
      version: 1,
      ...content(250),
      author: 'erna',
      savedAtMs: 1_000,
      reason: 'first batch',
      deleted: false,
    };
    assert.deepEqual(saving, { ok: true, recipe: expected });
    await store.close();
    const again = await database.open();
    assert.deepEqual(await again.recipes.find('PET'), expected);
    assert.deepEqual(await again.recipes.list(), [expected]);
  });

  it('count a version up with every change and keep the old ones as they were', async () => {
    const { recipes } = await (await fresh()).open();
    await recipes.create('PET', content(250), erna(1));
    for (const version of [1, 2, 3]) {
      const saving = await recipes.change('PET', version, content(250 + version), erna(version + 1, `step ${version}`));
      assert.ok(saving.ok && saving.recipe.version === version + 1);
    }
    const versions = await recipes.versions('PET', 10);
    assert.deepEqual(
      versions.map(({ version, zones, reason }) => [version, zones['zone1']?.setpointC, reason]),
      [
        [4, 253, 'step 3'],
        [3, 252, 'step 2'],
        [2, 251, 'step 1'],
        [1, 250, null],
      ],
    );
    assert.deepEqual(
      (await recipes.versions('PET', 2)).map(({ version }) => version),
      [4, 3],
    );
    assert.deepEqual(
      (await recipes.list()).map(({ version }) => version),
      [4],
    );
  });

  it('whose names look alike are one, whatever spaces they have', async () => {
    const { recipes } = await (await fresh()).open();
    await recipes.create('PET  clear', content(250), erna(1));
    for (const name of ['PET clear', 'pet   CLEAR', 'PET\u00A0clear', 'PET \u2003clear', ' ＰＥＴ clear']) {
      const taken = { ok: false, code: 'NAME_TAKEN', name: 'PET  clear' };
      assert.deepEqual(await recipes.create(name, content(200), erna(2)), taken, name);
      assert.equal((await recipes.find(name))?.version, 1, name);
    }
    assert.equal((await recipes.create('PETclear', content(200), erna(2))).ok, true);
  });

  it('are changed only from their newest version', async () => {
    const { recipes } = await (await fresh()).open();
    await recipes.create('PET', content(250), erna(1));
    await recipes.change('PET', 1, content(251), erna(2));
    for (const stale of [0, 1, 3]) {
      const conflict = { ok: false, code: 'VERSION_CONFLICT', version: 2 };
      assert.deepEqual(await recipes.change('PET', stale, content(260), erna(3)), conflict);
      assert.deepEqual(await recipes.delete('PET', stale, erna(3)), conflict);
    }
    assert.equal((await recipes.versions('PET', 10)).length, 2);
  });

  it('of two changes of one version at once take the first', async () => {
    const { recipes } = await (await fresh()).open();
    await recipes.create('PET', content(250), erna(1));
    const savings = await Promise.all(
      [251, 252, 253].map(async (setpointC) => recipes.change('PET', 1, content(setpointC), erna(setpointC))),
    );
    assert.deepEqual(
      savings.map(({ ok }) => ok),
      [true, false, false],
    );
    assert.equal((await recipes.find('PET'))?.zones['zone1']?.setpointC, 251);
  });

  it('of two servers that change one version at once let one win and tell the other', async () => {
    const database = await fresh();
    const [here, there] = [await database.open(), await database.open()];
    await here.recipes.create('PET', content(250), erna(1));
    for (let version = 1; version <= 10; version++) {
      const savings = await Promise.allSettled(
        [here, there].map(async ({ recipes }) => recipes.change('PET', version, content(250), erna(version))),
      );
      const won = savings.filter((saving) => saving.status === 'fulfilled' && saving.value.ok);
      assert.equal(won.length, 1, JSON.stringify(savings));
    }
    assert.deepEqual(
      (await here.recipes.versions('PET', 100)).map(({ version }) => version),
      [11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1],
    );
  });

  it('have names that differ by more than their case, and keep the name as it was given first', async () => {
    const { recipes } = await (await fresh()).open();
    await recipes.create('PET Größe 1', content(250), erna(1));
    assert.deepEqual(await recipes.create('pet GRÖSSE 1', content(250), erna(2)).then(({ ok }) => ok), true);
    const taken = { ok: false, code: 'NAME_TAKEN', name: 'PET Größe 1' };
    for (const name of ['PET GRÖßE 1', 'pet größe 1', ' PET Größe 1', 'PET Gro\u0308ße 1']) {
      assert.deepEqual(await recipes.create(name, content(250), erna(2)), taken, name);
      assert.equal((await recipes.find(name))?.name, 'PET Größe 1');
    }
    const changed = await recipes.change('pet größe 1', 1, content(255), erna(3));
    assert.equal(changed.ok && changed.recipe.name, 'PET Größe 1');
  });

  it('are listed by name', async () => {
    const { recipes } = await (await fresh()).open();
    for (const name of ['PP', 'pa 6', 'PET', 'LDPE film']) await recipes.create(name, content(250), erna(1));
    await recipes.change('PET', 1, content(251), erna(2));
    await recipes.delete('PP', 1, erna(3));
    assert.deepEqual(
      (await recipes.list()).map(({ name, version }) => [name, version]),
      [
        ['LDPE film', 1],
        ['pa 6', 1],
        ['PET', 2],
      ],
    );
  });

  it('that are deleted keep their versions, and the next of that name counts on', async () => {
    const { recipes } = await (await fresh()).open();
    await recipes.create('PET', content(250), erna(1));
    const deleted = await recipes.delete('PET', 1, { name: 'anton', atMs: 2, reason: 'not made any more' });
    assert.ok(deleted.ok && deleted.recipe.deleted);
    assert.equal(await recipes.find('PET'), null);
    assert.deepEqual(await recipes.list(), []);
    for (const saving of [await recipes.change('PET', 2, content(1), erna(3)), await recipes.delete('PET', 2, erna(3))])
      assert.deepEqual(saving, { ok: false, code: 'UNKNOWN_RECIPE' });
    const revived = await recipes.create('pet', content(260), erna(4));
    assert.ok(revived.ok && revived.recipe.version === 3);
    assert.deepEqual(
      (await recipes.versions('PET', 10)).map(({ version, deleted, author, reason, zones }) => [
        version,
        deleted,
        author,
        reason,
        zones['zone1']?.setpointC,
      ]),
      [
        [3, false, 'erna', null, 260],
        [2, true, 'anton', 'not made any more', 250],
        [1, false, 'erna', null, 250],
      ],
    );
  });

  it('of a name that never was are none', async () => {
    const { recipes } = await (await fresh()).open();
    assert.equal(await recipes.find('PET'), null);
    assert.deepEqual(await recipes.versions('PET', 10), []);
    assert.deepEqual(await recipes.change('PET', 1, content(1), erna(1)), { ok: false, code: 'UNKNOWN_RECIPE' });
    assert.equal(await recipes.find("x' or 1=1 --\u0000"), null);
  });

  it('refuse to be edited, whoever holds the connection', async () => {
    const database = await fresh();
    const store = await database.open();
    await store.recipes.create('PET', content(250), erna(1));
    for (const sql of ["UPDATE recipe_version SET content = '{}'", 'DELETE FROM recipe_version'])
      await assert.rejects(bySql(database, sql), /append-only/u, sql);
  });

  it('take any name that is one, and tell two of them apart exactly when their keys differ', async () => {
    const { recipes } = await (await fresh()).open();
    const taken = new Set<string>();
    const names = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(isRecipeName);
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const saving = await recipes.create(name, content(250), erna(1));
        assert.equal(saving.ok, !taken.has(recipeNameKey(name)), name);
        taken.add(recipeNameKey(name));
        const found = await recipes.find(name);
        if (saving.ok) assert.equal(found?.name, name);
        assert.equal(recipeNameKey(found?.name ?? ''), recipeNameKey(name));
      }),
      { numRuns: 60 },
    );
  });
});
