import { z } from 'zod';
import type { MachineDeclaration } from '../../machine/declaration.ts';
import type { MachineView } from '../../machine/ports.ts';
import { inForceInView } from '../../machine/recipes/in-force.ts';
import { previewRecipe } from '../../machine/recipes/judge-recipe.ts';
import { recipeFaults } from '../../machine/recipes/recipe-faults.ts';
import { longestRecipeName, shownRecipeName, type RecipeContent } from '../../machine/recipes/recipe.ts';
import type { RecipeLoader, Recipes, RecipeSaving, RecipeVersion } from '../../operations/ports/recipes.ts';
import type { AuditScribe } from '../audit-scribe.ts';
import { conflict, tellVersion, versionAskedFor, versionProblem } from '../preconditions.ts';
import { timeOf } from '../present.ts';
import { Problem, valueProblem } from '../problem.ts';
import {
  CommandReply,
  RecipeDrives,
  RecipeHistoryReply,
  RecipePreviewReply,
  RecipeReply,
  RecipeZones,
} from '../replies.ts';
import { route, type Caller, type Route } from '../route.ts';
import { answerTo, commandProblems, nothing } from './machine-routes.ts';

export interface RecipeParts {
  readonly view: MachineView;
  readonly recipes: Recipes;
  readonly loader: RecipeLoader;
  readonly scribe: AuditScribe;
  readonly now: () => number;
}

/** Older versions stay in the store; a reply carries the newest of them. */
const versionsShown = 1_000;

const reason = z.string().max(200).optional().describe('Why it is changed');
const content = { zones: RecipeZones.default({}), drives: RecipeDrives.default({}), reason };

type Params = Readonly<Record<string, string>>;
const nameIn = (params: Params): string => params['name'] ?? '';

export function recipeRoutes(parts: RecipeParts): readonly Route[] {
  return [
    listRecipes(parts),
    readRecipe(parts),
    createRecipe(parts),
    changeRecipe(parts),
    deleteRecipe(parts),
    previewOf(parts),
    loadRecipe(parts),
  ];
}

function listRecipes({ recipes }: RecipeParts): Route {
  return route({
    method: 'get',
    path: '/recipes',
    tag: 'recipes',
    summary: 'The newest version of every recipe',
    role: 'observer',
    reply: z.array(RecipeReply),
    problems: ['STORE_UNAVAILABLE'],
    handle: async () => (await recipes.list()).map(present),
  });
}

function readRecipe({ recipes }: RecipeParts): Route {
  return route({
    method: 'get',
    path: '/recipes/:name',
    tag: 'recipes',
    summary: 'One recipe with its versions',
    description: 'A recipe that was deleted only with `?include=deleted`. The ETag is the version.',
    role: 'observer',
    query: z.strictObject({ include: z.literal('deleted').optional() }),
    reply: RecipeHistoryReply,
    tellsVersion: true,
    problems: ['NOT_FOUND', 'STORE_UNAVAILABLE'],
    async handle({ params, query, ctx }) {
      if (nameIn(params).length > longestRecipeName) return unknown(nameIn(params));
      const versions = await recipes.versions(nameIn(params), versionsShown);
      const [newest] = versions;
      if (newest === undefined || (newest.deleted && query.include === undefined)) return unknown(nameIn(params));
      tellVersion(ctx, newest.version);
      return { ...presentVersion(newest), versions: versions.map(presentVersion) };
    },
  });
}

function createRecipe({ view, recipes, scribe, now }: RecipeParts): Route {
  return route({
    method: 'post',
    path: '/recipes',
    tag: 'recipes',
    summary: 'Save a new recipe',
    description: 'What this machine could never take is not saved. Names differ by more than their case and spaces.',
    role: 'engineer',
    action: 'createRecipe',
    body: z.strictObject({ name: z.string().trim().max(longestRecipeName), ...content }),
    status: 201,
    reply: RecipeReply,
    tellsVersion: true,
    problems: ['NAME_TAKEN', 'STORE_UNAVAILABLE'],
    async handle({ body, ctx }, by) {
      const { name, zones, drives } = body;
      const asked = { name, content: contentOf(zones, drives), reason: body.reason ?? null };
      const problem = faultsProblem(view.declaration, name, asked.content);
      const saving =
        problem ?? (await recipes.create(name, asked.content, { ...authorOf(by, now), reason: asked.reason }));
      return concluded(await noted(scribe, by, 'createRecipe', { ...asked, before: null }, saving), ctx);
    },
  });
}

function changeRecipe({ view, recipes, scribe, now }: RecipeParts): Route {
  return route({
    method: 'put',
    path: '/recipes/:name',
    tag: 'recipes',
    summary: 'Save the next version of a recipe',
    description: 'The body replaces all that the recipe says. If-Match names the version that was changed.',
    role: 'engineer',
    action: 'changeRecipe',
    body: z.strictObject(content),
    ifMatch: 'required',
    reply: RecipeReply,
    tellsVersion: true,
    problems: ['STORE_UNAVAILABLE'],
    exists: existsIn(recipes),
    async handle({ params, body, ctx }, by) {
      const last = await recipes.find(nameIn(params));
      if (last === null) return unknown(nameIn(params));
      const asked = { name: last.name, content: contentOf(body.zones, body.drives), reason: body.reason ?? null };
      const problem = faultsProblem(view.declaration, last.name, asked.content) ?? versionProblem(ctx, last.version);
      const author = { ...authorOf(by, now), reason: asked.reason };
      const saving = problem ?? (await recipes.change(last.name, last.version, asked.content, author));
      return concluded(await noted(scribe, by, 'changeRecipe', { ...asked, before: last.version }, saving), ctx);
    },
  });
}

function deleteRecipe({ recipes, scribe, now }: RecipeParts): Route {
  return route({
    method: 'delete',
    path: '/recipes/:name',
    tag: 'recipes',
    summary: 'Take a recipe away',
    description:
      'Its versions are kept. If it is loaded, it stays in force. With If-Match only that version is deleted.',
    role: 'engineer',
    action: 'deleteRecipe',
    body: z.strictObject({ reason }).optional(),
    status: 204,
    ifMatch: 'optional',
    reply: z.undefined(),
    problems: ['STORE_UNAVAILABLE'],
    exists: existsIn(recipes),
    async handle({ params, body, ctx }, by) {
      const last = await recipes.find(nameIn(params));
      if (last === null) return unknown(nameIn(params));
      const asked = { name: last.name, content: null, reason: body?.reason ?? null, before: last.version };
      const author = { ...authorOf(by, now), reason: asked.reason };
      const problem = versionProblem(ctx, last.version, false);
      const saving = problem ?? (await recipes.delete(last.name, last.version, author));
      const saved = await noted(scribe, by, 'deleteRecipe', asked, saving);
      return saved instanceof Problem ? saved : undefined;
    },
  });
}

function previewOf({ view, recipes }: RecipeParts): Route {
  return route({
    method: 'post',
    path: '/recipes/:name/preview',
    tag: 'recipes',
    summary: 'What loading the recipe would change now, and what stands against it',
    role: 'observer',
    body: nothing,
    reply: RecipePreviewReply,
    problems: ['CONTROL_UNAVAILABLE'],
    exists: existsIn(recipes),
    async handle({ params }) {
      const recipe = await recipes.find(nameIn(params));
      if (recipe === null) return unknown(nameIn(params));
      const inForce = inForceInView(view);
      if (inForce === null) {
        const detail = 'The control process does not answer, so what the recipe would change is not known. Try again.';
        return new Problem('CONTROL_UNAVAILABLE', detail, { retryAfterSeconds: 1 });
      }
      const { changes, reasons } = previewRecipe(view.declaration, recipe, inForce);
      return {
        name: recipe.name,
        version: recipe.version,
        changes: changes.map(({ path, what, from, to, unit }) => ({ path, what, from, to, unit })),
        reasons: [...reasons],
      };
    },
  });
}

function loadRecipe({ loader }: RecipeParts): Route {
  return route({
    method: 'post',
    path: '/recipes/:name/load',
    tag: 'recipes',
    summary: 'Set the machine to the newest version of the recipe',
    description:
      'All of it or nothing, with all the reasons. With If-Match only that version. Whatever comes as a body is left unread.',
    role: 'operator',
    action: 'loadRecipe',
    ifMatch: 'optional',
    reply: CommandReply,
    problems: [...commandProblems, 'INVALID_VALUE', 'NOT_FOUND', 'MALFORMED', 'STORE_UNAVAILABLE', 'INTERNAL'],
    async handle({ params, ctx }, { principal, station }) {
      const ifVersion = versionAskedFor(ctx);
      if (ifVersion instanceof Problem) return ifVersion;
      const version = ifVersion === null ? {} : { ifVersion };
      const outcome = await loader.load({ name: nameIn(params), principal, station, origin: 'rest', ...version });
      const changed = outcome.accepted ? undefined : outcome.reasons.find(({ code }) => code === 'RECIPE_CHANGED');
      if (changed !== undefined) return new Problem('VERSION_CONFLICT', changed.text, { reasons: [changed] });
      return answerTo(outcome);
    },
  });
}

function existsIn(recipes: Recipes) {
  return async (params: Params): Promise<boolean> =>
    nameIn(params).length <= longestRecipeName && (await recipes.find(nameIn(params))) !== null;
}

function unknown(name: string): Problem {
  return new Problem(
    'NOT_FOUND',
    `There is no recipe “${shownRecipeName(name)}”; GET /api/v1/recipes tells which there are.`,
  );
}

/** Without what was left out: an absent value is not kept as one. */
function contentOf(zones: z.output<typeof RecipeZones>, drives: z.output<typeof RecipeDrives>): RecipeContent {
  return JSON.parse(JSON.stringify({ zones, drives })) as RecipeContent;
}

function authorOf({ principal }: Caller, now: () => number): { readonly name: string; readonly atMs: number } {
  return { name: principal.name, atMs: now() };
}

/** What is wrong, each fault with its path, or null. */
function faultsProblem(declaration: MachineDeclaration, name: string, content: RecipeContent): Problem | null {
  const faults = recipeFaults(declaration, { name, ...content });
  if (faults.length === 0) return null;
  const told = faults.map(({ path, reason }) => ({ path: path.join('.'), message: reason.text, reason }));
  return valueProblem(told, ({ message }) => message, ' ');
}

interface Change {
  readonly name: string;
  /** Null: taken away. */
  readonly content: RecipeContent | null;
  readonly reason: string | null;
  /** The version before. */
  readonly before: number | null;
}

/** Enters what became of a change into the audit. */
async function noted(
  scribe: AuditScribe,
  by: Caller,
  action: string,
  { name, content, reason, before }: Change,
  saving: RecipeSaving | Problem,
): Promise<RecipeVersion | Problem> {
  const problem = saving instanceof Problem ? saving : null;
  // what this machine could never take is nothing that anybody would look up
  const isKept = content !== null && problem?.code !== 'INVALID_VALUE';
  const args = { recipe: name, ...(isKept ? { content: JSON.stringify(content) } : {}) };
  if (!(saving instanceof Problem) && saving.ok) {
    const { version, deleted } = saving.recipe;
    const after = deleted ? null : version;
    await scribe.note(by, { action, args: { ...args, version }, before, after, reason, result: 'accepted' });
    return saving.recipe;
  }
  const refusal = saving instanceof Problem ? saving : savingProblem(name, saving);
  await scribe.note(by, { action, args, reason, result: 'refused', problem: refusal });
  return refusal;
}

function savingProblem(name: string, saving: Exclude<RecipeSaving, { readonly ok: true }>): Problem {
  if (saving.code === 'VERSION_CONFLICT') return conflict(saving.version);
  if (saving.code === 'UNKNOWN_RECIPE') return unknown(name);
  return new Problem(
    'NAME_TAKEN',
    `There is a recipe “${saving.name}” already; change that one, or choose another name.`,
  );
}

function concluded(saved: RecipeVersion | Problem, ctx: Parameters<typeof tellVersion>[0]) {
  if (saved instanceof Problem) return saved;
  tellVersion(ctx, saved.version);
  return present(saved);
}

function present(recipe: RecipeVersion): z.input<typeof RecipeReply> {
  const { deleted: _deleted, ...shown } = presentVersion(recipe);
  return shown;
}

function presentVersion({ savedAtMs, zones, drives, ...same }: RecipeVersion) {
  return { ...same, zones: { ...zones }, drives: { ...drives }, savedAt: timeOf(savedAtMs) };
}
