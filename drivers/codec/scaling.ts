/** Engineering value = raw × scale + offset; missing means 1 and 0. */
export interface Scaling {
  readonly scale?: number;
  readonly offset?: number;
}

/** Rounded to 12 significant digits, so that 1935 counts of 0.1 °C read 193.5 and not 193.50000000000003. */
export function engineeringOf(raw: number, { scale = 1, offset = 0 }: Scaling): number {
  if (scale === 1 && offset === 0) return raw;
  return Number((raw * scale + offset).toPrecision(12));
}

/** The raw value, not yet rounded to counts: the register codec rounds and checks the range. */
export function rawOf(value: number, { scale = 1, offset = 0 }: Scaling): number {
  return Number(((value - offset) / scale).toPrecision(12));
}
