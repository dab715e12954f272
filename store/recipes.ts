import type { EntityManager } from 'typeorm';
import { recipeNameKey, type RecipeContent } from '../machine/recipes/recipe.ts';
import type { RecipeAuthor, Recipes, RecipeSaving, RecipeVersion } from '../operations/ports/recipes.ts';
import { isUniqueViolation, storable, type Database } from './database.ts';
import { recipeVersionEntity, type RecipeVersionRow } from './entities.ts';

/** Recipes in the relational store: every save adds a row, and so does a deletion. */
export function openRecipes(database: Database): Recipes {
  async function find(name: string): Promise<RecipeVersion | null> {
    const row = await database.read(async (manager) => newest(manager, name));
    return row === null || row.deleted ? null : versionOf(row);
  }

  /** `next` says what to add after the newest version there is, or why nothing. */
  async function append(
    name: string,
    next: (last: RecipeVersionRow | null) => Addition | Exclude<RecipeSaving, { ok: true }>,
    by: RecipeAuthor,
  ): Promise<RecipeSaving> {
    try {
      return await database.write(async (manager) => {
        const last = await newest(manager, name);
        const addition = next(last);
        if ('ok' in addition) return addition;
        const row: Omit<RecipeVersionRow, 'id'> = {
          name: storable(addition.name),
          nameKey: keyOf(name),
          version: (last?.version ?? 0) + 1,
          content: addition.content,
          deleted: addition.deleted,
          author: storable(by.name),
          savedAtMs: by.atMs,
          reason: by.reason === null ? null : storable(by.reason),
        };
        await manager.insert(recipeVersionEntity, row);
        return { ok: true, recipe: versionOf(row) };
      });
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
      // Another server on the same database was faster: what it left decides.
      const last = await database.read(async (manager) => newest(manager, name));
      const addition = next(last);
      if ('ok' in addition) return addition;
      throw error;
    }
  }

  return {
    find,
    async list() {
      const rows = await database.read(async (manager) => newestOfEach(manager));
      return rows.filter(({ deleted }) => !deleted).map(versionOf);
    },
    async versions(name, limit) {
      const rows = await database.read(async (manager) =>
        manager.find(recipeVersionEntity, { where: { nameKey: keyOf(name) }, order: { version: 'DESC' }, take: limit }),
      );
      return rows.map(versionOf);
    },
    async create(name, content, by) {
      const next = (last: RecipeVersionRow | null) =>
        last === null || last.deleted
          ? { name, content: textOf(content), deleted: false }
          : ({ ok: false, code: 'NAME_TAKEN', name: last.name } as const);
      return append(name, next, by);
    },
    async change(name, ifVersion, content, by) {
      const next = (last: RecipeVersionRow | null) =>
        objectionTo(last, ifVersion) ?? { name: last?.name ?? name, content: textOf(content), deleted: false };
      return append(name, next, by);
    },
    async delete(name, ifVersion, by) {
      const next = (last: RecipeVersionRow | null) =>
        objectionTo(last, ifVersion) ?? { name: last?.name ?? name, content: last?.content ?? '', deleted: true };
      return append(name, next, by);
    },
  };
}

type Addition = Pick<RecipeVersionRow, 'name' | 'content' | 'deleted'>;

function objectionTo(
  last: RecipeVersionRow | null,
  ifVersion: number,
): Exclude<RecipeSaving, { readonly ok: true }> | null {
  if (last === null || last.deleted) return { ok: false, code: 'UNKNOWN_RECIPE' };
  return last.version === ifVersion ? null : { ok: false, code: 'VERSION_CONFLICT', version: last.version };
}

async function newest(manager: EntityManager, name: string): Promise<RecipeVersionRow | null> {
  const [row] = await manager.find(recipeVersionEntity, {
    where: { nameKey: keyOf(name) },
    order: { version: 'DESC' },
    take: 1,
  });
  return row ?? null;
}

async function newestOfEach(manager: EntityManager): Promise<RecipeVersionRow[]> {
  const query = manager.createQueryBuilder(recipeVersionEntity, 'recipe');
  const newer = query
    .subQuery()
    .select('1')
    .from(recipeVersionEntity, 'newer')
    .where('newer.nameKey = recipe.nameKey AND newer.version > recipe.version')
    .getQuery();
  return query.where(`NOT EXISTS ${newer}`).orderBy('recipe.nameKey', 'ASC').getMany();
}

function keyOf(name: string): string {
  return storable(recipeNameKey(name));
}

function textOf({ zones, drives }: RecipeContent): string {
  return JSON.stringify({ zones, drives });
}

function versionOf(row: Omit<RecipeVersionRow, 'id'>): RecipeVersion {
  const { name, version, author, savedAtMs, reason, deleted } = row;
  const { zones, drives } = JSON.parse(row.content) as RecipeContent;
  return { name, version, zones, drives, author, savedAtMs, reason, deleted };
}
