/** One step of a 32-bit generator (mulberry32): a number in 0…1 and the state for the next. */
function uniform(state: number): { value: number; state: number } {
  const next = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(next ^ (next >>> 15), next | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return { value: ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000, state: next };
}

/** A normally distributed number, mean 0, standard deviation 1 (Box and Muller), and the state for the next. */
export function gaussian(state: number): { value: number; state: number } {
  const radius = uniform(state);
  const angle = uniform(radius.state);
  // 1 - value lies in 0…1 without 0, whose logarithm is no number
  const value = Math.sqrt(-2 * Math.log(1 - radius.value)) * Math.cos(2 * Math.PI * angle.value);
  return { value, state: angle.state };
}
