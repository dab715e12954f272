import type { ShaftDrive } from './inputs.ts';
import type { ShaftParameters } from './parameters.ts';
import type { ShaftState } from './state.ts';

/** Melt that turns as easily as declared, °C: polyethylene at its working temperature. */
const easyMeltC = 200;
/** Melt so much colder is e times as hard to turn, from a frozen plug to water. */
const viscosityK = 60;
const viscosityRange = { least: 0.2, most: 20 };

/**
 * A motor's shaft `dt` seconds later.
 *
 * @param melt  filling of the screw 0…1, and temperature of the coldest zone in °C
 */
export function stepShaft(
  shaft: ShaftParameters,
  { speedRpm }: ShaftState,
  { powered, targetRpm }: ShaftDrive,
  melt: { readonly filling: number; readonly meltC: number },
  dt: number,
): ShaftState {
  const slopeRpmPerS = powered ? shaft.rampRpmPerS : shaft.coastRpmPerS;
  const wantedRpm = powered ? targetRpm : 0;
  const stepRpm = Math.max(-slopeRpmPerS * dt, Math.min(slopeRpmPerS * dt, wantedRpm - speedRpm));
  const nextRpm = speedRpm + stepRpm;
  if (!powered) return { speedRpm: nextRpm, currentA: 0 };

  const speedShare = Math.abs(nextRpm) / shaft.maximumRpm;
  const stiffness = Math.exp((easyMeltC - melt.meltC) / viscosityK);
  const viscosity = Math.max(viscosityRange.least, Math.min(viscosityRange.most, stiffness));
  const loadA =
    shaft.turns === 'screw'
      ? shaft.loadA * melt.filling * viscosity * Math.min(1, speedShare * 5)
      : shaft.loadA * speedShare;
  const isAccelerating = Math.abs(nextRpm) > Math.abs(speedRpm) + 1e-6;
  const currentA = shaft.idleA + shaft.frictionA * speedShare + loadA + (isAccelerating ? shaft.accelerationA : 0);
  return { speedRpm: nextRpm, currentA: Math.min(shaft.limitA, currentA) };
}
