import assert from 'node:assert/strict';

import type { CommandOutcome, Principal } from '../../machine/commands/command.ts';
import type { Gains, MachineDeclaration } from '../../machine/declaration.ts';
import type { MachineView } from '../../machine/ports.ts';
import { type InForce, inForceInView } from '../../machine/recipes/in-force.ts';
import type { DriveRecipe, Recipe, ZoneRecipe } from '../../machine/recipes/recipe.ts';
import { factoryMachine } from './factory.ts';
import { codes, operator, Rig, type RigOptions } from './rig.ts';

export const factory = factoryMachine();

export function recipe(
  zones: Readonly<Record<string, ZoneRecipe>> = {},
  drives: Readonly<Record<string, DriveRecipe>> = {},
  name = 'PET',
  version = 1,
): Recipe {
  return { name, version, zones, drives };
}

export const pet = recipe(
  { zone1: { setpointC: 250, minimumC: 220, gains: { kp: 4, ki: 0.05, kd: 12 } }, zone2: { setpointC: 255 } },
  { main: { speedRpm: 900, maximumRpm: 1_000 }, feed: { speedRpm: 200 } },
  'PET',
  3,
);

/** Takes the minimum of both zones down, as far as the machine can run at 200 °C either way. */
export const soft = recipe({ zone1: { minimumC: 120 }, zone2: { minimumC: 120 } }, {}, 'LDPE', 2);

export function load(rig: Rig, what: Recipe, by: Principal = operator): CommandOutcome {
  return rig.ask({ name: 'loadRecipe', recipe: what }, by);
}

export function accepted(outcome: CommandOutcome): void {
  assert.ok(outcome.accepted, codes(outcome).join(', '));
}

/** All that a recipe can change. */
export function settingsAndLimits(rig: Rig): object {
  const { drives, zones, samples } = viewOf(rig);
  const settings = ['heater.zone1.setpoint', 'heater.zone2.setpoint', 'motor.main.setpoint', 'motor.feed.setpoint'];
  return {
    settings: settings.map((signal) => samples.get(signal)?.value),
    limits: [...zones.map(({ minimumC }) => minimumC), ...drives.map(({ maximumRpm }) => maximumRpm)],
    gains: zones.map(({ gains, gainsFrom }) => ({ ...gains, gainsFrom })),
    recipe: [rig.last.status.recipe, rig.last.status.recipeVersion],
  };
}

/** The machine as the gateway sees it. */
export function viewOf(rig: Rig): MachineView {
  return {
    declaration: rig.declaration,
    samples: rig.core.samples(),
    status: { ...rig.last.status, scan: {} as MachineView['status']['scan'] },
    controlAlive: true,
    alarms: rig.core.alarms(),
    modules: [],
    zones: rig.core.zones(),
    drives: rig.core.drives(),
    subscribe: () => () => undefined,
  };
}

export function inForce(rig: Rig): InForce {
  return inForceInView(viewOf(rig)) ?? assert.fail('the view is complete');
}

export function idle(options: RigOptions = {}): Rig {
  const rig = new Rig(options);
  rig.run(1);
  return rig;
}

export const running = () => new Rig().toRunning();

export const zone1 = (zone: ZoneRecipe): Recipe => recipe({ zone1: zone });
export const main = (drive: DriveRecipe): Recipe => recipe({}, { main: drive });
export const gains = (change: Partial<Gains>): Recipe => zone1({ gains: { kp: 5, ki: 0.1, kd: 10, ...change } });
export const nearTrip = (): MachineDeclaration => ({ ...factory, tuning: { ...factory.tuning, marginK: 30 } });
