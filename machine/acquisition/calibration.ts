/** Turns a reading into the true value: gain × measured + offset. */
export interface Calibration {
  readonly gain: number;
  readonly offset: number;
}

export const uncalibrated: Calibration = { gain: 1, offset: 0 };

/**
 * The straight line that fits the points best by least squares; with two points, the line through them.
 *
 * @param points pairs (measured, true) in the signal's unit, at least two with different measured values
 * @throws RangeError if the points give no line
 */
export function fitCalibration(points: readonly (readonly [measured: number, actual: number])[]): Calibration {
  const count = points.length;
  const meanMeasured = points.reduce((sum, [measured]) => sum + measured, 0) / count;
  const meanActual = points.reduce((sum, [, actual]) => sum + actual, 0) / count;
  let spread = 0;
  let joint = 0;
  for (const [measured, actual] of points) {
    spread += (measured - meanMeasured) ** 2;
    joint += (measured - meanMeasured) * (actual - meanActual);
  }
  if (count < 2 || spread === 0) throw new RangeError('a calibration needs two points with different measured values');
  const gain = joint / spread;
  return { gain, offset: meanActual - gain * meanMeasured };
}
