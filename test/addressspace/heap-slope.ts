/** By least squares, per step. @throws RangeError of fewer than two values, which have none */
export function slope(values: readonly number[]): number {
  if (values.length < 2) throw new RangeError('a slope needs two values');
  const meanX = (values.length - 1) / 2;
  const meanY = values.reduce((sum, value) => sum + value, 0) / values.length;
  let [joint, spread] = [0, 0];
  for (const [x, value] of values.entries()) {
    joint += (x - meanX) * (value - meanY);
    spread += (x - meanX) ** 2;
  }
  return joint / spread;
}
