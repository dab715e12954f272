/** What gains may be, whoever asks for them: the configuration, a recipe. Units as in `Gains`. */
export const gainLimits = {
  kp: [0, 1_000],
  ki: [0, 100],
  kd: [0, 10_000],
} as const;
