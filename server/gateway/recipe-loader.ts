import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import type { CommandAction, CommandOutcome, Reason, RefusalKind } from '../../machine/commands/command.ts';
import { permissionReason, roleFor } from '../../machine/commands/permission.ts';
import type { CommandGate, MachineView } from '../../machine/ports.ts';
import { longestRecipeName, shownRecipeName } from '../../machine/recipes/recipe.ts';
import { auditEntryOfRecipe, type AuditTrail } from '../../operations/ports/audit.ts';
import { StoreUnavailableError } from '../../operations/ports/failure.ts';
import type { RecipeLoader, RecipeRequest, Recipes } from '../../operations/ports/recipes.ts';
import { enterInAudit } from './audited-gate.ts';

export interface RecipeLoaderOptions {
  readonly recipes: Recipes;
  readonly gate: CommandGate;
  readonly machine: Pick<MachineView, 'declaration' | 'status'>;
  readonly audit: AuditTrail;
  /** Told of what was refused before the gate, which tells of the rest itself. */
  readonly onRefused: (request: RecipeRequest, outcome: CommandOutcome, durationMs: number) => void;
  readonly log: Logger;
}

type Refusal = { readonly kind: RefusalKind; readonly reason: Reason };

/** Loads recipes by name for REST and OPC UA alike. Who lacks the right is not told which recipes there are. */
export function recipeLoader({ recipes, gate, machine, audit, onRefused, log }: RecipeLoaderOptions): RecipeLoader {
  async function actionOf({ name, principal, ifVersion }: RecipeRequest): Promise<CommandAction | Refusal> {
    const forbidden = permissionReason(principal, roleFor({ name: 'loadRecipe' }, machine.declaration));
    if (forbidden !== null) return { kind: 'permission', reason: forbidden };
    const found = name.length > longestRecipeName ? null : await recipes.find(name);
    if (found === null) {
      const shown = shownRecipeName(name);
      const text = `There is no recipe “${shown}”. It may have been deleted; look at the list of recipes.`;
      return { kind: 'unknown', reason: { code: 'UNKNOWN_RECIPE', text, actual: shown } };
    }
    const { version, zones, drives } = found;
    if (ifVersion === undefined || ifVersion === version) {
      return { name: 'loadRecipe', recipe: { name: found.name, version, zones, drives } };
    }
    const text = `Recipe “${found.name}” was changed: version ${version} is the newest, ${ifVersion} was asked for. Look at what it changes and load it again.`;
    return { kind: 'state', reason: { code: 'RECIPE_CHANGED', text, actual: version, required: ifVersion } };
  }

  return {
    async load(request): Promise<CommandOutcome> {
      const startMs = performance.now();
      const asked = await actionOf(request).catch((error: unknown): Refusal => readingRefusal(error, request, log));
      const { name: _name, ifVersion: _ifVersion, ...by } = request;
      if (!('kind' in asked)) return gate.request({ ...by, action: asked });
      const outcome = {
        accepted: false,
        commandId: randomUUID(),
        state: machine.status.state,
        kind: asked.kind,
        reasons: [asked.reason],
      } as const;
      const shown = { ...request, name: shownRecipeName(request.name) };
      onRefused(request, outcome, performance.now() - startMs);
      await enterInAudit(audit, auditEntryOfRecipe(shown, outcome, Date.now()), log);
      return outcome;
    },
  };
}

/** Whoever asked gets an answer, also when it is our own mistake that stands against it. */
function readingRefusal(error: unknown, { name }: RecipeRequest, log: Logger): Refusal {
  if (!(error instanceof StoreUnavailableError)) {
    log.error({ err: error, recipe: name }, 'a recipe could not be read');
    const text = 'The recipe can not be read; nothing was changed. The server’s log tells why.';
    return { kind: 'unavailable', reason: { code: 'RECIPE_UNREADABLE', text } };
  }
  log.warn({ err: error, recipe: name }, 'a recipe could not be read for want of the database');
  const text = 'The database does not answer, so the recipe can not be read; nothing was changed. Try again.';
  return { kind: 'unavailable', reason: { code: 'STORE_UNAVAILABLE', text } };
}
