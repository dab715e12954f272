import type { Gains, MachineDeclaration } from '../declaration.ts';
import type { InForce } from './in-force.ts';
import type { RecipeContent } from './recipe.ts';

/** What a recipe leaves: every limit of the machine, and the settings that it names. */
export interface RecipeTarget {
  readonly zones: readonly ZoneTarget[];
  readonly drives: readonly DriveTarget[];
}

export interface ZoneTarget {
  readonly id: string;
  readonly title: string;
  /** Null: stays as it is. */
  readonly setpointC: number | null;
  readonly minimumC: number;
  /** Null: those that the zone has without a recipe. */
  readonly gains: Gains | null;
}

export interface DriveTarget {
  readonly id: string;
  readonly title: string;
  readonly speedRpm: number | null;
  readonly maximumRpm: number;
}

/** Limits depend on the recipe and the configuration alone, never on the recipe before it. */
export function targetOf(declaration: MachineDeclaration, recipe: RecipeContent): RecipeTarget {
  return {
    zones: declaration.zones.map(({ id, title, minimumC }) => {
      const named = recipe.zones[id];
      return {
        id,
        title,
        setpointC: named?.setpointC ?? null,
        minimumC: named?.minimumC ?? minimumC,
        gains: named?.gains ?? null,
      };
    }),
    drives: declaration.drives.map(({ id, title, maximumRpm }) => {
      const named = recipe.drives[id];
      return { id, title, speedRpm: named?.speedRpm ?? null, maximumRpm: named?.maximumRpm ?? maximumRpm };
    }),
  };
}

/** One number that a recipe would change. */
export interface RecipeChange {
  /** Where it stands in a recipe: `zones.zone1.minimumC`. */
  readonly path: string;
  /** For the operator: `Minimum of Barrel zone 1`. */
  readonly what: string;
  /** Null: not known. */
  readonly from: number | null;
  readonly to: number;
  readonly unit: string;
  /** A limit of the machine, as opposed to a setting or a gain. */
  readonly isLimit: boolean;
}

/** What would be another number after the recipe than it is now, in the order of the machine's declaration. */
export function changesTo(target: RecipeTarget, inForce: InForce): RecipeChange[] {
  const changes: RecipeChange[] = [];
  const add = (change: RecipeChange): void => {
    if (change.from !== change.to) changes.push(change);
  };
  for (const { id, title, setpointC, minimumC, gains } of target.zones) {
    const now = inForce.zones.get(id);
    if (now === undefined) continue;
    const at = (key: string, what: string) => ({ path: `zones.${id}.${key}`, what: `${what} of ${title}` });
    const celsius = { unit: '°C', isLimit: false };
    if (setpointC !== null) add({ ...at('setpointC', 'Setpoint'), from: now.setpointC, to: setpointC, ...celsius });
    add({ ...at('minimumC', 'Minimum'), from: now.minimumC, to: minimumC, ...celsius, isLimit: true });
    const next = gains ?? now.ownGains;
    for (const [key, unit] of gainUnits) {
      add({ ...at(`gains.${key}`, `Gain ${key}`), from: now.gains[key], to: next[key], unit, isLimit: false });
    }
  }
  for (const { id, title, speedRpm, maximumRpm } of target.drives) {
    const now = inForce.drives.get(id);
    if (now === undefined) continue;
    const at = (key: string, what: string) => ({
      path: `drives.${id}.${key}`,
      what: `${what} of ${title}`,
      unit: 'rpm',
    });
    if (speedRpm !== null) add({ ...at('speedRpm', 'Speed'), from: now.speedRpm, to: speedRpm, isLimit: false });
    add({ ...at('maximumRpm', 'Maximum'), from: now.maximumRpm, to: maximumRpm, isLimit: true });
  }
  return changes;
}

/** For the operator and the audit: “Setpoint of Barrel zone 1 200 → 265 °C, …”. */
export function changesText(changes: readonly RecipeChange[]): string {
  if (changes.length === 0) return 'It changes nothing.';
  const texts = changes.map(({ what, from, to, unit }) => {
    return `${what} ${from === null ? 'unknown' : exactText(from)} → ${exactText(to)} ${unit}`;
  });
  return `${texts.join(', ')}.`;
}

/** Gains are small numbers, so that no digit that was set is dropped; what floating point adds is. */
function exactText(value: number): string {
  return String(Number(value.toPrecision(9)));
}

const gainUnits = [
  ['kp', '%/K'],
  ['ki', '%/(K·s)'],
  ['kd', '%·s/K'],
] as const;
