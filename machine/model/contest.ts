import type { ZoneModel } from './zone-model.ts';

/** Both models run free for this long, then they are compared, in s. */
export const windowSeconds = 40;
/** Windows that are remembered, and how many of them the winner must have won. */
const remembered = 5;
const leastWon = 4;
/** The learnt model is clearly better when it leaves at most this share of the nominal one's squared error … */
const betterShare = 0.5;
/** … and clearly worse when it leaves so many times as much, over so many windows. */
const worseRatio = 1.25;
const leastToLose = 3;
/** Errors below this are noise; a window in which neither model errs more says nothing, in K on average. */
const noiseK = 0.1;
/** A zone that comes less far in a window tells of doors and of the hall, not of its heater, in K. */
const leastChangeK = 4;

interface Window {
  readonly nominalK2: number;
  readonly learntK2: number;
}

/** Lets the nominal and the learnt model foretell the same time, again and again, and keeps the score. */
export class Contest {
  #windows: Window[] = [];
  #seconds = -1;
  #startC = 0;
  #nominalC = 0;
  #learntC = 0;
  #nominalK2s = 0;
  #learntK2s = 0;
  /** What runs in this window. */
  challenger: ZoneModel | null = null;

  get isRunning(): boolean {
    return this.#seconds >= 0;
  }

  begin(temperatureC: number, challenger: ZoneModel): void {
    this.#seconds = 0;
    this.#startC = this.#nominalC = this.#learntC = temperatureC;
    this.#nominalK2s = this.#learntK2s = 0;
    this.challenger = challenger;
  }

  /** The window is no fair one. */
  abort(): void {
    this.#seconds = -1;
  }

  forget(): void {
    this.abort();
    this.#windows = [];
  }

  /** Takes the score of another for the same zone; a window under way is none of it. */
  copyScoreFrom(other: Contest): void {
    this.abort();
    this.#windows = other.#windows.slice();
  }

  /**
   * One scan.
   *
   * @param rate how fast a zone changes by a model, in K/s
   * @returns whether the window is over
   */
  advance(
    temperatureC: number,
    dtSeconds: number,
    nominal: ZoneModel,
    rate: (model: ZoneModel, temperatureC: number) => number,
  ): boolean {
    if (this.challenger === null) return false;
    this.#nominalC += dtSeconds * rate(nominal, this.#nominalC);
    this.#learntC += dtSeconds * rate(this.challenger, this.#learntC);
    this.#nominalK2s += dtSeconds * (temperatureC - this.#nominalC) ** 2;
    this.#learntK2s += dtSeconds * (temperatureC - this.#learntC) ** 2;
    this.#seconds += dtSeconds;
    if (this.#seconds < windowSeconds) return false;
    const window = { nominalK2: this.#nominalK2s / this.#seconds, learntK2: this.#learntK2s / this.#seconds };
    this.#seconds = -1;
    if (Math.abs(temperatureC - this.#startC) < leastChangeK) return false;
    if (Math.max(window.nominalK2, window.learntK2) < noiseK ** 2) return false;
    this.#windows.push(window);
    if (this.#windows.length > remembered) this.#windows.shift();
    return true;
  }

  /** The learnt model foretold the last window no worse than the nominal one. */
  get wonLast(): boolean {
    const last = this.#windows.at(-1);
    return last !== undefined && last.learntK2 <= last.nominalK2;
  }

  get learntIsClearlyBetter(): boolean {
    const won = this.#windows.filter(({ nominalK2, learntK2 }) => learntK2 < nominalK2).length;
    return won >= leastWon && (this.errorShare ?? 1) < betterShare;
  }

  get learntIsClearlyWorse(): boolean {
    const lost = this.#windows.filter(({ nominalK2, learntK2 }) => learntK2 > nominalK2).length;
    return lost >= leastToLose && (this.errorShare ?? 1) > worseRatio;
  }

  /** Squared error of the learnt model as a share of the nominal one's; null before the first window. */
  get errorShare(): number | null {
    let nominal = 0;
    let learnt = 0;
    for (const { nominalK2, learntK2 } of this.#windows) {
      nominal += nominalK2;
      learnt += learntK2;
    }
    return this.#windows.length === 0 ? null : learnt / Math.max(nominal, noiseK ** 2 / remembered);
  }
}
