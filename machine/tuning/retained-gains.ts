import type { Gains, GainsFrom } from '../declaration.ts';
import type { Zone } from '../equipment.ts';
import type { Replaced } from './applied-gains.ts';

/** Gains of a zone that are not the configuration's, as they are kept over a restart. */
export interface RetainedGains {
  readonly gains: Gains;
  readonly from: Exclude<GainsFrom, 'configuration'>;
  /** The configuration's gains of that time: when those have changed since, they are newer, and hold. */
  readonly configured: Gains;
  /** Where a tuning put the gains in place of others. */
  readonly replaced?: Replaced;
}

export function areSameGains(one: Gains, other: Gains): boolean {
  return one.kp === other.kp && one.ki === other.ki && one.kd === other.kd;
}

/** Null when they don't hold any more, or never can have been gains. */
export function validGains(zone: Zone, kept: RetainedGains | undefined): RetainedGains | null {
  if (kept === undefined || !areSameGains(kept.configured, zone.declaration.pid)) return null;
  return areGains(kept.gains) && (kept.replaced === undefined || areGains(kept.replaced.gains)) ? kept : null;
}

function areGains({ kp, ki, kd }: Gains): boolean {
  return [kp, ki, kd].every((gain) => Number.isFinite(gain) && gain >= 0);
}

/** As the audit shows them: “kp 5, ki 0.1, kd 10”. */
export function gainsText({ kp, ki, kd }: Gains): string {
  return `kp ${kp}, ki ${ki}, kd ${kd}`;
}
