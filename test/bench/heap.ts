import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Rig } from '../machine/rig.ts';

export interface HeapFigures {
  readonly scans: number;
  /** Bytes in use after a forced collection, at even distances. */
  readonly usedBytes: readonly number[];
  /** Slope of the straight line through the second half of the points, in bytes per million scans. */
  readonly bytesPerMillionScans: number;
  readonly isFlat: boolean;
}

/** A leak of one small object per scan shows as some 16 million; what the engine itself moves stays far below this. */
const flatBytesPerMillion = 100_000;
const points = 10;

/** What stays in use over many scans of the factory machine in RUNNING, with changing readings. */
export function benchHeap(
  scans: number,
  onPoint: (scans: number, usedBytes: number) => void = () => undefined,
): HeapFigures {
  const rig = new Rig().toRunning();
  const perPoint = Math.ceil(scans / points);
  const usedBytes: number[] = [];
  for (let point = 0; point <= points; point++) {
    // the first one warms up: code is compiled, and buffers get their size
    for (let scan = 0; scan < perPoint; scan++) rig.scan();
    const used = usedAfterCollection();
    usedBytes.push(used);
    onPoint((point + 1) * perPoint, used);
  }
  const bytesPerMillionScans = slope(usedBytes.slice(points / 2)) * (1_000_000 / perPoint);
  const isFlat = Math.abs(bytesPerMillionScans) < flatBytesPerMillion;
  return { scans: perPoint * points, usedBytes, bytesPerMillionScans, isFlat };
}

/** Bytes of the heap that are in use when all that can be collected was. */
export function usedAfterCollection(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let round = 0; round < 3; round++) collect();
  return process.memoryUsage().heapUsed;
}

/** By least squares, per step. */
function slope(values: readonly number[]): number {
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [joint, spread] = [0, 0];
  for (const [x, value] of values.entries()) {
    joint += (x - meanX) * (value - meanY);
    spread += (x - meanX) ** 2;
  }
  return joint / spread;
}
