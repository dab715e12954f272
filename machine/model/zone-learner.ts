import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import { arrivingPercent, excessK, rateKPerS, settlesAtC } from '../interlocks/heater-model.ts';
import { Bank } from './bank.ts';
import { bounded, isOnBound } from './bounds.ts';
import { Contest } from './contest.ts';
import type { ZoneModel } from './zone-model.ts';

/** An interval is a share of the time constant, within these limits in s: long against the noise, short against the dead time. */
const intervalShare = 1 / 40;
const shortestIntervalSeconds = 5;
const longestIntervalSeconds = 60;
/** What was learnt is compared from so many intervals on. */
const leastUpdates = 6;
/** A model that survived a restart is trusted more than nominal data: this share of their standard deviations. */
const keptTrust = 0.4;
/** The state of the learner is put by this often, in s; after a trip it goes back to the one before the last. */
const putBySeconds = 120;
/** A change of a parameter by this share is worth keeping over a restart. */
const worthKeeping = 0.02;

/** What survives a restart: the learnt model with the nominal one that it was learnt from. */
export interface RetainedModel {
  readonly nominal: ZoneModel;
  readonly learnt: ZoneModel;
  readonly inForce: boolean;
}

/** Learns the heater model of one zone, and puts it in force while it is clearly better than the nominal one. */
export class ZoneLearner {
  readonly zone: Zone;
  readonly #bank: Bank;
  readonly #putBy: readonly [Bank, Bank];
  readonly #contest = new Contest();
  readonly #intervalSeconds: number;
  readonly #warmerExcessKs: Float64Array;
  #seconds = -1;
  #startC = 0;
  #excessKs = 0;
  #putBySeconds = 0;
  #retained: RetainedModel;
  /** The learnt model is in force. */
  inForce = false;
  /** Learns at present. */
  learning = false;
  /** What is to survive a restart has changed. */
  changed = false;

  constructor(zone: Zone, retained: RetainedModel | undefined) {
    const { nominal, warmers } = zone;
    this.zone = zone;
    this.#bank = new Bank(nominal);
    this.#putBy = [new Bank(nominal), new Bank(nominal)];
    this.#warmerExcessKs = new Float64Array(warmers.length);
    this.#intervalSeconds = Math.min(
      longestIntervalSeconds,
      Math.max(shortestIntervalSeconds, intervalShare * nominal.timeConstantSeconds),
    );
    this.#retained = { nominal, learnt: nominal, inForce: false };
    if (retained !== undefined && isAlike(retained.nominal, nominal) && isSound(retained.learnt, nominal)) {
      this.#resume(retained);
    }
    for (const bank of this.#putBy) bank.copyFrom(this.#bank);
  }

  get retained(): RetainedModel {
    return this.#retained;
  }

  get errorShare(): number | null {
    return this.#contest.errorShare;
  }

  /** One scan in which nothing disturbs the zone. */
  learn(dtSeconds: number): void {
    this.learning = true;
    const temperatureC = numberOf(this.zone.sensor.channel.cell);
    this.#compare(temperatureC, dtSeconds);
    if (this.#seconds < 0) this.#beginInterval(temperatureC);
    else this.#accumulate(temperatureC, dtSeconds);
    this.#putBySeconds += dtSeconds;
    if (this.#putBySeconds < putBySeconds) return;
    this.#putBySeconds = 0;
    this.#putBy[0].copyFrom(this.#putBy[1]);
    this.#putBy[1].copyFrom(this.#bank);
  }

  /** What the zone does now is not its heater's doing alone. */
  pause(): void {
    this.learning = false;
    if (this.#seconds < 0 && !this.#contest.isRunning) return;
    this.#seconds = -1;
    this.#contest.abort();
    this.#bank.interrupt();
  }

  /** The machine tripped: what was learnt last may have been the fault. */
  recant(): void {
    this.pause();
    this.#bank.copyFrom(this.#putBy[0]);
    this.#putBy[1].copyFrom(this.#putBy[0]);
    this.#putBySeconds = 0;
  }

  #beginInterval(temperatureC: number): void {
    this.#seconds = 0;
    this.#startC = temperatureC;
    this.#excessKs = 0;
    this.#warmerExcessKs.fill(0);
  }

  #accumulate(temperatureC: number, dtSeconds: number): void {
    const { zone } = this;
    this.#seconds += dtSeconds;
    this.#excessKs += dtSeconds * (temperatureC - zone.nominal.ambientC);
    for (let place = 0; place < zone.warmers.length; place++) {
      const warmer = zone.warmers[place];
      if (warmer === undefined) continue;
      this.#warmerExcessKs[place] = (this.#warmerExcessKs[place] ?? 0) + dtSeconds * excessK(warmer);
    }
    if (this.#seconds < this.#intervalSeconds) return;
    const interval = {
      seconds: this.#seconds,
      changeK: temperatureC - this.#startC,
      excessKs: this.#excessKs,
      warmerExcessKs: this.#warmerExcessKs,
    };
    this.#bank.learn(interval, (deadSeconds, overSeconds) => zone.duties.meanPercent(deadSeconds, overSeconds));
    this.#beginInterval(temperatureC);
  }

  #compare(temperatureC: number, dtSeconds: number): void {
    const { zone } = this;
    const contest = this.#contest;
    if (!contest.isRunning) {
      if (this.inForce || this.#bank.updates >= leastUpdates) contest.begin(temperatureC, this.#bank.model());
      return;
    }
    const isOver = contest.advance(temperatureC, dtSeconds, zone.nominal, (model, fromC) =>
      rateKPerS(model, fromC, settlesAtC(zone, arrivingPercent(zone, dtSeconds, model), model)),
    );
    if (isOver) this.#decide();
  }

  #decide(): void {
    const contest = this.#contest;
    const { challenger } = contest;
    if (challenger === null) return;
    if (this.inForce && contest.learntIsClearlyWorse) {
      this.inForce = false;
      this.zone.model = this.zone.nominal;
      this.#bank.begin(this.zone.nominal, 1);
      for (const bank of this.#putBy) bank.copyFrom(this.#bank);
      contest.forget();
      this.#retain(this.zone.nominal);
      return;
    }
    if (!this.inForce && !contest.learntIsClearlyBetter) return;
    if (!contest.wonLast || isOnBound(challenger, this.zone.nominal)) return;
    this.inForce = true;
    this.zone.model = challenger;
    if (!this.#retained.inForce || !isAlike(challenger, this.#retained.learnt, worthKeeping)) this.#retain(challenger);
  }

  #retain(learnt: ZoneModel): void {
    this.#retained = { nominal: this.zone.nominal, learnt, inForce: this.inForce };
    this.changed = true;
  }

  #resume(retained: RetainedModel): void {
    this.#retained = retained;
    this.#bank.begin(retained.learnt, keptTrust);
    if (!retained.inForce) return;
    this.inForce = true;
    this.zone.model = retained.learnt;
  }
}

/** Kept by another version or damaged, a model may be anything. */
function isSound(model: ZoneModel, nominal: ZoneModel): boolean {
  const numbers = numbersOf(model);
  if (numbers.length !== numbersOf(nominal).length || !numbers.every(Number.isFinite)) return false;
  return isAlike(bounded(model, nominal), model);
}

/** @param share the largest difference, as a share of the number */
function isAlike(one: ZoneModel, other: ZoneModel, share = 1e-9): boolean {
  const [ones, others] = [numbersOf(one), numbersOf(other)];
  return (
    ones.length === others.length &&
    ones.every((number, place) => {
      const against = others[place] ?? Number.NaN;
      return Math.abs(number - against) <= share * Math.max(1, Math.abs(against));
    })
  );
}

function numbersOf(model: ZoneModel): number[] {
  const { gainKPerPercent, timeConstantSeconds, deadTimeSeconds, ambientC, liftKPerK } = model;
  return [gainKPerPercent, timeConstantSeconds, deadTimeSeconds, ambientC, ...liftKPerK];
}
