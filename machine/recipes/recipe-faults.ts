import type { Reason } from '../commands/command.ts';
import { rangeFault } from '../commands/value-fault.ts';
import { gainLimits } from '../control/gain-limits.ts';
import { numberText } from '../control/reason-text.ts';
import type { DriveDeclaration, Gains, MachineDeclaration, ZoneDeclaration } from '../declaration.ts';
import { isRecipeName, longestRecipeName, type DriveRecipe, type Recipe, type ZoneRecipe } from './recipe.ts';

/** What is wrong with a recipe, and where in it. */
export interface RecipeFault {
  /** `zones.zone1.setpointC` in parts. */
  readonly path: readonly string[];
  readonly reason: Reason;
}

/**
 * All for which the machine that `declaration` declares could never take this recipe, whatever it does at present: asked when
 * a recipe is saved, when one is loaded, and when the machine finds one after a restart. Empty: it can be taken.
 */
export function recipeFaults(declaration: MachineDeclaration, recipe: Omit<Recipe, 'version'>): RecipeFault[] {
  const faults: RecipeFault[] = [];
  if (!isRecipeName(recipe.name)) {
    const text = `A recipe's name has 1 to ${longestRecipeName} visible characters, no space at its ends, and is more than dots.`;
    faults.push({ path: ['name'], reason: { code: 'INVALID_NAME', text, actual: recipe.name } });
  }
  for (const [id, zone] of Object.entries(recipe.zones)) {
    const declared = declaration.zones.find((each) => each.id === id);
    if (declared !== undefined) faults.push(...zoneFaults(declaration, declared, zone));
    else faults.push(unknownFault('zones', 'zone', id, declaration.zones));
  }
  for (const [id, drive] of Object.entries(recipe.drives)) {
    const declared = declaration.drives.find((each) => each.id === id);
    if (declared !== undefined) faults.push(...driveFaults(declaration, declared, drive));
    else faults.push(unknownFault('drives', 'drive', id, declaration.drives));
  }
  return faults;
}

function unknownFault(
  section: 'zones' | 'drives',
  kind: 'zone' | 'drive',
  id: string,
  declared: readonly { readonly id: string }[],
): RecipeFault {
  const text = `This machine has no ${kind} ${id}; it has ${declared.map((each) => each.id).join(', ')}.`;
  return { path: [section, id], reason: { code: `UNKNOWN_${kind.toUpperCase()}`, text, actual: id } };
}

function zoneFaults(machine: MachineDeclaration, zone: ZoneDeclaration, recipe: ZoneRecipe): RecipeFault[] {
  const faults: RecipeFault[] = [];
  const add = (key: string, reason: Reason | null): void => {
    if (reason !== null) faults.push({ path: ['zones', zone.id, ...key.split('.')], reason });
  };
  const highestC = zone.tripAboveC - machine.tuning.marginK;
  const { setpointC, minimumC, gains } = recipe;
  if (minimumC !== undefined) {
    const named = { title: `The minimum of ${zone.title}`, unit: '°C' };
    add('minimumC', numberFault(named, minimumC, [zone.lowestMinimumC, highestC]));
  }
  if (setpointC !== undefined) add('setpointC', setpointFault(machine, zone, setpointC, minimumC));
  if (gains !== undefined) {
    for (const key of ['kp', 'ki', 'kd'] as const) add(`gains.${key}`, gainFault(zone, gains, key));
  }
  return faults;
}

/** A setpoint of 0 leaves the zone unheated; any other has to let the machine run, and keep away from the trip. */
function setpointFault(
  machine: MachineDeclaration,
  zone: ZoneDeclaration,
  setpointC: number,
  newMinimumC: number | undefined,
): Reason | null {
  const { title = zone.title, unit = '°C', span = [0, Infinity] } = machine.signals.get(zone.setpoint) ?? {};
  const outside = numberFault({ title, unit }, setpointC, span);
  if (outside !== null) return outside;
  const highestC = zone.tripAboveC - machine.tuning.marginK;
  const asked = `${numberText(setpointC)} °C was asked for`;
  if (setpointC > highestC) {
    const text = `${zone.title} trips above ${numberText(zone.tripAboveC)} °C, and its setpoint stays ${numberText(machine.tuning.marginK)} K below: at most ${numberText(highestC)} °C; ${asked}.`;
    return { code: 'SETPOINT_TOO_NEAR_TRIP', text, actual: setpointC, required: highestC, unit: '°C' };
  }
  const minimumC = isNumber(newMinimumC) ? newMinimumC : zone.minimumC;
  const lowestC = minimumC + machine.commands.runningMarginK;
  if (setpointC === 0 || setpointC >= lowestC) return null;
  const text = `With the minimum of ${zone.title} at ${numberText(minimumC)} °C the machine runs from a setpoint of ${numberText(lowestC)} °C; ${asked}. Raise the setpoint or lower the minimum.`;
  return { code: 'SETPOINT_BELOW_MINIMUM', text, actual: setpointC, required: lowestC, unit: '°C' };
}

const gainUnits = { kp: '%/K', ki: '%/(K·s)', kd: '%·s/K' } as const;

function gainFault({ title }: ZoneDeclaration, gains: Gains, key: keyof Gains): Reason | null {
  return numberFault({ title: `The gain ${key} of ${title}`, unit: gainUnits[key] }, gains[key], gainLimits[key]);
}

function driveFaults(machine: MachineDeclaration, drive: DriveDeclaration, recipe: DriveRecipe): RecipeFault[] {
  const { speedRpm, maximumRpm } = recipe;
  const faults: RecipeFault[] = [];
  if (maximumRpm !== undefined) {
    const reason = maximumFault(drive, maximumRpm);
    if (reason !== null) faults.push({ path: ['drives', drive.id, 'maximumRpm'], reason });
  }
  if (speedRpm !== undefined) {
    const { title = drive.title, unit = 'rpm' } = machine.signals.get(drive.setpoint) ?? {};
    const highestRpm = isNumber(maximumRpm) ? maximumRpm : drive.maximumRpm;
    const reason = numberFault({ title, unit }, speedRpm, [0, highestRpm]);
    if (reason !== null) faults.push({ path: ['drives', drive.id, 'speedRpm'], reason });
  }
  return faults;
}

/** A recipe lowers the configuration's maximum and never lifts it. */
function maximumFault({ title, maximumRpm }: DriveDeclaration, asked: number): Reason | null {
  const named = { title: `The maximum of ${title}`, unit: 'rpm' };
  const fault = numberFault(named, asked, [0, maximumRpm]);
  if (fault !== null || asked > 0) return fault;
  const text = `${named.title} is above 0 rpm, or the drive could never turn. To leave it standing, set its speed to 0.`;
  return { code: 'OUT_OF_RANGE', text, actual: asked, required: maximumRpm, unit: 'rpm' };
}

function numberFault(
  named: { readonly title: string; readonly unit: string },
  value: unknown,
  span: readonly [low: number, high: number],
): Reason | null {
  if (isNumber(value)) return rangeFault(named, value, span);
  const { title, unit } = named;
  return { code: 'WRONG_TYPE', text: `${title} takes a number in ${unit}.`, actual: null, required: 'a number' };
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
