import type { HeatingDeclaration } from '../declaration.ts';
import type { Equipment, Zone } from '../equipment.ts';
import { numberOf } from '../image.ts';
import type { Situation } from '../situation.ts';
import { bumplessPid, restingPid, stepPid, type PidState } from './pid.ts';

/** A forecast is made anew after this time, and counts down in between, in ms. */
const renewMs = 5_000;
/** Nobody waits longer than this, in s: what takes longer is told as not coming. */
const horizonSeconds = 4 * 3_600;
/** What moves more slowly than this before it is there won't get there, in K/s. */
const standstillKPerS = 0.0008;
/** Steps of the forecast: a share of the fastest time constant, between these limits in s. */
const stepShare = 1 / 200;
const shortestStepSeconds = 0.5;
const longestStepSeconds = 10;
/** Minutes that were told stay until the estimate has left them by this share of a minute: a screen must not flicker. */
const minuteHysteresis = 0.2;

/** One zone on its way, seconds after now. */
interface Course {
  readonly zone: Zone;
  readonly finalC: number;
  pid: PidState;
  setpointC: number;
  temperatureC: number;
  /** Duties that are still on their way to the sensor, newest last, one per step. */
  readonly underWay: number[];
  arrivesAfterSeconds: number | null;
}

/**
 * When each zone will be in band: all zones are followed together by their heater models, with the heat that they give
 * each other, their dead time, and the PID that takes the duty back as the setpoint comes near.
 */
export class Forecast {
  readonly #heating: HeatingDeclaration;
  readonly #equipment: Equipment;
  readonly #seconds = new Map<Zone, number | null>();
  readonly #minutes = new Map<Zone, number>();
  #nowMs = 0;
  /** The PID is what moves the zones. */
  #controlled = false;
  #madeAtMs = Number.NEGATIVE_INFINITY;
  /** The setpoints that it was made for, in the order of the zones. */
  readonly #madeForC: Float64Array;

  constructor(heating: HeatingDeclaration, equipment: Equipment) {
    this.#heating = heating;
    this.#equipment = equipment;
    this.#madeForC = new Float64Array(equipment.zones.length).fill(Number.NaN);
  }

  refresh({ nowMs, mode, heatingOn }: Readonly<Situation>): void {
    this.#nowMs = nowMs;
    this.#controlled = heatingOn && mode === 'AUTO';
  }

  /** Time until the zone is in band, in s; null when it won't get there or can't be told. */
  secondsToBand(zone: Zone): number | null {
    if (this.#equipment.zones.some(({ test }) => test?.verdict === 'running')) return null;
    if (!this.#controlled || !zone.sensor.channel.isGood || !(numberOf(zone.setpoint) > 0)) return null;
    this.#renew();
    const seconds = this.#seconds.get(zone) ?? null;
    return seconds === null ? null : Math.max(0, seconds - (this.#nowMs - this.#madeAtMs) / 1_000);
  }

  /** The same in words, in steady whole minutes; empty while there is no estimate. */
  needText(zone: Zone): string {
    const seconds = this.secondsToBand(zone);
    if (seconds === null) {
      this.#minutes.delete(zone);
      return '';
    }
    const minutes = seconds / 60;
    const told = this.#minutes.get(zone);
    const stays = told !== undefined && minutes <= told + minuteHysteresis && minutes > told - 1 - minuteHysteresis;
    const shown = stays ? told : Math.max(1, Math.ceil(minutes));
    this.#minutes.set(zone, shown);
    return `${zone.declaration.title} needs ${shown === 1 ? 'about a minute' : `about ${shown} min`}`;
  }

  #renew(): void {
    const changed = this.#takeSetpoints();
    if (!changed && this.#nowMs - this.#madeAtMs < renewMs) return;
    this.#madeAtMs = this.#nowMs;
    const zones = this.#equipment.zones.filter((zone) => zone.sensor.channel.isGood);
    const stepSeconds = stepOf(zones);
    const courses = zones.map((zone) => begin(zone, stepSeconds));
    const longestDeadSeconds = Math.max(0, ...zones.map(({ model }) => model.deadTimeSeconds)) + stepSeconds;
    for (let seconds = 0; seconds <= horizonSeconds; seconds += stepSeconds) {
      if (this.#note(courses, seconds)) break;
      for (const course of courses) control(course, stepSeconds);
      let moves = false;
      for (const course of courses) moves = move(course, courses, stepSeconds) || moves;
      if (!moves && seconds > longestDeadSeconds) break;
    }
    this.#seconds.clear();
    for (const { zone, arrivesAfterSeconds } of courses) this.#seconds.set(zone, arrivesAfterSeconds);
  }

  /** @returns whether a setpoint changed since the last forecast */
  #takeSetpoints(): boolean {
    let changed = false;
    for (let place = 0; place < this.#madeForC.length; place++) {
      const zone = this.#equipment.zones[place];
      const setpointC = zone === undefined ? Number.NaN : numberOf(zone.setpoint);
      changed ||= setpointC !== this.#madeForC[place];
      this.#madeForC[place] = setpointC;
    }
    return changed;
  }

  /** @returns whether every zone has arrived */
  #note(courses: readonly Course[], seconds: number): boolean {
    let all = true;
    for (const course of courses) {
      if (course.arrivesAfterSeconds !== null || !(course.finalC > 0)) continue;
      const arrived = Math.abs(course.temperatureC - course.finalC) <= this.#heating.readyBandK;
      if (arrived) course.arrivesAfterSeconds = seconds;
      else all = false;
    }
    return all;
  }
}

function stepOf(zones: readonly Zone[]): number {
  const fastest = Math.min(...zones.map((zone) => zone.model.timeConstantSeconds));
  return Math.min(longestStepSeconds, Math.max(shortestStepSeconds, stepShare * fastest));
}

function begin(zone: Zone, stepSeconds: number): Course {
  const temperatureC = numberOf(zone.sensor.channel.cell);
  const finalC = numberOf(zone.setpoint);
  // a ramp that has not begun yet will begin at the temperature
  const beginsC = zone.declaration.setpointRampKPerMinute > 0 ? temperatureC : finalC;
  const setpointC = zone.workingSetpointC ?? beginsC;
  const { deadTimeSeconds } = zone.model;
  const steps = Math.round(deadTimeSeconds / stepSeconds);
  const underWay = Array.from({ length: steps }, (_, step) =>
    zone.duties.meanPercent((steps - 1 - step) * stepSeconds, stepSeconds),
  );
  const pid = bumplessPid(zone.pid, restingPid, setpointC, temperatureC, zone.dutyPercent);
  return { zone, finalC, pid, setpointC, temperatureC, underWay, arrivesAfterSeconds: null };
}

/** One step of setpoint ramp and PID. */
function control(course: Course, dtSeconds: number): void {
  const { zone, finalC } = course;
  const rate = zone.declaration.setpointRampKPerMinute;
  const stepK = rate > 0 ? (rate / 60) * dtSeconds : Number.POSITIVE_INFINITY;
  course.setpointC += Math.min(stepK, Math.max(-stepK, finalC - course.setpointC));
  if (!(finalC > 0)) {
    course.underWay.push(0);
    return;
  }
  const { dutyPercent, state } = stepPid(zone.pid, course.pid, course.setpointC, course.temperatureC, dtSeconds);
  course.pid = state;
  course.underWay.push(dutyPercent);
}

/** One step of the heater model. @returns whether a zone that has not arrived still moves */
function move(course: Course, courses: readonly Course[], dtSeconds: number): boolean {
  const { zone, underWay } = course;
  const { model, warmers } = zone;
  let settlesC = model.ambientC + model.gainKPerPercent * (underWay.shift() ?? 0);
  for (let place = 0; place < warmers.length; place++) {
    const warmer = courses.find((each) => each.zone === warmers[place]);
    if (warmer === undefined) continue;
    settlesC += (model.liftKPerK[place] ?? 0) * Math.max(0, warmer.temperatureC - warmer.zone.nominal.ambientC);
  }
  const changeK = (settlesC - course.temperatureC) * (1 - Math.exp(-dtSeconds / model.timeConstantSeconds));
  course.temperatureC += changeK;
  const isOnItsWay = course.arrivesAfterSeconds === null && course.finalC > 0;
  return isOnItsWay && Math.abs(changeK) >= standstillKPerS * dtSeconds;
}
