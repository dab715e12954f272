import type { Gains } from '../declaration.ts';

/** The gain at which proportional control alone would just swing on, and the period of that swing. */
export interface UltimateGain {
  /** In %/K. */
  readonly gainPercentPerK: number;
  readonly periodSeconds: number;
}

/**
 * The ultimate gain by the describing function of a relay with hysteresis: 4·d / (π·√(a² − ε²)).
 *
 * @param amplitudePercent d, what the relay switches up and down, in % duty
 * @param swingK a, half the way from the lowest to the highest temperature, in K
 * @param hysteresisK ε, in K, below the swing
 * @see Åström & Hägglund, Automatic tuning of simple regulators (Automatica 20, 1984)
 */
export function ultimateGain(amplitudePercent: number, swingK: number, hysteresisK: number): number {
  return (4 * amplitudePercent) / (Math.PI * Math.sqrt(swingK ** 2 - hysteresisK ** 2));
}

/**
 * PID gains by the rules of Tyreus and Luyben, made for slow processes that must not overshoot much:
 * Kp = 0.455·Ku, Ti = 2.2·Pu, Td = Pu / 6.3.
 *
 * @see Luyben & Luyben, Essentials of Process Control (1997)
 */
export function tyreusLuyben({ gainPercentPerK, periodSeconds }: UltimateGain): Gains {
  const kp = 0.455 * gainPercentPerK;
  const integralSeconds = 2.2 * periodSeconds;
  const derivativeSeconds = periodSeconds / 6.3;
  return { kp: significant(kp), ki: significant(kp / integralSeconds), kd: significant(kp * derivativeSeconds) };
}

/** Three digits: the test knows no more, and what is shown is what is applied. */
function significant(value: number): number {
  return Number(value.toPrecision(3));
}
