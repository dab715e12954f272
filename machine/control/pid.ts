import type { Gains, PidSettings } from '../declaration.ts';

export interface PidState {
  /** The integral term itself, in % duty, so that a change of `ki` moves nothing. */
  readonly integralPercent: number;
  /** Temperature of the step before, in °C; null before the first. */
  readonly measuredC: number | null;
  /** Filtered slope of the measurement, in K/s. */
  readonly slopeKPerS: number;
}

export const restingPid: PidState = { integralPercent: 0, measuredC: null, slopeKPerS: 0 };

export const fullDutyPercent = 100;

/**
 * One step of a zone's PID. The derivative acts on the filtered measurement, so that a new setpoint gives no kick. The
 * integral does not run while the duty is saturated in its direction, and its term stays within 0…100 %.
 *
 * @param dtSeconds time since the last step, > 0
 * @param highestPercent the duty never exceeds it
 * @returns duty in %, 0…highestPercent, and the state for the next step
 * @throws RangeError if dtSeconds is not positive: the scan clock went wrong, which is a defect, not a plant fault
 * @see Åström & Hägglund, Advanced PID Control (2006), on derivative filtering and conditional integration
 */
export function stepPid(
  settings: PidSettings,
  state: PidState,
  setpointC: number,
  measuredC: number,
  dtSeconds: number,
  highestPercent = fullDutyPercent,
): { readonly dutyPercent: number; readonly state: PidState } {
  if (!(dtSeconds > 0)) throw new RangeError(`a PID step needs a positive time, not ${dtSeconds} s`);
  const errorK = setpointC - measuredC;
  const slopeKPerS = nextSlope(settings, state, measuredC, dtSeconds);
  const fast = fastPercent(settings, errorK, slopeKPerS);
  const growth = settings.ki * errorK * dtSeconds;
  const unlimited = fast + state.integralPercent;
  const windsUp = (unlimited >= highestPercent && growth > 0) || (unlimited <= 0 && growth < 0);
  const integralPercent = windsUp ? state.integralPercent : limited(state.integralPercent + growth);
  const dutyPercent = Math.min(highestPercent, limited(fast + integralPercent));
  return { dutyPercent, state: { integralPercent, measuredC, slopeKPerS } };
}

/**
 * The state from which the next step gives `dutyPercent`, as far as the integral term can: for the change from MANUAL to
 * AUTO, and after a program that had the duty for a while.
 */
export function bumplessPid(
  settings: PidSettings,
  state: PidState,
  setpointC: number,
  measuredC: number,
  dutyPercent: number,
): PidState {
  const fast = fastPercent(settings, setpointC - measuredC, state.slopeKPerS);
  return { ...state, measuredC, integralPercent: limited(dutyPercent - fast) };
}

/**
 * The state under new gains that gives the duty which the old gains gave, as far as the integral term can: it takes over
 * what proportional and derivative term lose or win. At the setpoint that is all of it. A duty at its limit asks for no more
 * than to stay there: far from the setpoint the integral would else be wound up by the change alone.
 */
export function regainedPid(
  before: Gains,
  after: Gains,
  state: PidState,
  setpointC: number,
  highestPercent = fullDutyPercent,
): PidState {
  const { integralPercent, measuredC, slopeKPerS } = state;
  if (measuredC === null) return state;
  const duty = fastPercent(before, setpointC - measuredC, slopeKPerS) + integralPercent;
  const fast = fastPercent(after, setpointC - measuredC, slopeKPerS);
  const same = Math.min(highestPercent, limited(duty)) - fast;
  if (duty >= highestPercent) return { ...state, integralPercent: limited(Math.max(integralPercent, same)) };
  if (duty <= 0) return { ...state, integralPercent: limited(Math.min(integralPercent, same)) };
  return { ...state, integralPercent: limited(same) };
}

/** What answers at once: proportional and derivative term, in % duty. */
function fastPercent({ kp, kd }: Gains, errorK: number, slopeKPerS: number): number {
  return kp * errorK - kd * slopeKPerS;
}

function nextSlope(settings: PidSettings, state: PidState, measuredC: number, dtSeconds: number): number {
  if (state.measuredC === null) return 0;
  const slope = (measuredC - state.measuredC) / dtSeconds;
  const share = dtSeconds / (settings.derivativeFilterSeconds + dtSeconds);
  return state.slopeKPerS + share * (slope - state.slopeKPerS);
}

/** What is no number heats nothing. */
function limited(percent: number): number {
  return percent > 0 ? Math.min(fullDutyPercent, percent) : 0;
}
