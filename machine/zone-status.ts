import type { Gains } from './declaration.ts';

/** How one zone is controlled: what its gains are and where they come from, what is known of its heater, what is tested. */
export interface ZoneStatus {
  readonly id: string;
  readonly title: string;
  readonly gains: Gains;
  readonly gainsFrom: 'configuration' | 'recipe' | 'tuning';
  readonly configuredGains: Gains;
  /** Those that the zone has without a recipe: the configuration's, or a tuning's. */
  readonly ownGains: Gains;
  /** Below it no drive turns, in °C: the recipe's, or the configuration's. */
  readonly minimumC: number;
  /** What the PID follows now: the setpoint, or the ramp on its way there, in °C; null while nothing is controlled. */
  readonly workingSetpointC: number | null;
  /** Time until the zone is in band, in s; null when it is not on its way there, or can't be told. */
  readonly secondsToBand: number | null;
}
