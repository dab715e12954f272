import type { Reason } from '../commands/command.ts';
import { isGains } from '../control/gain-limits.ts';
import type { Heating } from '../control/heating.ts';
import type { Gains, MachineDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import type { Settings } from '../settings.ts';
import { hasRecipeForm, isRecord } from './recipe-form.ts';
import { recipeFaults } from './recipe-faults.ts';
import type { Recipe, RetainedRecipe } from './recipe.ts';
import { targetOf, type RecipeTarget } from './recipe-target.ts';

export interface LoadedRecipeGround {
  readonly declaration: MachineDeclaration;
  readonly equipment: Equipment;
  readonly settings: Settings;
  readonly heating: Heating;
}

/** The recipe that was loaded last, with its limits and gains in force. */
export class LoadedRecipe {
  readonly #declaration: MachineDeclaration;
  readonly #equipment: Equipment;
  readonly #settings: Settings;
  readonly #heating: Heating;
  #recipe: Recipe | null = null;

  constructor({ declaration, equipment, settings, heating }: LoadedRecipeGround) {
    this.#declaration = declaration;
    this.#equipment = equipment;
    this.#settings = settings;
    this.#heating = heating;
  }

  /** Null: none since the first start, or the last one was dropped. */
  get current(): Recipe | null {
    return this.#recipe;
  }

  /** Something that it names has been changed since: a setpoint or speed by hand, gains by a tuning. */
  get isModified(): boolean {
    const recipe = this.#recipe;
    if (recipe === null) return false;
    for (const zone of this.#equipment.zones) {
      const named = recipe.zones[zone.declaration.id];
      if (named === undefined) continue;
      if (named.setpointC !== undefined && zone.setpoint.sample.value !== named.setpointC) return true;
      if (named.gains !== undefined && zone.gainsFrom !== 'recipe') return true;
    }
    for (const drive of this.#equipment.drives) {
      const speedRpm = recipe.drives[drive.declaration.id]?.speedRpm;
      if (speedRpm !== undefined && drive.setpoint.sample.value !== speedRpm) return true;
    }
    return false;
  }

  /** Puts an accepted recipe in force: all of it at once, between two scans. */
  load(recipe: Recipe, target: RecipeTarget, wallMs: number): void {
    this.#recipe = recipe;
    this.#settings.changed = true;
    this.#putInForce(target);
    for (const zone of this.#equipment.zones) {
      const setpointC = target.zones.find(({ id }) => id === zone.declaration.id)?.setpointC ?? null;
      if (setpointC !== null) this.#settings.set(zone.setpoint, setpointC, wallMs);
    }
    for (const drive of this.#equipment.drives) {
      const speedRpm = target.drives.find(({ id }) => id === drive.declaration.id)?.speedRpm ?? null;
      if (speedRpm !== null) this.#settings.set(drive.setpoint, speedRpm, wallMs);
    }
  }

  /**
   * Takes limits and gains up again after a restart; settings have been kept by themselves. Gains from a tuning must be back
   * in force before.
   *
   * @returns what stands against it by today's configuration: then it is dropped, and every limit is the configuration's
   */
  restore(retained: RetainedRecipe | null): readonly Reason[] {
    const { recipe, gains } = retained ?? {};
    if (!hasRecipeForm(recipe) || !isRecord(gains)) {
      // gains of a recipe without the recipe
      for (const zone of this.#equipment.zones) if (zone.gainsFrom === 'recipe') this.#returnGains(zone);
      const text = 'The recipe that was in force could not be read any more; its limits are gone. Load it again.';
      return retained === null ? [] : [{ code: 'RECIPE_UNREADABLE', text }];
    }
    for (const zone of this.#equipment.zones) {
      // where the configuration's gains have changed since, they are newer than what was tuned, and in force already
      if (zone.gainsFrom !== 'recipe') continue;
      const tuned = gains[zone.declaration.id];
      if (isGains(tuned)) this.#heating.setGains(zone, tuned, 'tuning');
      else this.#returnGains(zone);
    }
    const faults = recipeFaults(this.#declaration, recipe);
    if (faults.length > 0) return faults.map(({ reason }) => reason);
    this.#recipe = recipe;
    const target = targetOf(this.#declaration, recipe);
    // a zone whose gains were tuned after the recipe was loaded goes by the tuned ones
    const zones = target.zones.map((zone) => (zone.id in gains ? zone : { ...zone, gains: null }));
    this.#putInForce({ ...target, zones });
    return [];
  }

  retained(): RetainedRecipe | null {
    if (this.#recipe === null) return null;
    const gains: Record<string, Gains | null> = {};
    for (const { declaration, gainsFrom, ownGains } of this.#equipment.zones) {
      if (gainsFrom !== 'recipe') continue;
      gains[declaration.id] = ownGains?.from === 'tuning' ? ownGains.gains : null;
    }
    return { recipe: this.#recipe, gains };
  }

  #putInForce(target: RecipeTarget): void {
    for (const { id, minimumC, gains } of target.zones) {
      const zone = this.#equipment.zones.find(({ declaration }) => declaration.id === id);
      if (zone === undefined) continue;
      zone.minimumC = minimumC;
      if (gains !== null) this.#takeGains(zone, gains);
      else if (zone.gainsFrom === 'recipe') this.#returnGains(zone);
    }
    for (const { id, maximumRpm } of target.drives) {
      const drive = this.#equipment.drives.find(({ declaration }) => declaration.id === id);
      if (drive !== undefined) drive.maximumRpm = maximumRpm;
    }
  }

  #takeGains(zone: Zone, gains: Gains): void {
    const { pid, gainsFrom } = zone;
    if (gainsFrom !== 'recipe') zone.ownGains = { gains: { kp: pid.kp, ki: pid.ki, kd: pid.kd }, from: gainsFrom };
    this.#heating.setGains(zone, gains, 'recipe');
  }

  #returnGains(zone: Zone): void {
    const own = zone.ownGains ?? { gains: zone.declaration.pid, from: 'configuration' };
    zone.ownGains = null;
    this.#heating.setGains(zone, own.gains, own.from);
  }
}
