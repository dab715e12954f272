import { isGains } from '../control/gain-limits.ts';
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

/** Null when they don't hold any more, or never can have been gains. What they replaced goes when it is unsound. */
export function validGains(zone: Zone, kept: RetainedGains | null | undefined): RetainedGains | null {
  if (kept === undefined || kept === null || !isGains(kept.gains) || !isGains(kept.configured)) return null;
  if (kept.from !== 'recipe' && kept.from !== 'tuning') return null;
  if (!areSameGains(kept.configured, zone.declaration.pid)) return null;
  const { replaced, ...gains } = kept;
  return isReplaced(replaced) ? kept : gains;
}

function isReplaced(replaced: Replaced | null | undefined): boolean {
  if (replaced === undefined || replaced === null) return false;
  const { gains, from, baselineK, appliedAtMs, watching } = replaced;
  const known = from === 'configuration' || from === 'recipe' || from === 'tuning';
  return known && isGains(gains) && baselineK >= 0 && Number.isFinite(appliedAtMs) && typeof watching === 'boolean';
}

/** As the audit shows them: “kp 5, ki 0.1, kd 10”. */
export function gainsText({ kp, ki, kd }: Gains): string {
  return `kp ${kp}, ki ${ki}, kd ${kd}`;
}
