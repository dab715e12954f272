import type { Gains } from '../declaration.ts';

/**
 * What gains may be, whoever asks for them: the configuration, a recipe. Units as in `Gains`. Without a proportional gain a
 * zone would never be heated, or swing by its integral alone.
 */
export const gainLimits = {
  kp: [0.001, 1_000],
  ki: [0, 100],
  kd: [0, 10_000],
} as const;

/** Whether this is gains that a zone can be controlled by: asked of what comes back from a disk, which may be anything. */
export function isGains(value: unknown): value is Gains {
  if (typeof value !== 'object' || value === null) return false;
  const gains = value as Readonly<Record<string, unknown>>;
  return (['kp', 'ki', 'kd'] as const).every((key) => {
    const gain = gains[key];
    const [low, high] = gainLimits[key];
    return typeof gain === 'number' && gain >= low && gain <= high;
  });
}
