import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import { arrivingPercent, excessK, rateKPerS, settlesAtC } from '../interlocks/heater-model.ts';
import { Bank } from './bank.ts';
import { isOnBound } from './bounds.ts';
import { Contest } from './contest.ts';
import { isAlike, soundRetained, type RetainedModel } from './retained-model.ts';
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

/** The state of a learner at one time. */
class PutBy {
  readonly bank: Bank;
  readonly contest = new Contest();
  inForce = false;
  model: ZoneModel;
  retained: RetainedModel;

  constructor(nominal: ZoneModel) {
    this.bank = new Bank(nominal);
    this.model = nominal;
    this.retained = { nominal, learnt: nominal, inForce: false };
  }

  copyFrom({ bank, contest, inForce, model, retained }: PutBy): void {
    this.bank.copyFrom(bank);
    this.contest.copyScoreFrom(contest);
    this.inForce = inForce;
    this.model = model;
    this.retained = retained;
  }
}

/** Learns the heater model of one zone, and puts it in force while it is clearly better than the nominal one. */
export class ZoneLearner {
  readonly zone: Zone;
  readonly #bank: Bank;
  readonly #putBy: readonly [PutBy, PutBy];
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

  /** @param kept what was kept over a restart; on a disk it may be anything */
  constructor(zone: Zone, kept: unknown) {
    const { nominal, warmers } = zone;
    this.zone = zone;
    this.#bank = new Bank(nominal);
    this.#putBy = [new PutBy(nominal), new PutBy(nominal)];
    this.#warmerExcessKs = new Float64Array(warmers.length);
    this.#intervalSeconds = Math.min(
      longestIntervalSeconds,
      Math.max(shortestIntervalSeconds, intervalShare * nominal.timeConstantSeconds),
    );
    this.#retained = { nominal, learnt: nominal, inForce: false };
    const retained = soundRetained(kept, nominal);
    if (retained !== null) this.#resume(retained);
    this.#putAllBy();
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
    this.#put(this.#putBy[1]);
  }

  /** What the zone does now is not its heater's doing alone. */
  pause(): void {
    this.learning = false;
    if (this.#seconds < 0 && !this.#contest.isRunning) return;
    this.#seconds = -1;
    this.#contest.abort();
    this.#bank.interrupt();
  }

  /**
   * The machine tripped: what was learnt and put in force in the last minutes, up to twice `putBySeconds`, may have been the
   * fault, and is taken back. A fault that grew for longer has been learnt as far as the bounds allow, and the contest with the
   * nominal model takes that out of force.
   */
  recant(): void {
    this.pause();
    const [before, newer] = this.#putBy;
    this.#bank.copyFrom(before.bank);
    this.#contest.copyScoreFrom(before.contest);
    this.inForce = before.inForce;
    this.zone.model = before.model;
    if (this.#retained !== before.retained) {
      this.#retained = before.retained;
      this.changed = true;
    }
    newer.copyFrom(before);
    this.#putBySeconds = 0;
  }

  #put(by: PutBy): void {
    by.bank.copyFrom(this.#bank);
    by.contest.copyScoreFrom(this.#contest);
    by.inForce = this.inForce;
    by.model = this.zone.model;
    by.retained = this.#retained;
  }

  /** There is nothing before now to go back to. */
  #putAllBy(): void {
    for (const each of this.#putBy) this.#put(each);
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
      contest.forget();
      this.#retain(this.zone.nominal);
      this.#putAllBy();
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
