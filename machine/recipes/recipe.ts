import type { Gains } from '../declaration.ts';

/**
 * What the machine is to be set to for one product. It narrows or shifts the machine's limits within what the configuration
 * allows; trips are the machine's own.
 *
 * Setpoints and speeds that a recipe does not name stay as they are. Limits that it does not name are the configuration's
 * again, and gains are those that the zone has without a recipe (the configuration's, or a tuning's): nothing of the recipe
 * before it stays in force unseen. A recipe that names nothing at all takes every limit back to the configuration.
 *
 * It may be loaded in MANUAL too, as settings may be written there. Limits don't change while a drive turns, in AUTO or MANUAL.
 */
export interface Recipe {
  readonly name: string;
  /** Counts from 1 with every change of the recipe of that name. */
  readonly version: number;
  /** By zone id. */
  readonly zones: Readonly<Record<string, ZoneRecipe>>;
  /** By drive id. */
  readonly drives: Readonly<Record<string, DriveRecipe>>;
}

export interface ZoneRecipe {
  readonly setpointC?: number;
  /** Below it no drive turns, in °C. */
  readonly minimumC?: number;
  readonly gains?: Gains;
}

export interface DriveRecipe {
  readonly speedRpm?: number;
  /** Highest speed in AUTO. */
  readonly maximumRpm?: number;
}

/** What a recipe says, without its name. */
export type RecipeContent = Pick<Recipe, 'zones' | 'drives'>;

/** What of a loaded recipe must survive the control process. */
export interface RetainedRecipe {
  readonly recipe: Recipe;
  /** The zones that go by the recipe's gains, each with the tuned gains that it has without it; null: the configuration's. */
  readonly gains: Readonly<Record<string, Gains | null>>;
}

export const longestRecipeName = 60;

/** What was asked for as a name may be anything; in records and texts it stands no longer than a name can be. */
export function shownRecipeName(name: string): string {
  return name.length > longestRecipeName ? `${name.slice(0, longestRecipeName)}…`.toWellFormed() : name;
}

/** Controls, formats, private and unassigned characters, breaks of line, what screens leave out, and the blank of Braille. */
const unseen = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/u;

/** Forms of letters that stand for several, like ﷺ, become longer when folded. */
const longestNameKey = 240;

/**
 * Trimmed, 1…60 characters that can be seen or are spaces between such, and none that an address of the web interface would
 * swallow: two names that look alike must not be two recipes.
 */
export function isRecipeName(name: string): boolean {
  if (name === '' || name.length > longestRecipeName || recipeNameKey(name).length > longestNameKey) return false;
  return !unseen.test(name) && name.trim() === name && !/^\.+$/u.test(name);
}

/** Recipes are told apart by this: names differ by more than their case, their spaces and the forms of their letters. */
export function recipeNameKey(name: string): string {
  return name.normalize('NFKC').replaceAll(/\s+/gu, ' ').trim().toLowerCase();
}

/** As it stands on screens and in the audit: `PET 3`. */
export function recipeTitle({ name, version }: Pick<Recipe, 'name' | 'version'>): string {
  return `${name} ${version}`;
}
