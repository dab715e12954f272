import type { PidSettings } from '../declaration.ts';

export interface PidState {
  /** The integral term itself, in % duty, so that a change of `ki` moves nothing. */
  readonly integralPercent: number;
  /** Temperature of the step before, in °C; null before the first. */
  readonly measuredC: number | null;
  /** Filtered slope of the measurement, in K/s. */
  readonly slopeKPerS: number;
}

export const restingPid: PidState = { integralPercent: 0, measuredC: null, slopeKPerS: 0 };

const dutyLimitPercent = 100;

/**
 * One step of a zone's PID. The derivative acts on the filtered measurement, so that a new setpoint gives no kick. The
 * integral does not run while the duty is saturated in its direction, and its term stays within 0…100 %.
 *
 * @param dtSeconds time since the last step, > 0
 * @returns duty in %, 0…100, and the state for the next step
 * @throws RangeError if dtSeconds is not positive: the scan clock went wrong, which is a defect, not a plant fault
 * @see Åström & Hägglund, Advanced PID Control (2006), on derivative filtering and conditional integration
 */
export function stepPid(
  settings: PidSettings,
  state: PidState,
  setpointC: number,
  measuredC: number,
  dtSeconds: number,
): { readonly dutyPercent: number; readonly state: PidState } {
  if (!(dtSeconds > 0)) throw new RangeError(`a PID step needs a positive time, not ${dtSeconds} s`);
  const errorK = setpointC - measuredC;
  const slopeKPerS = nextSlope(settings, state, measuredC, dtSeconds);
  const fast = settings.kp * errorK - settings.kd * slopeKPerS;
  const growth = settings.ki * errorK * dtSeconds;
  const unlimited = fast + state.integralPercent;
  const windsUp = (unlimited >= dutyLimitPercent && growth > 0) || (unlimited <= 0 && growth < 0);
  const integralPercent = windsUp ? state.integralPercent : limited(state.integralPercent + growth);
  return { dutyPercent: limited(fast + integralPercent), state: { integralPercent, measuredC, slopeKPerS } };
}

/**
 * The state from which the next step gives `dutyPercent`, as far as the integral term can: for the change from MANUAL to
 * AUTO, and for new gains, without a bump.
 */
export function bumplessPid(
  settings: PidSettings,
  state: PidState,
  setpointC: number,
  measuredC: number,
  dutyPercent: number,
): PidState {
  const fast = settings.kp * (setpointC - measuredC) - settings.kd * state.slopeKPerS;
  return { ...state, measuredC, integralPercent: limited(dutyPercent - fast) };
}

function nextSlope(settings: PidSettings, state: PidState, measuredC: number, dtSeconds: number): number {
  if (state.measuredC === null) return 0;
  const slope = (measuredC - state.measuredC) / dtSeconds;
  const share = dtSeconds / (settings.derivativeFilterSeconds + dtSeconds);
  return state.slopeKPerS + share * (slope - state.slopeKPerS);
}

function limited(percent: number): number {
  return Math.min(dutyLimitPercent, Math.max(0, percent));
}
