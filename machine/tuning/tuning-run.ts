import type { DutyProgram } from '../control/heating.ts';
import { fullDutyPercent } from '../control/pid.ts';
import { isInBand } from '../control/readiness.ts';
import { numberText } from '../control/reason-text.ts';
import type { Gains } from '../declaration.ts';
import type { Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import { liftByNeighboursK } from '../interlocks/heater-model.ts';
import type { Situation } from '../situation.ts';
import { Baseline } from './baseline.ts';
import { interruption, interruptions, type Interruption } from './interruption.ts';
import { RelayTest, type RelayVerdict } from './relay-test.ts';
import { predictStep, type StepResponse } from './step-response.ts';
import type { TuningGround } from './tuning-ground.ts';
import type { TuningPhase, TuningResult, TuningTestStatus } from './tuning-status.ts';
import { tyreusLuyben } from './ultimate-gain.ts';

export interface TuningOrder {
  readonly setpointC: number;
  readonly maximumDutyPercent: number;
}

/** Progress at the end of the phases before the relay. */
const approachedProgress = 0.2;
const settledProgress = 0.4;

/** Cycles that the relay usually takes to find its centre and its amplitude. */
const adaptingCycles = 3;

/** A cycle is about so many times as long as the dead time of the zone and of its measurement. */
const deadTimesPerCycle = 4;

/** One test of one zone: to the setpoint under the present gains, a look at how they hold it, the relay. */
export class TuningRun implements DutyProgram {
  readonly zone: Zone;
  readonly order: TuningOrder;
  readonly #ground: TuningGround;
  readonly #startedAtMs: number;
  readonly #startedAtWallMs: number;
  readonly #startedC: number;
  readonly #baseline: Baseline;
  #relay: RelayTest | null = null;
  #phase: TuningPhase = 'approach';
  #code: string | null = null;
  #text = 'The zone goes to its setpoint under the present gains.';
  #endedAtMs: number | null = null;
  #wallMs: number;
  #progress = 0;
  #result: TuningResult | null = null;

  constructor(ground: TuningGround, zone: Zone, order: TuningOrder, { nowMs, wallMs }: Readonly<Situation>) {
    this.#ground = ground;
    this.zone = zone;
    this.order = order;
    this.#startedAtMs = nowMs;
    this.#startedAtWallMs = wallMs;
    this.#wallMs = wallMs;
    this.#startedC = numberOf(zone.sensor.channel.cell);
    this.#baseline = new Baseline(ground.declaration.tuning);
    ground.heating.limit(zone, order.maximumDutyPercent);
  }

  get isUnderWay(): boolean {
    return this.#endedAtMs === null;
  }

  get result(): TuningResult | null {
    return this.#result;
  }

  /** Before the duties of a scan are set. */
  advance(situation: Readonly<Situation>): void {
    if (!this.isUnderWay) return;
    this.#wallMs = situation.wallMs;
    const { tuning } = this.#ground.declaration;
    const interrupted = interruption(this.#ground, this.zone, this.order.setpointC, situation);
    if (interrupted !== null) {
      this.interrupt(interrupted);
      return;
    }
    if (situation.nowMs - this.#startedAtMs > tuning.timeLimitMinutes * 60_000) {
      const text = `The test took longer than ${numberText(tuning.timeLimitMinutes)} min.`;
      this.#end('failed', 'TIME_LIMIT', text);
      return;
    }
    if (this.#phase === 'approach') this.#approach();
    else if (this.#phase === 'settle') this.#settle(situation);
  }

  /** Asked for the duty while the relay has it. */
  duty(situation: Readonly<Situation>): number | null {
    const relay = this.#relay;
    if (relay === null || !this.isUnderWay) return null;
    const dutyPercent = relay.step(numberOf(this.zone.sensor.channel.cell), situation.dtSeconds);
    this.#progress = Math.max(this.#progress, this.#relayProgress(relay));
    if (relay.verdict !== null) this.#conclude(relay.verdict);
    return dutyPercent;
  }

  ended(why: Parameters<DutyProgram['ended']>[0]): void {
    this.interrupt(interruptions[why]);
  }

  interrupt({ code, text }: Interruption): void {
    this.#end('aborted', code, text);
  }

  status(): TuningTestStatus {
    return {
      phase: this.#phase,
      code: this.#code,
      text: this.#text,
      ...this.order,
      startedAtMs: this.#startedAtWallMs,
      endedAtMs: this.#endedAtMs,
      progress: Math.round(this.#progress * 100) / 100,
      cycles: this.#relay?.cycles ?? 0,
      etaSeconds: this.#etaSeconds(),
      result: this.#result,
    };
  }

  #approach(): void {
    const { readyBandK } = this.#ground.declaration.heating;
    const wholeK = Math.abs(this.order.setpointC - this.#startedC);
    const leftK = Math.abs(this.order.setpointC - numberOf(this.zone.sensor.channel.cell));
    const gone = wholeK > 0 ? Math.max(0, 1 - leftK / wholeK) : 1;
    this.#progress = Math.max(this.#progress, approachedProgress * gone);
    if (!isInBand(this.zone, readyBandK)) return;
    this.#baseline.restart();
    this.#phase = 'settle';
    this.#text = 'The present gains hold the zone at its setpoint; their error is the measure for new ones.';
  }

  #settle({ dtSeconds }: Readonly<Situation>): void {
    const { declaration, heating } = this.#ground;
    if (!isInBand(this.zone, declaration.heating.readyBandK)) this.#baseline.restart();
    const errorK = this.order.setpointC - numberOf(this.zone.sensor.channel.cell);
    this.#baseline.add(errorK, this.zone.dutyPercent, dtSeconds);
    const ahead = (settledProgress - approachedProgress) * this.#baseline.progress;
    this.#progress = Math.max(this.#progress, approachedProgress + ahead);
    if (!this.#baseline.isComplete) return;
    const centrePercent = this.#baseline.meanPercent;
    this.#relay = new RelayTest(declaration.tuning, { ...this.order, centrePercent });
    this.#phase = 'relay';
    this.#text = 'The relay swings the zone around its setpoint.';
    heating.lend(this.zone, this);
  }

  #relayProgress(relay: RelayTest): number {
    const cycles = Math.max(relay.alikeCycles, relay.cycles - adaptingCycles);
    const share = Math.min(1, cycles / (this.#ground.declaration.tuning.cycles + 1));
    return settledProgress + (1 - settledProgress) * share;
  }

  #conclude(verdict: RelayVerdict): void {
    if (!verdict.ok) {
      this.#end('failed', verdict.code, `The test found nothing: ${verdict.text}.`);
      return;
    }
    const { ultimate, swingK } = verdict;
    const gains = tyreusLuyben(ultimate);
    const { kp, ki, kd } = this.zone.pid;
    this.#result = {
      gains,
      ultimateGainPercentPerK: Number(ultimate.gainPercentPerK.toPrecision(3)),
      ultimatePeriodSeconds: Number(ultimate.periodSeconds.toPrecision(3)),
      swingK: Math.round(swingK * 100) / 100,
      baselineK: this.#baseline.meanErrorK,
      presentGains: { kp, ki, kd },
      predicted: { present: this.#predict({ kp, ki, kd }), found: this.#predict(gains) },
    };
    this.#end('done', null, 'Gains were found. Compare them and apply them, or leave it.');
  }

  #predict(gains: Gains): StepResponse {
    const { declaration } = this.#ground;
    const { model } = this.zone;
    return predictStep(
      { ...gains, derivativeFilterSeconds: this.zone.pid.derivativeFilterSeconds },
      {
        model,
        coldC: model.ambientC + liftByNeighboursK(this.zone),
        setpointC: this.order.setpointC,
        measurementDelaySeconds: this.#measurementDelaySeconds,
        scanSeconds: declaration.scanPeriodMs / 1_000,
      },
    );
  }

  /** An average lags by half its window. */
  get #measurementDelaySeconds(): number {
    const { averageSeconds = 0 } = this.zone.sensor.channel.cell.declaration;
    return averageSeconds / 2;
  }

  #etaSeconds(): number | null {
    const { tuning } = this.#ground.declaration;
    const expected = deadTimesPerCycle * (this.zone.model.deadTimeSeconds + this.#measurementDelaySeconds);
    const period = this.#relay?.periodSeconds ?? expected;
    const wholeRelay = (tuning.cycles + adaptingCycles) * period;
    switch (this.#phase) {
      case 'approach': {
        const toBand = this.#ground.readiness.secondsToBand(this.zone);
        return toBand === null ? null : Math.round(toBand + tuning.settleSeconds + wholeRelay);
      }
      case 'settle':
        return Math.round((1 - this.#baseline.progress) * tuning.settleSeconds + wholeRelay);
      case 'relay':
        return Math.round(wholeRelay * (1 - (this.#progress - settledProgress) / (1 - settledProgress)));
      case 'done':
      case 'failed':
      case 'aborted':
        break;
    }
    return null;
  }

  #end(phase: TuningPhase, code: string | null, text: string): void {
    if (!this.isUnderWay) return;
    this.#phase = phase;
    this.#code = code;
    this.#text = text;
    this.#endedAtMs = this.#wallMs;
    if (phase === 'done') this.#progress = 1;
    const { heating } = this.#ground;
    heating.limit(this.zone, fullDutyPercent);
    if (this.#relay !== null) heating.takeBack(this.zone, this.#relay.centrePercent);
  }
}
