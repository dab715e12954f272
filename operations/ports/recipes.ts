import type { CommandOutcome } from '../../machine/commands/command.ts';
import type { CommandRequest } from '../../machine/ports.ts';
import type { Recipe, RecipeContent } from '../../machine/recipes/recipe.ts';

/** One version of a recipe as it is kept. Nothing edits it: a change is the next version. */
export interface RecipeVersion extends Recipe {
  readonly author: string;
  readonly savedAtMs: number;
  /** Why it was changed, in the author's words. */
  readonly reason: string | null;
  /** This version took the recipe away; what it says is what the version before it said. */
  readonly deleted: boolean;
}

export interface RecipeAuthor {
  readonly name: string;
  readonly atMs: number;
  readonly reason: string | null;
}

export type RecipeSaving =
  | { readonly ok: true; readonly recipe: RecipeVersion }
  /**
   * Names differ by more than their case and spaces; `name` is the one that there is. A recipe that was deleted gives its name
   * free, its versions count on.
   */
  | { readonly ok: false; readonly code: 'NAME_TAKEN'; readonly name: string }
  | { readonly ok: false; readonly code: 'UNKNOWN_RECIPE' }
  /** Somebody changed it meanwhile; `version` is the one there is now. */
  | { readonly ok: false; readonly code: 'VERSION_CONFLICT'; readonly version: number };

/** The recipes of the site, each with all its versions. */
export interface Recipes {
  /** The newest version of each that is not deleted, by name. */
  list(): Promise<readonly RecipeVersion[]>;
  /** The newest version; null when there is none of that name, or it was deleted. */
  find(name: string): Promise<RecipeVersion | null>;
  /** Newest first, at most `limit`, those that deleted it included; empty: there never was one of that name. */
  versions(name: string, limit: number): Promise<readonly RecipeVersion[]>;
  create(name: string, content: RecipeContent, by: RecipeAuthor): Promise<RecipeSaving>;
  /** @param ifVersion the version that the change was made from */
  change(name: string, ifVersion: number, content: RecipeContent, by: RecipeAuthor): Promise<RecipeSaving>;
  delete(name: string, ifVersion: number, by: RecipeAuthor): Promise<RecipeSaving>;
}

export interface RecipeRequest extends Omit<CommandRequest, 'action'> {
  readonly name: string;
  /** Refused when another version is the newest by now: what was looked at is what is loaded. */
  readonly ifVersion?: number;
}

/**
 * The one way from a recipe's name to the machine: looks the recipe up and passes the command gate with the whole of it.
 * Never rejects, and what never reached the gate is in the audit all the same.
 */
export interface RecipeLoader {
  load(request: RecipeRequest): Promise<CommandOutcome>;
}
