/** Only readings at most this far apart say how fast the quantity itself can change, in ms. */
const consecutiveMs = 1_000;

/** Tells a loose contact from a temperature: no barrel changes by tens of kelvin from one reading to the next. */
export class JumpCheck {
  readonly #maximumJumpK: number;
  readonly #clearMs: number;
  #previous = Number.NaN;
  #previousAtMs = Number.NEGATIVE_INFINITY;
  #plausibleSinceMs: number | null = null;

  /** @param clearSeconds readings must be plausible for this long before they are trusted again */
  constructor(maximumJumpK: number, clearSeconds: number) {
    this.#maximumJumpK = maximumJumpK;
    this.#clearMs = clearSeconds * 1_000;
  }

  /** @returns whether this reading, sound in itself, can be trusted after those before it */
  isPlausible(atMs: number, value: number): boolean {
    const gapMs = atMs - this.#previousAtMs;
    const jumped = gapMs <= consecutiveMs && Math.abs(value - this.#previous) > this.#maximumJumpK;
    const interrupted = gapMs > consecutiveMs;
    this.#previous = value;
    this.#previousAtMs = atMs;
    if (jumped || (interrupted && this.#plausibleSinceMs !== null)) this.#plausibleSinceMs = atMs;
    if (this.#plausibleSinceMs === null) return true;
    if (atMs - this.#plausibleSinceMs < this.#clearMs || jumped) return false;
    this.#plausibleSinceMs = null;
    return true;
  }
}
