import type { Core } from '../../machine/core.ts';
import { Rig } from '../machine/rig.ts';
import { LargeHarness } from './harness.ts';
import { largeSize } from './large-machine.ts';

export interface StepFigures {
  readonly machine: string;
  readonly scans: number;
  readonly stepMedianUs: number;
  readonly stepP99Us: number;
  /** All readings of one scan. */
  readonly receiveMedianUs: number;
  readonly goalUs: number;
}

/** Scans before the first that is timed: by then the compiler has settled. */
const warmUpScans = 2_000;

/** Time of one scan of the factory machine in RUNNING, with a changed reading on every polled signal. */
export function benchFactoryStep(scans: number): StepFigures {
  const rig = new Rig().toRunning();
  return { machine: 'the factory machine', goalUs: 50, ...timed(rig.core, scans, () => rig.scan()) };
}

/** The same with 1,000 signals and 500 alarms, some of them standing. */
export function benchLargeStep(scans: number): StepFigures {
  const large = new LargeHarness(largeSize).toRunning();
  const { signals, alarms } = large.declaration;
  const standing = large.core.alarms().length;
  const machine = `${signals.size} signals, ${alarms.length} alarms of which ${standing} stand`;
  return { machine, goalUs: 2_000, ...timed(large.core, scans, () => large.scan()) };
}

function timed(core: Core, scans: number, scan: () => void): Omit<StepFigures, 'machine' | 'goalUs'> {
  const steps = new Float64Array(scans);
  const receives = new Float64Array(scans);
  const receive = core.receive.bind(core);
  const step = core.step.bind(core);
  let place = -warmUpScans;
  core.receive = (readings, now) => {
    const sinceMs = performance.now();
    const updates = receive(readings, now);
    receives[place] = performance.now() - sinceMs;
    return updates;
  };
  core.step = (input, now) => {
    const sinceMs = performance.now();
    const result = step(input, now);
    steps[place] = performance.now() - sinceMs;
    return result;
  };
  for (; place < scans; place++) scan();
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
