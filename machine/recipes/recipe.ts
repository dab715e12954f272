import type { Gains } from '../declaration.ts';

/**
 * What the machine is to be set to for one product. Zones, drives and values that a recipe does not name stay as they are.
 * A recipe narrows or shifts the machine's limits within what the configuration allows; trips are the machine's own.
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
