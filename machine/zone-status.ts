import type { Gains, GainsFrom } from './declaration.ts';
import type { ZoneTuningStatus } from './tuning/tuning-status.ts';

/** How one zone is controlled: what its gains are and where they come from, what is known of its heater, what is tested. */
export interface ZoneStatus {
  readonly id: string;
  readonly title: string;
  readonly gains: Gains;
  readonly gainsFrom: GainsFrom;
  readonly configuredGains: Gains;
  /** Those that the zone has without a recipe: the configuration's, or a tuning's. */
  readonly ownGains: Gains;
  /** Below it no drive turns, in °C: the recipe's, or the configuration's. */
  readonly minimumC: number;
  /** What the PID follows now: the setpoint, or the ramp on its way there, in °C; null while nothing is controlled. */
  readonly workingSetpointC: number | null;
  /** Time until the zone is in band, in s; null when it is not on its way there, or can't be told. */
  readonly secondsToBand: number | null;
  /** What is expected of its heater. */
  readonly model: ZoneModelStatus;
  /** Its commissioning test: the one under way, or the last one since the control started. */
  readonly test: ZoneTest | null;
  readonly tuning: ZoneTuningStatus;
}

export const zoneTestVerdicts = ['running', 'ok', 'crossed', 'noResponse', 'inconclusive', 'aborted'] as const;

/** One commissioning test: the zone was heated alone, and all zones were held against their heater models. */
export interface ZoneTest {
  /**
   * `crossed`: another zone answered in its place · `noResponse`: none did · `inconclusive`: no clear answer in time ·
   * `aborted`: it ended before it had one.
   */
  readonly verdict: (typeof zoneTestVerdicts)[number];
  /** The zone that answered in its place. */
  readonly crossedWith: string | null;
  /** What was seen, as a sentence for the engineer. */
  readonly text: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
}

/** The heater model in force, and whether it is being learnt. */
export interface ZoneModelStatus {
  readonly from: 'configuration' | 'learnt';
  readonly gainKPerPercent: number;
  readonly timeConstantSeconds: number;
  readonly deadTimeSeconds: number;
  readonly ambientC: number;
  /** By how much other zones lift this one in the end, in K per K of their excess over ambient. */
  readonly warmedBy: readonly { readonly zone: string; readonly kPerK: number }[];
  /** Learns at present: heating is on, nothing is extruded, and power and readings are as they should be. */
  readonly learning: boolean;
  /** Squared error of the learnt model as a share of the nominal one's, over the last minutes; null: not compared yet. */
  readonly errorShare: number | null;
}
