/** A trail that reaches far back is kept in no more slots than this; a slot then holds the mean of several scans. */
const mostSlots = 4_096;

/**
 * What the duty of a zone was, some time back: what arrives at the sensor now left the heater a dead time ago. The integral
 * is kept, so that means come out right whatever the rhythm of the scans.
 */
export class DutyTrail {
  readonly #atMs: Float64Array;
  /** ∫ duty dt up to that time, in %·s. */
  readonly #integral: Float64Array;
  readonly #slotMs: number;
  /** From so long after the last slot on a scan begins a new one: scans come a little early or late. */
  readonly #nextSlotMs: number;
  #count = 0;
  #nowMs = 0;
  #total = 0;

  /** @param seconds how far back it reaches at least */
  constructor(seconds: number, scanPeriodMs: number) {
    const spanMs = seconds * 1_000;
    this.#slotMs = Math.max(scanPeriodMs, spanMs / (mostSlots - 4));
    this.#nextSlotMs = this.#slotMs - scanPeriodMs / 2;
    const slots = Math.ceil(spanMs / this.#slotMs) + 4;
    this.#atMs = new Float64Array(slots);
    this.#integral = new Float64Array(slots);
  }

  /** The duty that was in force from the call before until now, in %. */
  push(nowMs: number, dutyPercent: number): void {
    if (this.#count === 0) this.#keep(nowMs);
    else {
      this.#total += (dutyPercent * (nowMs - this.#nowMs)) / 1_000;
      if (nowMs - this.#time(this.#count - 1) >= this.#nextSlotMs) this.#keep(nowMs);
    }
    this.#nowMs = nowMs;
  }

  /** Mean duty over `overSeconds` that ended `agoSeconds` ago, in %; what lies before the trail counts as 0. */
  meanPercent(agoSeconds: number, overSeconds: number): number {
    if (!(overSeconds > 0)) return 0;
    const endMs = this.#nowMs - agoSeconds * 1_000;
    const integral = this.#integralAt(endMs) - this.#integralAt(endMs - overSeconds * 1_000);
    // a difference of large integrals: what is left of rounding must not pass for a duty
    return Math.abs(integral) < 1e-6 ? 0 : integral / overSeconds;
  }

  #keep(nowMs: number): void {
    const place = this.#count % this.#atMs.length;
    this.#atMs[place] = nowMs;
    this.#integral[place] = this.#total;
    this.#count++;
  }

  #integralAt(atMs: number): number {
    const newest = this.#count - 1;
    if (newest < 0) return 0;
    if (atMs >= this.#nowMs) return this.#total;
    const oldest = Math.max(0, this.#count - this.#atMs.length);
    // scans are nearly even: the place can be guessed, and is found a step or two from there
    let place = newest - Math.floor((this.#time(newest) - atMs) / this.#slotMs);
    place = Math.min(newest, Math.max(oldest, place));
    while (place > oldest && this.#time(place) > atMs) place--;
    while (place < newest && this.#time(place + 1) <= atMs) place++;
    const fromMs = this.#time(place);
    const from = this.#integral[place % this.#integral.length] ?? 0;
    if (atMs <= fromMs) return from;
    const toMs = place === newest ? this.#nowMs : this.#time(place + 1);
    const to = place === newest ? this.#total : (this.#integral[(place + 1) % this.#integral.length] ?? 0);
    return toMs > fromMs ? from + ((to - from) * (atMs - fromMs)) / (toMs - fromMs) : from;
  }

  #time(place: number): number {
    return this.#atMs[place % this.#atMs.length] ?? 0;
  }
}
