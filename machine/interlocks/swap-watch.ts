import { alarmNames } from '../alarms/guard-alarms.ts';
import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import { turns } from './cold-extrusion.ts';
import type { GuardGround } from './guard.ts';
import { Held } from './held.ts';
import { rateKPerS, settlesAtC } from './heater-model.ts';
import { slopeSeconds } from './temperature-trail.ts';

/** What the two explanations of a zone expect must lie so far apart on average before either is believed, in K. */
const leastApartK = 2;
/** The duties explain both zones better crosswise when that leaves at most this share of the squared error … */
const clearShare = 0.25;
/** … and each of them when it leaves at most this share. */
const betterShare = 0.7;
/** A true zone is up to so many times as slow or quick as its nominal model; what it showed before counts. */
const quickest = 1.6;
/** The model must expect this share of the rate at full duty before the zone's rate is held against it. */
const tellingRateShare = 0.1;
/** Evidence from a part of `swappedSeconds` as short as this can be chance. */
const leastWindowShare = 1 / 3;

/** Two zones whose heaters or sensors may be connected crosswise. */
export interface Pair {
  readonly one: Zone;
  readonly other: Zone;
}

/**
 * Looks for zones that heat each other. While the duties of two zones differ, each zone is followed by its heater model
 * twice, by its own duty and by the other's. Each following the other's is what no single broken part can do: a broken
 * heater or a loose sensor leaves one of the two as it should be. Nothing is judged while a drive turns. The models are the
 * nominal ones: what zones learn while they are swapped must not become what is expected of them. How much slower or
 * quicker the zone is than its model is taken from the moment before, when the duties were still alike.
 */
export class SwapWatch {
  readonly #pairs: readonly PairWatch[];
  readonly #ground: GuardGround;

  constructor(ground: GuardGround) {
    this.#ground = ground;
    const { zones } = ground.equipment;
    const { swappedDutyPercent, swappedSeconds } = ground.declaration.guards;
    this.#pairs = zones.flatMap((one, place) =>
      zones.slice(place + 1).map((other) => new PairWatch(one, other, swappedDutyPercent, swappedSeconds)),
    );
  }

  observe(situation: Readonly<Situation>): void {
    const { heatingOn, provingSinceMs } = situation;
    const unloaded = !this.#ground.equipment.drives.some(turns);
    const judged = heatingOn && provingSinceMs === null && unloaded;
    for (const pair of this.#pairs) pair.observe(judged, situation);
  }

  /** As far as is known the zone follows another's duty, which in turn follows its. */
  suspects(zone: Zone): boolean {
    return this.#pairs.some((pair) => pair.concerns(zone) && pair.crossed);
  }

  /** The zone is about to trip for what a swap may explain: no time is left. @returns the alarm that explains it */
  accuse(zone: Zone): string | null {
    let explained = false;
    for (const pair of this.#pairs) {
      if (!pair.concerns(zone) || !pair.crossed) continue;
      pair.accused = true;
      explained = true;
    }
    return explained ? alarmNames.zonesSwapped : null;
  }

  /** The first pair that is swapped beyond doubt. */
  get found(): Pair | null {
    return this.#pairs.find(({ isFound }) => isFound) ?? null;
  }
}

class PairWatch implements Pair {
  readonly one: Zone;
  readonly other: Zone;
  readonly #dutyPercent: number;
  readonly #seconds: number;
  readonly #differs = new Held();
  readonly #runs: readonly [CrossRun, CrossRun];
  #differMs = -1;
  #windowSeconds = 0;
  /** What follows from a swap trips in this scan. */
  accused = false;
  crossed = false;

  constructor(one: Zone, other: Zone, dutyPercent: number, seconds: number) {
    this.one = one;
    this.other = other;
    this.#dutyPercent = dutyPercent;
    this.#seconds = seconds;
    this.#runs = [new CrossRun(one, other), new CrossRun(other, one)];
  }

  get isFound(): boolean {
    return this.crossed && (this.accused || this.#differMs >= this.#seconds * 1_000);
  }

  concerns(zone: Zone): boolean {
    return zone === this.one || zone === this.other;
  }

  observe(judged: boolean, { nowMs, dtSeconds }: Readonly<Situation>): void {
    const { one, other } = this;
    this.accused = false;
    const differ = Math.abs(one.dutyPercent - other.dutyPercent) >= this.#dutyPercent;
    const known = one.sensor.channel.isGood && other.sensor.channel.isGood;
    this.#differMs = this.#differs.forMs(judged && differ && known, nowMs);
    if (this.#differMs < 0) {
      this.crossed = false;
      return;
    }
    const begins = this.#differMs === 0 || this.#windowSeconds >= this.#seconds;
    if (begins) this.#windowSeconds = 0;
    else this.#windowSeconds += dtSeconds;
    for (const run of this.#runs) {
      if (begins) run.begin(dtSeconds, this.#differMs === 0);
      else run.advance(dtSeconds);
    }
    this.crossed = this.#windowSeconds >= leastWindowShare * this.#seconds && this.#isCrossed();
  }

  #isCrossed(): boolean {
    const [first, second] = this.#runs;
    if (!first.followsOther(this.#windowSeconds) || !second.followsOther(this.#windowSeconds)) return false;
    return first.otherErrorK2s + second.otherErrorK2s < clearShare * (first.ownErrorK2s + second.ownErrorK2s);
  }
}

/** One zone by its model from now on, by its own duty and by another's, beside what it does. */
class CrossRun {
  readonly #zone: Zone;
  readonly #other: Zone;
  /** A percent of the other heater's duty is so many of this one's. */
  readonly #powerRatio: number;
  #ownPace = 1;
  #otherPace = 1;
  #byOwnC = 0;
  #byOtherC = 0;
  ownErrorK2s = 0;
  otherErrorK2s = 0;
  #apartK2s = 0;

  constructor(zone: Zone, other: Zone) {
    this.#zone = zone;
    this.#other = other;
    this.#powerRatio = other.declaration.nominalPowerW / zone.declaration.nominalPowerW;
  }

  /** @param anew the duties have just begun to differ */
  begin(dtSeconds: number, anew: boolean): void {
    this.#byOwnC = this.#byOtherC = numberOf(this.#zone.sensor.channel.cell);
    this.ownErrorK2s = this.otherErrorK2s = this.#apartK2s = 0;
    if (!anew) return;
    this.#ownPace = this.#pace(this.#rate(this.#byOwnC, this.#ownPercent(dtSeconds)));
    this.#otherPace = this.#pace(this.#rate(this.#byOtherC, this.#otherPercent(dtSeconds)));
  }

  advance(dtSeconds: number): void {
    this.#byOwnC += dtSeconds * this.#ownPace * this.#rate(this.#byOwnC, this.#ownPercent(dtSeconds));
    this.#byOtherC += dtSeconds * this.#otherPace * this.#rate(this.#byOtherC, this.#otherPercent(dtSeconds));
    const temperatureC = numberOf(this.#zone.sensor.channel.cell);
    this.ownErrorK2s += dtSeconds * (temperatureC - this.#byOwnC) ** 2;
    this.otherErrorK2s += dtSeconds * (temperatureC - this.#byOtherC) ** 2;
    this.#apartK2s += dtSeconds * (this.#byOtherC - this.#byOwnC) ** 2;
  }

  followsOther(seconds: number): boolean {
    const apart = this.#apartK2s >= leastApartK ** 2 * seconds;
    return apart && this.otherErrorK2s < betterShare * this.ownErrorK2s;
  }

  #ownPercent(dtSeconds: number): number {
    return this.#zone.duties.meanPercent(this.#zone.nominal.deadTimeSeconds, dtSeconds);
  }

  #otherPercent(dtSeconds: number): number {
    return this.#powerRatio * this.#other.duties.meanPercent(this.#zone.nominal.deadTimeSeconds, dtSeconds);
  }

  #rate(temperatureC: number, dutyPercent: number): number {
    const { nominal } = this.#zone;
    return rateKPerS(nominal, temperatureC, settlesAtC(this.#zone, dutyPercent, nominal));
  }

  #pace(expectedKPerS: number): number {
    const { gainKPerPercent, timeConstantSeconds } = this.#zone.nominal;
    const before = this.#zone.trail.secondsAgo(slopeSeconds);
    if (before === null || expectedKPerS < (tellingRateShare * gainKPerPercent * 100) / timeConstantSeconds) return 1;
    const slopeKPerS = (numberOf(this.#zone.sensor.channel.raw) - before) / slopeSeconds;
    return Math.min(quickest, Math.max(1 / quickest, slopeKPerS / expectedKPerS));
  }
}
