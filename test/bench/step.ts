import { Rig } from '../machine/rig.ts';

export interface StepFigures {
  readonly scans: number;
  readonly stepMedianUs: number;
  readonly stepP99Us: number;
  /** All readings of one scan. */
  readonly receiveMedianUs: number;
}

/** Time of one scan of the factory machine in RUNNING, with a changed reading on every polled signal. */
export function benchStep(scans = 20_000): StepFigures {
  const rig = new Rig().toRunning();
  const steps = new Float64Array(scans);
  const receives = new Float64Array(scans);
  const { core } = rig;
  const receive = core.receive.bind(core);
  const step = core.step.bind(core);
  let scan = 0;
  core.receive = (readings, now) => {
    const sinceMs = performance.now();
    const updates = receive(readings, now);
    receives[scan] = performance.now() - sinceMs;
    return updates;
  };
  core.step = (input, now) => {
    const sinceMs = performance.now();
    const result = step(input, now);
    steps[scan] = performance.now() - sinceMs;
    return result;
  };
  for (; scan < scans; scan++) rig.scan();
  return {
    scans,
    stepMedianUs: quantileUs(steps, 0.5),
    stepP99Us: quantileUs(steps, 0.99),
    receiveMedianUs: quantileUs(receives, 0.5),
  };
}

function quantileUs(times: Float64Array, share: number): number {
  const sorted = times.toSorted();
  return Math.round((sorted[Math.floor(share * (sorted.length - 1))] ?? 0) * 10_000) / 10;
}
