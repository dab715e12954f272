import type { Recipe } from './recipe.ts';

/** Whether this has the form of a recipe: asked of what comes from elsewhere, which may be anything. Numbers are judged later. */
export function hasRecipeForm(recipe: unknown): recipe is Recipe {
  if (!isRecord(recipe) || typeof recipe['name'] !== 'string' || typeof recipe['version'] !== 'number') return false;
  const { zones, drives } = recipe;
  return isRecord(zones) && isRecord(drives) && [...Object.values(zones), ...Object.values(drives)].every(isRecord);
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Stands in the audit for one that could not be read. */
export const unreadableRecipe: Recipe = { name: 'unreadable', version: 0, zones: {}, drives: {} };
