import type { AlarmEngine } from './alarms/engine.ts';
import type { Reason } from './commands/command.ts';
import type { LoadedRecipe } from './recipes/loaded-recipe.ts';
import type { Situation } from './situation.ts';
import type { MachineStatus } from './status.ts';

type Status = Omit<MachineStatus, 'scan'>;

/** The machine in one glance, and whether it looks different from the scan before. */
export class StatusBoard {
  readonly #blockers: () => readonly Reason[];
  readonly #alarms: AlarmEngine;
  readonly #recipe: LoadedRecipe;
  #last: Status | null = null;

  constructor(blockers: () => readonly Reason[], alarms: AlarmEngine, recipe: LoadedRecipe) {
    this.#blockers = blockers;
    this.#alarms = alarms;
    this.#recipe = recipe;
  }

  refresh({ state, mode, heatingOn, wallMs }: Readonly<Situation>): {
    readonly status: Status;
    readonly changed: boolean;
  } {
    const blockers = this.#blockers();
    const { current, isModified } = this.#recipe;
    const status: Status = {
      state,
      mode,
      startPermitted: blockers.length === 0,
      blockers,
      alarms: this.#alarms.summary(),
      heating: heatingOn,
      recipe: current?.name ?? null,
      recipeVersion: current?.version ?? null,
      recipeModified: isModified,
      atMs: wallMs,
    };
    const changed = this.#last === null || !looksAlike(this.#last, status);
    this.#last = status;
    return { status, changed };
  }
}

function looksAlike(one: Status, other: Status): boolean {
  return (
    one.state === other.state &&
    one.mode === other.mode &&
    one.heating === other.heating &&
    one.recipe === other.recipe &&
    one.recipeVersion === other.recipeVersion &&
    one.recipeModified === other.recipeModified &&
    one.alarms.unacknowledged === other.alarms.unacknowledged &&
    one.alarms.active === other.alarms.active &&
    one.alarms.highest === other.alarms.highest &&
    one.blockers.length === other.blockers.length &&
    one.blockers.every((reason, place) => saysTheSame(reason, other.blockers[place]))
  );
}

/** Text and estimate tell whatever changed: the texts carry the numbers. */
function saysTheSame(one: Reason, other: Reason | undefined): boolean {
  return (
    other !== undefined && one.code === other.code && one.text === other.text && one.etaSeconds === other.etaSeconds
  );
}
