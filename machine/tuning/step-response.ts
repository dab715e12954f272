import { restingPid, stepPid } from '../control/pid.ts';
import type { HeaterModel, PidSettings } from '../declaration.ts';

export interface StepSituation {
  readonly model: Pick<HeaterModel, 'gainKPerPercent' | 'timeConstantSeconds' | 'deadTimeSeconds'>;
  /** Where the zone would settle without any duty, in °C: ambient, and what its neighbours lift it by. */
  readonly coldC: number;
  /** The step leads up to it. */
  readonly setpointC: number;
  /** Half the averaging window and whatever else delays the measurement, in s. */
  readonly measurementDelaySeconds: number;
  readonly scanSeconds: number;
}

/** What the heater model says of a step of the setpoint. */
export interface StepResponse {
  /** Time since the step in s, temperature in °C. */
  readonly points: readonly (readonly [seconds: number, temperatureC: number])[];
  readonly overshootK: number;
  /** From then on the zone stays within 5 % of the step; null: not in the time that was looked at. */
  readonly settlingSeconds: number | null;
}

export const stepK = 10;

/** The usual measure of settling. */
const settledShare = 0.05;

/** How far the prediction looks, in time constants of the zone and in dead times. */
const horizonTimeConstants = 1.5;
const horizonDeadTimes = 10;
const pointCount = 120;

/** Plays the PID on the heater model, from rest at 10 K below the setpoint. */
export function predictStep(settings: PidSettings, situation: StepSituation): StepResponse {
  const { model, coldC, setpointC, scanSeconds } = situation;
  const { gainKPerPercent, timeConstantSeconds } = model;
  const deadSeconds = model.deadTimeSeconds + situation.measurementDelaySeconds;
  const scans = Math.ceil((horizonTimeConstants * timeConstantSeconds + horizonDeadTimes * deadSeconds) / scanSeconds);
  const everyScans = Math.max(1, Math.ceil(scans / pointCount));
  let temperatureC = setpointC - stepK;
  const restPercent = Math.min(100, Math.max(0, (temperatureC - coldC) / gainKPerPercent));
  const underWay = new Float64Array(Math.max(1, Math.round(deadSeconds / scanSeconds))).fill(restPercent);
  let state = { ...restingPid, integralPercent: restPercent, measuredC: temperatureC };
  const points: [number, number][] = [];
  let highestC = temperatureC;
  let unsettledScan = 0;
  for (let scan = 0; scan <= scans; scan++) {
    if (scan % everyScans === 0) points.push([rounded(scan * scanSeconds), rounded(temperatureC)]);
    highestC = Math.max(highestC, temperatureC);
    if (Math.abs(setpointC - temperatureC) > settledShare * stepK) unsettledScan = scan + 1;
    const step = stepPid(settings, state, setpointC, temperatureC, scanSeconds);
    state = { ...step.state, measuredC: temperatureC };
    const place = scan % underWay.length;
    const settlesC = coldC + gainKPerPercent * (underWay[place] ?? 0);
    underWay[place] = step.dutyPercent;
    temperatureC += ((settlesC - temperatureC) * scanSeconds) / timeConstantSeconds;
  }
  return {
    points,
    overshootK: rounded(Math.max(0, highestC - setpointC)),
    settlingSeconds: unsettledScan > scans ? null : Math.round(unsettledScan * scanSeconds),
  };
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
