import type { ZoneModel } from './zone-model.ts';

/**
 * How far a learnt model may be from the nominal one. What lies beyond is no heater of this kind any more, and is told by
 * alarms, not learnt.
 */
export const factorBound = 1.6;
/** What rounding may do to a number on its bound. */
const onBoundShare = 1e-6;
const ambientBoundK = 15;
/** Lift by a neighbour, in K per K: three times the nominal one, and at least so much. */
const liftFactor = 3;
const leastLiftBoundKPerK = 0.1;

/** Dead times that are tried, in steps of a quarter of the nominal one, and at least so much, in s. */
const leastDeadStepSeconds = 1;
const deadSteps = [-2, -1, 0, 1, 2, 3, 4, 6];

export function deadTimes({ deadTimeSeconds }: ZoneModel): number[] {
  const step = Math.max(deadTimeSeconds / 4, leastDeadStepSeconds);
  return deadSteps.map((steps) => deadTimeSeconds + steps * step).filter((seconds) => seconds >= 0);
}

export function longestDeadSeconds(nominal: ZoneModel): number {
  return Math.max(...deadTimes(nominal));
}

/** The model as it is, or on the bound where it lies beyond. */
export function bounded(model: ZoneModel, nominal: ZoneModel): ZoneModel {
  const factor = (value: number, of: number): number => within(value, of / factorBound, of * factorBound);
  const dead = deadTimes(nominal);
  return {
    gainKPerPercent: factor(model.gainKPerPercent, nominal.gainKPerPercent),
    timeConstantSeconds: factor(model.timeConstantSeconds, nominal.timeConstantSeconds),
    deadTimeSeconds: within(model.deadTimeSeconds, Math.min(...dead), Math.max(...dead)),
    ambientC: within(model.ambientC, nominal.ambientC - ambientBoundK, nominal.ambientC + ambientBoundK),
    liftKPerK: nominal.liftKPerK.map((lift, place) =>
      within(model.liftKPerK[place] ?? lift, 0, Math.max(liftFactor * lift, leastLiftBoundKPerK)),
    ),
  };
}

/** Gain or time constant lie on a bound: whatever was learnt, it is not this heater. */
export function isOnBound(model: ZoneModel, nominal: ZoneModel): boolean {
  return (
    isFactorOnBound(model.gainKPerPercent / nominal.gainKPerPercent) ||
    isFactorOnBound(model.timeConstantSeconds / nominal.timeConstantSeconds)
  );
}

function isFactorOnBound(factor: number): boolean {
  return factor <= (1 + onBoundShare) / factorBound || factor >= (1 - onBoundShare) * factorBound;
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
