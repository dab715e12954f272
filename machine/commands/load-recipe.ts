import type { MachineControl } from '../control/machine-control.ts';
import type { MachineDeclaration } from '../declaration.ts';
import type { DriveStatus } from '../drive-status.ts';
import type { Equipment } from '../equipment.ts';
import type { Image } from '../image.ts';
import { turns } from '../interlocks/cold-extrusion.ts';
import { inForceOf } from '../recipes/in-force.ts';
import { judgeRecipe } from '../recipes/judge-recipe.ts';
import { hasRecipeForm } from '../recipes/recipe-form.ts';
import type { LoadedRecipe } from '../recipes/loaded-recipe.ts';
import { recipeTitle } from '../recipes/recipe.ts';
import { changesText, changesTo } from '../recipes/recipe-target.ts';
import type { ZoneStatus } from '../zone-status.ts';
import type { CommandAction } from './command.ts';
import { refused, type Decision } from './decision.ts';

export interface RecipeGround {
  readonly declaration: MachineDeclaration;
  readonly image: Image;
  readonly equipment: Equipment;
  readonly control: MachineControl;
  readonly recipe: LoadedRecipe;
  zones(): readonly ZoneStatus[];
  drives(): readonly DriveStatus[];
}

/** All of a recipe or nothing: it is refused with every reason, whether of the recipe or of the moment. */
export function loadRecipe(
  { declaration, image, equipment, control, recipe: loaded, ...ground }: RecipeGround,
  { recipe }: Extract<CommandAction, { name: 'loadRecipe' }>,
): Decision {
  if (!hasRecipeForm(recipe)) {
    const text = 'This is no recipe: it needs a name, a version, zones and drives. Save it anew.';
    return refused('invalid', { code: 'WRONG_TYPE', text });
  }
  const { state, wallMs } = control.situation;
  const inForce = inForceOf({
    declaration,
    samples: image.samples,
    zones: ground.zones(),
    drives: ground.drives(),
    state,
    drivesTurn: equipment.drives.some(turns),
  });
  const { target, faults, obstacles } = judgeRecipe(declaration, recipe, inForce);
  const reasons = [...faults.map(({ reason }) => reason), ...obstacles];
  if (reasons.length > 0) return refused(faults.length > 0 ? 'invalid' : 'state', ...reasons);
  const before = loaded.current;
  // what is overwritten can't be looked up afterwards
  const note = changesText(changesTo(target, inForce));
  loaded.load(recipe, target, wallMs);
  return { accepted: true, before: before === null ? null : recipeTitle(before), after: recipeTitle(recipe), note };
}
