import type { Reason } from '../commands/command.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { InForce } from './in-force.ts';
import { recipeFaults, type RecipeFault } from './recipe-faults.ts';
import { recipeObstacles } from './recipe-obstacles.ts';
import type { Recipe } from './recipe.ts';
import { changesTo, targetOf, type RecipeChange, type RecipeTarget } from './recipe-target.ts';

/** What a recipe would do to the machine, and what stands against it. */
export interface RecipeJudgement {
  readonly target: RecipeTarget;
  /** This machine could never take it. */
  readonly faults: readonly RecipeFault[];
  /** It could, but not now. */
  readonly obstacles: readonly Reason[];
}

/** The one judgement: the core decides by it, and the gateway previews with it. */
export function judgeRecipe(declaration: MachineDeclaration, recipe: Recipe, inForce: InForce): RecipeJudgement {
  const target = targetOf(declaration, recipe);
  const faults = recipeFaults(declaration, recipe);
  const faulty = new Set(faults.map(({ path }) => path.join('.')));
  return { target, faults, obstacles: recipeObstacles(declaration, target, inForce, faulty) };
}

export interface RecipePreview {
  readonly changes: readonly RecipeChange[];
  /** All that stands against it now; with none a load would be accepted. */
  readonly reasons: readonly Reason[];
}

/** What loading the recipe would change now. The decision itself stays the core's: the machine may move meanwhile. */
export function previewRecipe(declaration: MachineDeclaration, recipe: Recipe, inForce: InForce): RecipePreview {
  const { target, faults, obstacles } = judgeRecipe(declaration, recipe, inForce);
  return { changes: changesTo(target, inForce), reasons: [...faults.map(({ reason }) => reason), ...obstacles] };
}
