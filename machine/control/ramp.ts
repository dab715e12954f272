export interface RampRates {
  readonly rampUpRpmPerS: number;
  readonly rampDownRpmPerS: number;
}

/**
 * The commanded speed after `dtSeconds` on the way to `targetRpm`. Away from standstill the ramp up holds, towards it the
 * ramp down; a reversal passes through 0 and waits there for the next step.
 */
export function rampedRpm(rates: RampRates, fromRpm: number, targetRpm: number, dtSeconds: number): number {
  const reverses = fromRpm !== 0 && Math.sign(targetRpm) !== Math.sign(fromRpm);
  const aimRpm = reverses ? 0 : targetRpm;
  const slower = Math.abs(aimRpm) < Math.abs(fromRpm);
  const stepRpm = (slower ? rates.rampDownRpmPerS : rates.rampUpRpmPerS) * dtSeconds;
  const differenceRpm = aimRpm - fromRpm;
  return Math.abs(differenceRpm) <= stepRpm ? aimRpm : fromRpm + Math.sign(differenceRpm) * stepRpm;
}
